"""The exercise of lecture 01 on reads that sleep: a reader that asks again and again, and should be woken instead."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stuck import waits_before_it_reads, write_end_open
from labkit.exercises.touched import data, number, own_calls
from labkit.model import Event, Recording

_TICKS = 3
_OFTEN = 2 * _TICKS + 2  # a reader that is woken asks at most twice for each tick, and for the end
_STARTER = """\
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int tick(int to)
{
    for (int i = 0; i < 3; i++) {
        if (usleep(10000) < 0)
            return fail("usleep");
        if (write(to, "tick\\n", 5) != 5)
            return fail("write");
    }
    return 0;
}

static int follow(int from)
{
    char buffer[100];
    for (;;) {
        ssize_t got = read(from, buffer, sizeof buffer);
        if (got == 0)
            return 0;
        if (got < 0 && errno == EAGAIN)
            continue;
        if (got < 0)
            return fail("read");
        if (write(STDOUT_FILENO, buffer, got) != got)
            return fail("write");
    }
}

int main(void)
{
    int p[2];
    if (pipe2(p, O_NONBLOCK) < 0)
        return fail("pipe2");
    pid_t child = fork();
    if (child < 0)
        return fail("fork");
    if (child == 0)
        return tick(p[1]);
    if (close(p[1]) < 0)
        return fail("close");
    int bad = follow(p[0]);
    if (waitpid(child, NULL, 0) < 0)
        return fail("waitpid");
    return bad;
}
"""
# In turn, a reader that asks without end never lets the writer speak: a few calls show it, the same in every run.
_USUAL = Situation("", recorded=True, in_turn=True, events=150, seconds=1.0)
_ASKS = ("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait")
_SLEEPS = ("nanosleep", "clock_nanosleep")


def _reader(recording: Recording) -> int:
    """The process that prints what it read."""
    printing = [event for event in recording.calls("write", "writev") if number(event, "fd") == 1 and data(event)]
    return (printing[-1] if printing else recording.events[0]).pid


def _in_vain(recording: Recording) -> list[Event]:
    """The calls of the reader that asked whether there was something, and were told that there was not."""
    return [
        event
        for event in own_calls(recording, "read", *_ASKS)
        if event.pid == _reader(recording) and (event.errno == "EAGAIN" or (event.call in _ASKS and event.result == 0))
    ]


def _sleeps_in_the_kernel(observation: Observation) -> Finding | None:
    """It waits in a call that returns when there is something, and neither spins nor sleeps by the clock."""
    recording = observation.recording
    vain = _in_vain(recording)
    by_clock = [event for event in own_calls(recording, *_SLEEPS) if event.pid == _reader(recording)]
    if by_clock:
        says = (
            "Between its questions the reader sleeps for a fixed time: too long, and the bytes wait; too short, and it "
            "wakes for nothing. A read that may sleep is woken when there is something."
        )
        return Finding("sleeps-by-the-clock", says, exactly(by_clock[0]))
    if len(vain) > _OFTEN:
        says = (
            f"{vain[0].call} is called again and again, for nothing: the reader keeps a processor busy with "
            "asking. The kernel can wake it when there is something: let the call sleep."
        )
        return Finding("polls", says, exactly(vain[_OFTEN]))
    return None


def _ticks_as_before(observation: Observation) -> Finding | None:
    """The writer still pauses and writes line by line, in another process."""
    recording = observation.recording
    pauses = [event for event in own_calls(recording, *_SLEEPS) if event.pid != _reader(recording)]
    if len(pauses) < _TICKS:
        says = "The writer does not pause before each line any more. Leave it as it is: the fault is in the reader."
        return Finding("pauses-gone", says)
    return None


def _prints_as_they_come(observation: Observation) -> Finding | None:
    """It reads while the writer lives, and does not wait for its end first."""
    for event in own_calls(observation.recording, "read", "wait4", "waitid"):
        if event.pid != _reader(observation.recording):
            continue
        if event.call == "read" and (event.result or 0) > 0:
            return None
        if event.call != "read" and (event.result or 0) >= 0 and event.result is not None:
            says = "It waits for the writer's end, and reads then: each line should come out when it is written."
            return Finding("waits-for-the-end", says, exactly(event))
    return None


def _takes_nothing_for_the_end(observation: Observation) -> Finding | None:
    """It stopped when there was nothing to read yet."""
    last = [event for event in own_calls(observation.recording, "read") if event.pid == _reader(observation.recording)]
    if last and last[-1].errno == "EAGAIN":
        says = "read failed with EAGAIN: there is nothing yet. The program took that for the end, which is a read of 0."
        return Finding("nothing-yet-is-no-end", told(observation.situation, says), exactly(last[-1]))
    return None


SLEEP_NOT_SPIN = Exercise(
    name="sleep-not-spin",
    lecture=1,
    topics=("kernel-read",),
    kind="find and mend the fault",
    question=(
        "A child writes a line to a pipe now and then; its parent prints each when it comes. The output is right, "
        "but the parent keeps a processor busy all the time. Record it and count its calls. Mend it, so that the "
        "parent sleeps until there is something."
    ),
    done="The reader sleeps in the kernel and is woken for each line.",
    starter=_STARTER,
    requirements=(
        Requirement(
            "prints every line",
            _USUAL,
            all_of(prints(b"tick\n" * _TICKS), ends_well),
            (_takes_nothing_for_the_end,),
            (_sleeps_in_the_kernel, write_end_open, waits_before_it_reads),
        ),
        Requirement("the writer pauses before each line", _USUAL, _ticks_as_before),
        Requirement("prints each line when it comes", _USUAL, _prints_as_they_come),
        Requirement("sleeps until there is something", _USUAL, _sleeps_in_the_kernel),
    ),
)
