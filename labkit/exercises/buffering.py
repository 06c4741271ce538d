"""The exercises of lecture 04. They look at what leaves the program and when, never at how it is written."""

from __future__ import annotations

from labkit.decode.findings import times, when
from labkit.decode.text import quoted
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Requirement
from labkit.exercises.situation import Situation

_HALVES = (b"Beginning of line ", b"and end of line\n")
_ON_A_PIPE = Situation("", timed=True, seconds=3.0)
_HALF_LINE = """\
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("Beginning of line ");
    sleep(1);
    printf("and end of line\\n");
    return 0;
}
"""
_ONCE_EACH = """\
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    printf("before\\n");
    pid_t child = fork();
    if (child == 0) {
        printf("child\\n");
        return 0;
    }
    wait(NULL);
    printf("parent\\n");
    return child < 0;
}
"""


def _ends(observation: Observation) -> Finding | None:
    if observation.status != 0:
        return Finding("status", "The program should end with status 0.")
    return None


def _bytes(observation: Observation) -> Finding | None:
    whole, output = b"".join(_HALVES), observation.run.output(1)
    if output != whole and whole.startswith(output):
        says = f"Only {quoted(output)} left the program; the rest was still in the buffer when it ended."
        return Finding("bytes-lost", says)
    if output != whole:
        says = f"The bytes should be {quoted(whole)}, but {quoted(output)} left the program."
        return Finding("other-bytes", says)
    return None


def _first_half(observation: Observation) -> Finding | None:
    first = when(observation.run, _HALVES[0])
    if first != "at once":
        says = (
            f"The first half leaves {first}. It sits in the buffer of stdout while the program sleeps: what empties it?"
        )
        return Finding("still-in-buffer", says)
    return None


def _second_half(observation: Observation) -> Finding | None:
    if when(observation.run, _HALVES[1]) == "at once":
        return Finding("no-pause", "Both halves leave at once, so there is no pause between them any more.")
    return None


def _both_speak(observation: Observation) -> Finding | None:
    child, parent = (times(observation.run, text) for text in ("child", "parent"))
    for who, often in (("child", child), ("parent", parent)):
        if often != "once":
            says = "Child and parent should each print their line once; "
            says += f"the child's came out {child}, the parent's {parent}."
            return Finding(f"{who}-lost" if often == "never" else f"{who}-twice", says)
    return None


def _before_once(observation: Observation) -> Finding | None:
    before = times(observation.run, "before")
    if before == "never":
        return Finding("before-lost", "The line `before` never left the program.")
    if before != "once":
        says = f"The line `before` left {before}: at the fork it was still in the buffer, and each process got a copy."
        return Finding("buffer-copied", says)
    return None


HALF_LINE_NOW = Exercise(
    name="half-line-now",
    lecture=4,
    topics=("flush", "user-buffer"),
    kind="complete a program",
    question="On a pipe, let the first half leave before the pause, and change no byte of the output.",
    done="The first half leaves at once, the second after the pause.",
    starter=_HALF_LINE,
    requirements=(
        Requirement("ends with status 0", _ON_A_PIPE, _ends),
        Requirement("changes no byte of the output", _ON_A_PIPE, _bytes),
        Requirement("the first half leaves at once", _ON_A_PIPE, _first_half),
        Requirement("the second half leaves after the pause", _ON_A_PIPE, _second_half),
    ),
)

ONCE_EACH = Exercise(
    name="once-each",
    lecture=4,
    topics=("flush",),
    kind="find and mend the fault",
    question="On a pipe, let `before` come out once, while child and parent still print their lines.",
    done="The line from before the fork left once, and both processes spoke.",
    starter=_ONCE_EACH,
    requirements=(
        Requirement("ends with status 0", _ON_A_PIPE, _ends),
        Requirement("child and parent print their line once", _ON_A_PIPE, _both_speak),
        Requirement("`before` comes out once", _ON_A_PIPE, _before_once),
    ),
)
