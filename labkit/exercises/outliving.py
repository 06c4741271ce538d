"""The exercise of lecture 04 on a log that outlives its program: each line has left before what it tells of begins."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import ends_well
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.standard_output import prints_in_few, writes_out

_STEPS = 5
_LINES = [f"step {step}: {'.' * 10 * step}\n".encode() for step in range(1, _STEPS + 1)]
_STARTER = """\
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* The work, which stays as it is: it makes a file. Now and then it is fatal. */
static void work(int step, int fatal)
{
    char name[16];
    snprintf(name, sizeof name, "part-%d", step);
    FILE *part = fopen(name, "w");
    if (part == NULL || fclose(part) == EOF)
        exit(1);
    if (step == fatal)
        raise(SIGKILL);
}

int main(int argc, char **argv)
{
    int fatal = argc > 1 ? atoi(argv[1]) : 0;
    for (int step = 1; step <= 5; step++) {
        printf("step %d: ", step);
        for (int i = 0; i < 10 * step; i++)
            putchar('.');
        putchar('\\n');
        work(step, fatal);
    }
    return 0;
}
"""
_ALL = Situation("", recorded=True)
_KILLED = tuple(
    Situation(f"When step {step} kills the program", (str(step),), recorded=True, signal="SIGKILL") for step in (1, 3)
)
_FEW = 3 * _STEPS  # as many calls as that are not one for each byte, however a line is put together


def _left_before_work(observation: Observation) -> Finding | None:
    """When the file of a step is made, its line has left."""
    recording, so_far = observation.recording, b""
    moved = {event.index: data for event, data in writes_out(recording)}
    for event in recording.events:
        so_far += moved.get(event.index, b"")
        made = next((str(argument.value) for argument in event.args if argument.kind == "path"), "")
        if event.call not in ("open", "openat", "creat") or not made.startswith("part-"):
            continue
        step = int(made.removeprefix("part-"))
        if not so_far.startswith(b"".join(_LINES[:step])):
            says = (
                f"the work of step {step} begins while its line, or part of it, is still in the buffer of stdout: if "
                "the program is killed now, nobody reads it."
            )
            return Finding("still-in-buffer", told(observation.situation, says), exactly(event))
    return None


def _works(observation: Observation) -> Finding | None:
    """The work is done as before: all its files are there."""
    missing = [step for step in range(1, _STEPS + 1) if f"part-{step}" not in observation.left]
    if missing:
        says = f"the work of step {missing[0]} is not done: there is no file part-{missing[0]}. work stays as it is."
        return Finding("work-changed", told(observation.situation, says))
    return None


def _is_killed(observation: Observation) -> Finding | None:
    if observation.seen.signal == "SIGKILL":
        return None
    says = "the program is not killed at all: work stays as it is, and is told which step is fatal."
    return Finding("not-killed", told(observation.situation, says))


LOG_OUTLIVES = Exercise(
    name="log-outlives",
    lecture=4,
    topics=("flush", "cost"),
    kind="complete a program",
    question=(
        "This program tells of each step in a line, on a pipe. Sometimes `work` is fatal. Let the line of a step leave "
        "before its work begins, so that the last line always tells what the program died of; but not by a system call "
        "for each byte. `work` stays as it is, and so does every byte of the lines."
    ),
    done="Each line left before its work began, whole, by few calls.",
    starter=_STARTER,
    requirements=(
        Requirement("ends with status 0 when no step is fatal", _ALL, ends_well),
        Requirement("changes no byte of the lines", _ALL, prints(b"".join(_LINES))),
        Requirement("does the work", _ALL, _works),
        Requirement("a line leaves before its work begins", _ALL, _left_before_work),
        *(
            Requirement("the last line tells what it died of", when, judge, (_left_before_work,))
            for when, step in zip(_KILLED, (1, 3), strict=True)
            for judge in (_is_killed, prints(b"".join(_LINES[:step])))
        ),
        Requirement("not by a system call for each byte", _ALL, prints_in_few(_FEW)),
    ),
)
