"""`labkit.check`: all exercises by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from labkit.capture.build import build
from labkit.errors import LabkitError
from labkit.exercises.buffering import half_line_now, once_each
from labkit.exercises.feedback import Feedback
from labkit.model import Program

_EXERCISES: dict[str, Callable[[Program], Feedback]] = {
    "half-line-now": half_line_now,
    "once-each": once_each,
}


def check(exercise: str, program: Program | str | Path) -> Feedback:
    """Run `program` (as for `build`) and say whether it does what `exercise` asks, and if not, why.

    Raises LabkitError when there is no such exercise, CompileError when the program does not compile.
    """
    if exercise not in _EXERCISES:
        near = difflib.get_close_matches(exercise, _EXERCISES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(_EXERCISES)}."
        raise LabkitError(f"There is no exercise {exercise!r}. {hint}")
    return _EXERCISES[exercise](program if isinstance(program, Program) else build(program))
