"""What calls of a program return, predicted: numbers and the names of errors, set against what was recorded. Pure."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

from labkit.exercises.requirement import Finding, exactly
from labkit.exercises.situation import Situation
from labkit.exercises.touched import own_calls
from labkit.model import Recording

_REMARK = re.compile(r"//.*|/\*.*?\*/|#.*|^\s*\d+[.)]\s+")
_ERROR = re.compile(r"-?\b(E[A-Z0-9]{2,})\b")
_NUMBER = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Results:
    """The calls of this `name` in `when`, and of each a sentence that says why it was answered so."""

    when: Situation
    name: str
    whys: tuple[str, ...]


def foreseen(answer: str) -> tuple[str, ...] | Finding:
    """Of each line, the error's name or the number; a Finding for a line that has neither.

    >>> foreseen("read = 10\\n2. EBADF\\nread(3, bytes, 16) = -1 EISDIR (a folder)\\n-14\\n")
    ('10', 'EBADF', 'EISDIR', 'EFAULT')
    >>> foreseen("10\\nno idea").says
    'In line 2, `no idea`, there is neither a number nor an error; write one line for each call, as 10 or EBADF.'
    """
    found: list[str] = []
    for row, line in enumerate(answer.splitlines(), 1):
        bare = _REMARK.sub(" ", line)
        if not bare.strip():
            continue
        said = _ERROR.search(bare)
        numbers = _NUMBER.findall(bare.rpartition("=")[2])
        if said is None and not numbers:
            says = (
                f"In line {row}, `{line.strip()}`, there is neither a number nor an error; write one line for each "
                "call, as 10 or EBADF."
            )
            return Finding("unreadable", says)
        number = int(numbers[-1]) if numbers else 0
        found.append(said[1] if said else errno.errorcode.get(-number, str(number)) if number < -1 else str(number))
    return tuple(found)


def first_other(results: Results, answers: tuple[str, ...], recording: Recording) -> Finding | None:
    """Where the prediction and the recorded run part for the first time, and why it went as it did."""
    happened = own_calls(recording, results.name)
    if not answers:
        return Finding("nothing-predicted", "There is nothing in your prediction yet: write one line for each call.")
    for row, (said, event, why) in enumerate(zip(answers, happened, results.whys, strict=False), 1):
        came = event.errno or str(event.result)
        if said == came:
            continue
        where = f"{results.name} number {row}, line {event.place.line}"
        where = where[:1].upper() + where[1:]
        if event.errno and not said.startswith("E"):
            cause = "not-refused"
        elif not event.errno and said.startswith("E"):
            cause = "refused"
        else:
            cause = "other-error" if event.errno else "other-number"
        return Finding(cause, f"{where}: you foresee {said}, and it returned {came}. {why}", exactly(event))
    if len(answers) != len(happened):
        says = f"The program calls {results.name} {len(happened)} times; you foresee {len(answers)}."
        return Finding("too-short" if len(answers) < len(happened) else "extra-call", says)
    return None
