"""How exercises and the answers to attempts look in a notebook. Decides nothing about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from IPython.display import HTML, display

from labkit.decode.background import visible
from labkit.decode.replay import steps
from labkit.draw.listing import Listing, draw_listing
from labkit.draw.stepper.excerpt import spans
from labkit.draw.style import CSS, needed
from labkit.draw.timeline import timeline
from labkit.exercises.exercise import Exercise
from labkit.exercises.feedback import Feedback
from labkit.model import CallGraph, Inode, Recording
from labkit.show.stepper import Stepper, excerpt, step

_TRIES = {
    "predict a trace": 'labkit.check("{name}", """…one call a line…""")',
    "put lines in order": 'labkit.check("{name}", [numbers of the lines])',
}
_INTERNET = ("AF_INET", "AF_INET6")
_CSS = """.lk-start { margin: 4px 0 8px; max-width: 960px; }
.lk-start > summary { cursor: pointer; color: var(--lk-dim); padding: 2px 0; }
.lk-start > summary:hover, .lk-start[open] > summary { color: var(--lk-ink); }
.lk-start > summary:focus-visible { outline: 2px solid var(--lk-accent); outline-offset: 2px; }
"""
# What of the stepper is open beside an answer. Of programs on a network the connections show the descriptors, too.
_OPEN, _CONNECTED = ("source", "descriptors", "steps"), ("source", "connections", "steps")


def feedback_as_html(feedback: Feedback) -> str:
    """The answer, what is met already, and the learner's own run: its timeline, or its stepper at the step meant."""
    head = "✓ Done." if feedback.passed else "✗ Not yet."
    page = f'<div class="lk"><b>{head}</b> {_with_code(feedback.reason, feedback.run is None)}</div>'
    if feedback.run is not None:
        return page + timeline(feedback.run)._repr_html_()
    if feedback.recording is None or feedback.step is None:
        return page + _list(feedback)
    if isinstance(feedback.recording, CallGraph):
        return page + _list(feedback) + step(feedback.recording, at=feedback.step)._repr_html_()
    shown = excerpt(feedback.recording, feedback.step, _CONNECTED if _on_network(feedback.recording) else _OPEN)
    return page + _list(feedback, shown) + shown._repr_html_()


def _on_network(recording: Recording) -> bool:
    """Whether several programs have sockets of the internet's families."""
    sockets = (c.value.socket for e in recording.events for c in e.changes if isinstance(c.value, Inode))
    return bool(recording.programs) and any(one is not None and one.family in _INTERNET for one in sockets)


def feedback_as_text(feedback: Feedback) -> str:
    """The same as text."""
    return f"{feedback!r}\n{timeline(feedback.run)}" if feedback.run is not None else repr(feedback)


def _list(feedback: Feedback, shown: Stepper | None = None) -> str:
    rows = [f"<div>✓ {_with_code(wants)}</div>" for wants in feedback.met]
    rows += [f"<div>✗ {_with_code(feedback.missed)}</div>"] if feedback.missed else []
    if shown is not None:
        rows.append(f"<div>Look at step {feedback.step} of {feedback.whose}. {_with_code(_which(shown))}</div>")
    elif feedback.step is not None:
        rows.append(f"<div>Look at step {feedback.step} of {feedback.whose}.</div>")
    return f'<div class="lk" style="margin:4px 0 4px 1.2em">{"".join(rows)}</div>' if rows else ""


def _which(shown: Stepper) -> str:
    """Which steps of the recording are there, and how to see all."""
    (recording,), only = shown.recordings, shown.only or ()
    every, own = len(steps(recording)), visible(recording)
    if len(only) == every:
        return ""
    here, others = (
        ("all its own steps", ", with start-up") if set(own) <= set(only) else (f"steps {spans(only, own)}", "")
    )
    see = "`feedback = labkit.check(…)`, then `labkit.step(feedback.recording)`"
    return f"Here are {here}. To see all {every:,}{others}: {see}."


def exercise_as_html(exercise: Exercise) -> str:
    """What is asked, and what there is to start from: at hand, or in the learner's own cell, too, and then folded."""
    asks = f"<p><b>{escape(exercise.kind.capitalize())}.</b> {_with_code(exercise.question)}</p>"
    start = "".join(one._repr_html_() for one in _start(exercise))
    if _in_own_cell(exercise):
        start = f'<details class="lk lk-start"><summary>The program to start from</summary>{start}</details>'
    style = needed(CSS + _CSS, f'<div class="lk">{start}')
    return f'<div class="lk"><style>{style}</style>{asks}</div>{start}'


def exercise_as_text(exercise: Exercise) -> str:
    """The same as text."""
    start = list(map(repr, _start(exercise)))
    if _in_own_cell(exercise):
        start = [f'The program to start from: print(labkit.exercise("{exercise.name}").starter)']
    return "\n\n".join([f"{exercise.kind.capitalize()}. {exercise.question}", *start, _try(exercise)])


def _in_own_cell(exercise: Exercise) -> bool:
    """Whether the learner has what there is to start from in a cell of their own, to be changed there."""
    return exercise.kind in ("complete a program", "find and mend the fault")


def _start(exercise: Exercise) -> tuple[Listing, ...]:
    name = f"{exercise.name}.c"
    if exercise.pieces is not None:
        lines = draw_listing("The lines", exercise.pieces.text())
        return (lines,) if exercise.order is not None else (lines, draw_listing(name, exercise.pieces.around()))
    return (draw_listing(name, exercise.starter),)


def _try(exercise: Exercise) -> str:
    return _TRIES.get(exercise.kind, 'labkit.check("{name}", mine)').format(name=exercise.name)


def _with_code(text: str, code: bool = True) -> str:
    """Text as HTML; what stands between backticks is code.

    >>> _with_code("is `a < b`?")
    'is <code>a &lt; b</code>?'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)) if code else escape(text)


def teller(shell: Any) -> Callable[[str], None]:
    """What says in the notebook how far a check is, in one line that is gone when it ends.

    Only where somebody sits in front of it, who could be asked (the kernel's `allow_stdin`): what stores and compares
    outputs would find a line there that is chance.
    """
    shown: list[Any] = []

    def told(words: str) -> None:
        if not getattr(getattr(shell, "kernel", None), "_allow_stdin", False):
            return
        line = HTML(f'<div class="lk">{escape(words)} …</div>' if words else "")
        if shown:
            shown[0].update(line)
        elif words:
            shown.append(display(line, display_id=True))
        if not words:
            shown.clear()

    return told
