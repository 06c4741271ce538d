"""The exercise of lecture 03 on redirection: the lines behind the shell's `>both 2>&1`, to be put in order."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import fails_aloud, leaves
from labkit.exercises.pieces import Pieces
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import number, own_calls, touched
from labkit.model import Event, Recording

_PIECES = Pieces(
    before="""\
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
""",
    lines=(
        "if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0) return 1;",
        "execvp(argv[1], argv + 1);",
        "if (close(fd) < 0) return 1;",
        "if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;",
        'int fd = open("both", O_WRONLY | O_CREAT | O_TRUNC, 0644);',
        "if (dup2(fd, STDERR_FILENO) < 0) return 1;",
        'if (fd < 0) { perror("both"); return 1; }',
        "if (dup2(fd, STDOUT_FILENO) < 0) return 1;",
    ),
    after="""\
    perror("command");
    return 127;
}
""",
)
_COMMAND = ("/bin/sh", "-c", "echo result; echo warning >&2")
_BOTH = b"result\nwarning\n"
_USUAL = Situation("", _COMMAND, recorded=True)
_FOLDER = Situation("When both is a folder", _COMMAND, files=(("both/page", b""),), recorded=True)


def _execs(recording: Recording) -> tuple[Event, ...]:
    """The command being started: not the program's own start, which no line of it asked for."""
    return own_calls(recording, "execve")


def _starts(observation: Observation) -> Finding | None:
    """The command is started at all."""
    if any(event.result == 0 for event in _execs(observation.recording)):
        return None
    bad = _bad_descriptor(observation)
    return bad or Finding("not-started", "The command never starts: is execvp among the lines, and reached?")


def _bad_descriptor(observation: Observation) -> Finding | None:
    for event in own_calls(observation.recording, "dup2", "dup3", "close"):
        if event.errno == "EBADF":
            fd = number(event, "oldfd") if event.call != "close" else number(event, "fd")
            says = f"{event.call} failed with EBADF: descriptor {fd} is not open here, it was closed before."
            return Finding("closed-too-early", says, exactly(event))
    return None


def _copied_too_early(observation: Observation) -> Finding | None:
    """A copy between 1 and 2 made while the original still led where it did at the start."""
    recording = observation.recording
    seen = touched(recording)
    for event in own_calls(recording, "dup2", "dup3"):
        old, new, hit = number(event, "oldfd"), number(event, "newfd"), seen[event.index]
        if {old, new} == {1, 2} and hit is not None and hit.name != "both":
            says = (
                f"When {new} became a copy of {old}, {old} did not lead to the file yet. A copy leads to where the "
                "original leads at that moment, and does not follow it afterwards."
            )
            return Finding("copied-too-early", says, exactly(event))
    return None


def _into_the_file(observation: Observation) -> Finding | None:
    """What the command writes to 1 and to 2 is in the file, and nowhere else."""
    wrong = leaves("both", _BOTH)(observation)
    if wrong is None:
        return None
    recording = observation.recording
    started = next(event for event in _execs(recording) if event.result == 0)
    out, err = (bool(recording.output(fd)) for fd in (1, 2))
    if out and err:
        return Finding(
            "nothing-redirected",
            "Both lines of the command came out as ever: when it started, 1 and 2 did not lead to the file. After "
            "execvp no further line of this program runs.",
            exactly(started),
        )
    if out:
        return Finding(
            "stdout-not-redirected", "What goes to 1 is not in the file: only 2 leads there.", exactly(started)
        )
    if err:
        return Finding(
            "stderr-not-redirected", "What goes to 2 is not in the file: only 1 leads there.", exactly(started)
        )
    return wrong


def _hands_on_nothing(observation: Observation) -> Finding | None:
    """Of the file's descriptors, the command gets 1 and 2 only."""
    recording = observation.recording
    started = next(event for event in _execs(recording) if event.result == 0)
    kept: dict[int, Event] = {}
    for event in own_calls(recording):
        if event.index >= started.index:
            break
        if event.call in ("open", "openat", "dup") and event.result is not None and event.result > 2:
            flags = next((argument.text for argument in event.args if argument.name == "flags"), "")
            if "O_CLOEXEC" not in flags:
                kept[event.result] = event
        elif event.call == "close":
            kept.pop(number(event, "fd"), None)
    for fd in kept:
        says = f"The command also gets descriptor {fd}, of which it knows nothing: close it before execvp."
        return Finding("handed-on", told(observation.situation, says), exactly(started))
    return None


REDIRECT_BOTH = Exercise(
    name="redirect-both",
    lecture=3,
    topics=("dup", "fd-table"),
    kind="put lines in order",
    question=(
        "`run COMMAND` does what the shell does for `COMMAND >both 2>&1`: it starts the command with both its outputs "
        "led to the file `both`. Put the lines in order; there are more than are needed. Every order that works is "
        "right."
    ),
    done="Both outputs of the command go to the file, through one open file description.",
    pieces=_PIECES,
    requirements=(
        Requirement("starts the command", _USUAL, _starts),
        Requirement("both outputs go to the file", _USUAL, _into_the_file, (_bad_descriptor, _copied_too_early)),
        Requirement("hands on no other descriptor", _USUAL, _hands_on_nothing),
        Requirement(
            "reports a file that it cannot open", _FOLDER, fails_aloud("failed-open-ignored", "open", "EISDIR")
        ),
    ),
)
