"""`labkit.predict`: a question asked before a run; the answer is kept and later set beside what happened."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets

from labkit.show import answers

_NOTHING = "You have not chosen yet: scroll up, choose, and this line changes."


class Prediction(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A question with its options. Choosing keeps the answer at once; nothing ever waits for it."""

    def __init__(self, name: str, question: str, options: Sequence[str]) -> None:
        self.name, self.question, self.options = name, question, tuple(options)
        kept = answers.answer(name)
        self._choice = ipywidgets.RadioButtons(
            options=self.options,
            value=kept if kept in self.options else None,
            layout={"width": "auto", "max_width": "100%"},
        )
        self._state = ipywidgets.HTML()
        self._forget = ipywidgets.Button(description="Forget", tooltip="Take my answer back", layout={"width": "auto"})
        self._choice.observe(self._chosen, "value")
        self._forget.on_click(self._forgotten)
        self._outcomes: list[Outcome] = []
        asked = ipywidgets.HTML(f"<b>Predict.</b> {escape(question)}")
        super().__init__([asked, self._choice, ipywidgets.HBox([self._state, self._forget])])
        self.add_class("labkit-predict")
        self._tell("Kept from before." if self.answer else "")

    @property
    def answer(self) -> str | None:
        """The option chosen, None as long as there is none."""
        value = self._choice.value
        return value if isinstance(value, str) else None

    def beside(self, happened: str) -> Outcome:
        """The prediction next to what a run showed; it changes when the learner chooses after all."""
        outcome = Outcome(self, happened)
        self._outcomes.append(outcome)
        return outcome

    def _chosen(self, _change: object) -> None:
        kept = answers.keep(self.name, self.answer)
        self._tell(("Kept." if kept else "Cannot be kept: the answers file is not writable.") if self.answer else "")

    def _forgotten(self, _button: object) -> None:
        self._choice.value = None

    def _tell(self, text: str) -> None:
        self._state.value = f"<i>{text}</i>" if text else "<i>Choose before you run on; it is kept on this machine.</i>"
        self._forget.layout.visibility = "visible" if self.answer else "hidden"
        for outcome in self._outcomes:
            outcome.refresh()

    def __repr__(self) -> str:
        return "\n".join([f"Predict. {self.question}", *(f"  ( ) {option}" for option in self.options)])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        options_shown = "".join(f"<li>{escape(option)}</li>" for option in self.options)
        page = f"<p><b>Predict.</b> {escape(self.question)}</p><ul>{options_shown}</ul>"
        return _with_twins(super()._repr_mimebundle_(**options), page, repr(self))


class Outcome(ipywidgets.HTML):  # type: ignore[misc]
    """A prediction beside what happened."""

    def __init__(self, prediction: Prediction, happened: str) -> None:
        self._prediction, self.happened = prediction, happened
        super().__init__()
        self.add_class("labkit-outcome")
        self.refresh()

    def refresh(self) -> None:
        """Show the prediction as it is now."""
        answer = self._prediction.answer
        if answer is None:
            said = f"<i>{_NOTHING}</i>"
        else:
            said = f"{'✓' if answer == self.happened else '✗'} <b>{escape(answer)}</b>"
            said += " (as you said)" if answer == self.happened else " (it went differently)"
        rows = {"You predicted": said, "What happened": f"<b>{escape(self.happened)}</b>"}
        cell = "<td style='padding:2px 16px 2px 0'>"
        lines = "".join(f"<tr>{cell}{name}</td>{cell}{value}</td></tr>" for name, value in rows.items())
        self.value = f"<table style='border-collapse:collapse'>{lines}</table>"

    def __repr__(self) -> str:
        return f"You predicted: {self._prediction.answer or '-'}\nWhat happened: {self.happened}"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return _with_twins(super()._repr_mimebundle_(**options), self.value, repr(self))


def predict(name: str, question: str, options: Sequence[str]) -> Prediction:
    """Ask before a run. `name` is the question's own id, under which the answer is kept; `options` are exclusive.

    Later `beside(what happened)` sets the answer next to the result. Running all cells never waits for an answer, and
    the answer is still there when the kernel is restarted.
    """
    return Prediction(name, question, options)


def _with_twins(bundle: Any, page: str, text: str) -> Any:
    """A widget's MIME bundle with what is shown where there is no kernel: HTML for saved pages, text for the rest."""
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return {**data, "text/html": page, "text/plain": text}, metadata
