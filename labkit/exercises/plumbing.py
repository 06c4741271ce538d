"""The exercise of lecture 01 on composition: the lines behind the shell's `LEFT | RIGHT`, to be put in order."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.pieces import Pieces
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stuck import waits_before_it_reads, write_end_open
from labkit.exercises.touched import number, own_calls
from labkit.model import Event, Recording

_PIECES = Pieces(
    before="""\
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int become(const char *command)
{
    execl("/bin/sh", "sh", "-c", command, NULL);
    return fail("sh");
}

int main(int argc, char **argv)
{
    int p[2] = { -1, -1 };
    if (argc != 3)
        return 2;
""",
    lines=(
        'pid_t right = fork(); if (right < 0) return fail("fork");',
        'if (close(p[1]) < 0 || close(p[0]) < 0) return fail("close");',
        "if (left == 0) {",
        '    if (dup2(p[0], STDIN_FILENO) < 0) return fail("dup2");',
        '    if (dup2(p[0], STDOUT_FILENO) < 0) return fail("dup2");',
        'if (waitpid(left, NULL, 0) < 0) return fail("waitpid");',
        "    return become(argv[2]); }",
        'if (pipe(p) < 0) return fail("pipe");',
        '    if (close(p[0]) < 0 || close(p[1]) < 0) return fail("close in the left");',
        '    if (dup2(p[1], STDOUT_FILENO) < 0) return fail("dup2");',
        "if (right == 0) {",
        'if (waitpid(right, NULL, 0) < 0) return fail("waitpid");',
        '    if (close(p[0]) < 0 || close(p[1]) < 0) return fail("close in the right");',
        'pid_t left = fork(); if (left < 0) return fail("fork");',
        "    return become(argv[1]); }",
    ),
    after="""\
    return 0;
}
""",
)
_FEW = Situation(
    "With `ls | wc -l`",
    ("ls", "wc -l"),
    files=(("a", b""), ("b", b""), ("c", b"")),
    recorded=True,
    seconds=1.0,
)
# More than a pipe holds: whoever does not let it be read while it is written waits for ever.
_MUCH = Situation(
    "With more bytes than a pipe holds", ("head -c 200000 big", "wc -c"), files=(("big", bytes(200_000)),),
    recorded=True, seconds=1.0,
)  # fmt: skip


def _shells(recording: Recording) -> dict[str, Event]:
    """The commands that were started, by their text."""
    found: dict[str, Event] = {}
    for event in own_calls(recording, "execve"):
        words = event.argument("argv")
        if event.result == 0 and isinstance(words, tuple) and len(words) == 3 and isinstance(words[2], str):
            found[words[2]] = event
    return found


def _bad_descriptor(observation: Observation) -> Finding | None:
    recording = observation.recording
    for event in own_calls(recording, "fork", "vfork", "clone", "clone3", "pipe", "pipe2"):
        if event.call in ("pipe", "pipe2"):
            break
        says = "here a process is made and there is no pipe yet: it will never have a part in one that is made later."
        return Finding("no-pipe-yet", told(observation.situation, says), exactly(event))
    for event in own_calls(recording, "dup2", "dup3", "close"):
        if event.errno == "EBADF":
            fd = number(event, "fd") if event.call == "close" else number(event, "oldfd")
            says = f"{event.call} failed with EBADF: descriptor {fd} is not open here any more, it was closed before."
            return Finding("closed-too-early", told(observation.situation, says), exactly(event))
    return None


def _starts_both(observation: Observation) -> Finding | None:
    """Both commands are started, each by a process of its own."""
    shells = _shells(observation.recording)
    sides = ("left", "right")
    for side, command in zip(sides, observation.situation.args, strict=True):
        if command not in shells:
            says = f"the {side} command, `{command}`, is never started."
            return Finding("not-started", told(observation.situation, says))
    if len({event.pid for event in shells.values()}) < 2:
        return Finding("one-process", told(observation.situation, "both commands are to run in one process."))
    return None


def _led(observation: Observation) -> Finding | None:
    """Before each command starts, its end of the pipe was put where the command looks for it."""
    recording = observation.recording
    made = next((event for event in own_calls(recording, "pipe", "pipe2") if event.result == 0), None)
    ends = made.argument("pipefd") if made is not None else None
    shells = _shells(recording)
    if not isinstance(ends, tuple):
        return None
    for side, command, end, wanted in (("left", 0, 1, 1), ("right", 1, 0, 0)):
        started = shells[observation.situation.args[command]]
        copies = [
            event
            for event in own_calls(recording, "dup2", "dup3")
            if event.pid == started.pid and event.index < started.index and event.result == wanted
        ]
        if not copies:
            says = (
                f"when the {side} command starts, its descriptor {wanted} still leads where it always did: no dup2 had "
                f"put the pipe there."
            )
            return Finding(f"{side}-not-led", told(observation.situation, says), exactly(started))
        if number(copies[-1], "oldfd") != ends[end]:
            what = "write" if end else "read"
            says = (
                f"the {side} command should {what}, but its descriptor {wanted} became the other end of the pipe: p[0] "
                "is the end to read from, p[1] the end to write to."
            )
            return Finding("wrong-end", told(observation.situation, says), exactly(copies[-1]))
    return None


def _hands_on_nothing(observation: Observation) -> Finding | None:
    """Of the pipe, each command gets the one end it uses, as its descriptor 0 or 1."""
    recording = observation.recording
    for command, started in _shells(recording).items():
        closed = {
            number(event, "fd")
            for event in own_calls(recording, "close")
            if event.pid == started.pid and event.index < started.index
        }
        made = next(event for event in own_calls(recording, "pipe", "pipe2"))
        ends = made.argument("pipefd")
        left = [end for end in ends if end not in closed] if isinstance(ends, tuple) else []
        if left and any("O_CLOEXEC" not in argument.text for argument in made.args[-1:]):
            says = f"`{command}` also gets descriptor {left[0]!r} of the pipe, of which it knows nothing: close it."
            return Finding("handed-on", told(observation.situation, says), exactly(started))
    return None


def _waits_for_both(observation: Observation) -> Finding | None:
    """The parent ends after both its children, as a shell that shows its prompt again."""
    recording = observation.recording
    waited = {event.result for event in own_calls(recording, "wait4", "waitid")}
    for side, command in zip(("left", "right"), observation.situation.args, strict=True):
        started = _shells(recording)[command]
        if started.pid not in waited:
            says = f"nobody waits for the {side} command: the program ends, and what it started may still be running."
            return Finding("not-waited", told(observation.situation, says))
    return None


def _one_after_the_other(observation: Observation) -> Finding | None:
    """The right command is started before the left one is waited for."""
    recording = observation.recording
    forks = [event for event in own_calls(recording, "clone", "clone3", "fork", "vfork") if (event.result or 0) > 0]
    for event in own_calls(recording, "wait4", "waitid"):
        if len([fork for fork in forks if fork.index < event.index]) < 2:
            says = (
                "the parent waits for one command before it starts the other. As long as the pipe has room, that "
                "works; with more bytes than it holds, both wait for ever."
            )
            return Finding("waits-too-early", told(observation.situation, says), exactly(event))
    return None


_STUCK = (_one_after_the_other, waits_before_it_reads, write_end_open)

LEFT_TO_RIGHT = Exercise(
    name="left-to-right",
    lecture=1,
    topics=("composition", "kernel-read"),
    kind="put lines in order",
    question=(
        "`pipe LEFT RIGHT` does what the shell does for `LEFT | RIGHT`: it starts both commands at the same time, "
        "joined by a pipe, and waits for both. Put the lines in order; there is one more than is needed. Every order "
        "that works is right."
    ),
    done="What the left command prints, the right one reads, and neither knows of the other.",
    pieces=_PIECES,
    requirements=(
        Requirement("starts both commands", _FEW, all_of(_bad_descriptor, _starts_both), stuck=_STUCK),
        Requirement("joins them by the pipe", _FEW, _led),
        Requirement("starts both before it waits", _FEW, _one_after_the_other),
        Requirement("the right one reads what the left one prints", _FEW, all_of(ends_well, prints(b"3\n"))),
        Requirement(
            "the right one reads what the left one prints",
            _MUCH,
            all_of(ends_well, prints(b"200000\n")),
            stuck=_STUCK,
        ),
        Requirement("waits for both", _FEW, _waits_for_both),
        Requirement("hands on no other descriptor", _FEW, _hands_on_nothing),
    ),
)
