"""`labkit.predict`: a question asked before a run; the answer is kept and later set beside what happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from labkit.show import answers

_ASK = "Choose before you run on; it is kept on this machine."
_NOTHING = "You have not chosen yet: scroll up, choose, and this line changes."


class Prediction(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget has no types
    """A question with its options. Choosing keeps the answer at once; nothing ever waits for it.

    `answer` is the option chosen, "" as long as there is none; setting it is what a click does.
    """

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")
    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)
    state = traitlets.Unicode(_ASK).tag(sync=True)

    def __init__(self, name: str, question: str, options: Sequence[str]) -> None:
        kept = answers.answer(name)
        known = kept if kept in options else ""
        super().__init__(
            question=question, options=list(options), answer=known, state="Kept from before." if known else _ASK
        )
        self.name = name
        self._outcomes: list[Outcome] = []
        self.observe(self._chosen, "answer")

    def beside(self, happened: str) -> Outcome:
        """The prediction next to what a run showed; it changes when the learner chooses after all."""
        outcome = Outcome(self, happened)
        self._outcomes.append(outcome)
        return outcome

    @traitlets.validate("answer")
    def _is_option(self, proposal: Any) -> str:
        value: str = proposal["value"]
        return value if value in self.options else ""

    def _chosen(self, _change: object) -> None:
        kept = answers.keep(self.name, self.answer or None)
        if not self.answer:
            self.state = _ASK
        else:
            self.state = "Kept." if kept else "Not kept: the file for answers cannot be written."
        for outcome in self._outcomes:
            outcome.refresh()

    def __repr__(self) -> str:
        return "\n".join([f"Predict. {self.question}", *(f"  ( ) {option}" for option in self.options)])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        items = "".join(f"<li>{_with_code(option)}</li>" for option in self.options)
        page = f"<p><b>Predict.</b> {_with_code(self.question)}</p><ul>{items}</ul>"
        return _with_twins(super()._repr_mimebundle_(**options), page, repr(self))


class Outcome(ipywidgets.HTML):  # type: ignore[misc]  # ipywidgets has no types
    """A prediction beside what happened."""

    def __init__(self, prediction: Prediction, happened: str) -> None:
        self._prediction, self.happened = prediction, happened
        super().__init__()
        self.add_class("labkit-outcome")
        self.refresh()

    def refresh(self) -> None:
        """Show the prediction as it is now."""
        answer = self._prediction.answer
        if not answer:
            said = f"<i>{_NOTHING}</i>"
        elif answer == self.happened:
            said = f"✓ <b>{escape(answer)}</b> (as you said)"
        else:
            said = f"✗ <b>{escape(answer)}</b> (it went differently)"
        rows = {"You predicted": said, "What happened": f"<b>{escape(self.happened)}</b>"}
        cell = "<td style='padding:2px 16px 2px 0;text-align:left'>"
        lines = "".join(f"<tr>{cell}{name}</td>{cell}{value}</td></tr>" for name, value in rows.items())
        self.value = f"<table style='border-collapse:collapse;font-size:15px'>{lines}</table>"

    def __repr__(self) -> str:
        return f"You predicted: {self._prediction.answer or '-'}\nWhat happened: {self.happened}"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return _with_twins(super()._repr_mimebundle_(**options), self.value, repr(self))


def predict(name: str, question: str, options: Sequence[str]) -> Prediction:
    """Ask before a run. `name` is the question's own id, under which the answer is kept; `options` are exclusive.

    Later `beside(what happened)` sets the answer next to the result. Running all cells never waits for an answer, and
    the answer is still there when the kernel is restarted. What stands between backticks is shown as code.
    """
    return Prediction(name, question, options)


def _with_code(text: str) -> str:
    """Text as HTML; what stands between backticks is code.

    >>> _with_code("is `a < b`?")
    'is <code>a &lt; b</code>?'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _with_twins(bundle: Any, page: str, text: str) -> Any:
    """A widget's MIME bundle with what is shown where there is no kernel: HTML for saved pages, text for the rest."""
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return {**data, "text/html": page, "text/plain": text}, metadata
