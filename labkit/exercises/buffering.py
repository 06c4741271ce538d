"""The exercises of lecture 04. They look at what leaves the program and when, never at how it is written."""

from __future__ import annotations

from labkit.capture.run import run
from labkit.decode.findings import times, when
from labkit.decode.text import quoted
from labkit.draw.timeline import timeline
from labkit.exercises.feedback import Feedback
from labkit.model import Program

_HALVES = (b"Beginning of line ", b"and end of line\n")


def half_line_now(program: Program) -> Feedback:
    """On a pipe: the first half leaves at once, the second after the pause, and no other byte."""
    attempt = run(program, stdout="pipe")
    first, second = (when(attempt, half) for half in _HALVES)
    whole, output = b"".join(_HALVES), attempt.output(1)
    if attempt.status != 0:
        reason = "The program should end with status 0."
    elif output != whole:
        reason = f"The bytes should be {quoted(whole)}, but {quoted(output)} left the program."
    elif first != "at once":
        reason = (
            f"The first half leaves {first}. It sits in the buffer of stdout while the program sleeps: what empties it?"
        )
    elif second == "at once":
        reason = "Both halves leave at once, so there is no pause between them any more."
    else:
        return Feedback(True, f"The first half leaves at once, the second {second}.", timeline(attempt))
    return Feedback(False, reason, timeline(attempt))


def once_each(program: Program) -> Feedback:
    """On a pipe, with a fork in between: the line from before the fork leaves once, and both processes speak."""
    attempt = run(program, stdout="pipe")
    before, child, parent = (times(attempt, text) for text in ("before", "child", "parent"))
    if attempt.ended_by or attempt.status != 0:
        reason = "The program should end with status 0."
    elif child != "once" or parent != "once":
        reason = (
            f"Child and parent should each print their line once; the child's came out {child}, the parent's {parent}."
        )
    elif before == "never":
        reason = "The line `before` never left the program."
    elif before != "once":
        reason = (
            f"The line `before` left {before}: at the fork it was still in the buffer, and each process got a copy."
        )
    else:
        return Feedback(True, "The line from before the fork left once, and both processes spoke.", timeline(attempt))
    return Feedback(False, reason, timeline(attempt))
