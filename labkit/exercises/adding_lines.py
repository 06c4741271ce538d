"""The exercise of lecture 02 on a log that several programs write to: append, and one line at a time."""

from __future__ import annotations

from labkit.decode.text import quoted
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud, leaves
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stream_errors import reports
from labkit.exercises.touched import WRITING, calls_on, data, own_calls, touched
from labkit.model import Event, Fault, Recording

_STARTER = """\
#include <stdio.h>

int main(int argc, char **argv)
{
    FILE *log = fopen("log", "w");
    if (log == NULL) {
        perror("log");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        // your turn: add argv[i] to the log, as a line
    }
    if (fclose(log) == EOF) {
        perror("log");
        return 1;
    }
    return 0;
}
"""
_LINES = ("door open", "50 %d warm, 100 %%", "door shut")
_WANTED = b"".join(line.encode() + b"\n" for line in _LINES)
_EARLIER = b"earlier\n"
_NEW = Situation("With no file log at first", _LINES, recorded=True)
_OLD = Situation("With a line in log already", _LINES, files=(("log", _EARLIER),), recorded=True)


def _first_write(recording: Recording) -> Event | None:
    writes = calls_on(recording, "log", *WRITING)
    return writes[0] if writes else next(reversed(own_calls(recording)), None)


def _keeps(observation: Observation) -> Finding | None:
    """What was in the log stays."""
    left = observation.left.get("log")
    if left is None or left.data.startswith(_EARLIER):
        return None
    for event in own_calls(observation.recording, "open", "openat", "creat"):
        if event.call == "creat" or any("O_TRUNC" in argument.text for argument in event.args):
            says = "the line that was in log is gone: this mode empties the file when it opens it."
            return Finding("emptied", told(observation.situation, says), exactly(event))
    says = "the line that was in log is overwritten: this mode begins to write at the start of the file."
    return Finding("overwritten", told(observation.situation, says), _first_write)


def _every_line(observation: Observation) -> Finding | None:
    left = observation.left.get("log")
    if left is None or left.data.endswith(_WANTED):
        return None
    lines = left.data.splitlines()
    if lines and _LINES[0].encode() in lines and _LINES[1].encode() not in lines and len(lines) >= len(_LINES):
        says = f"the line {_LINES[1]!r} is not as it was given: a text is data, and no format of fprintf."
        return Finding("text-as-format", told(observation.situation, says), _first_write)
    if left.data.replace(b"\n", b"").endswith(_WANTED.replace(b"\n", b"")):
        return Finding("no-newline", told(observation.situation, "not every line ends with a newline."), _first_write)
    return None


def _goes_to_the_end(observation: Observation) -> Finding | None:
    """Each write goes to the end as one act, or a lock is held meanwhile."""
    recording = observation.recording
    seen = touched(recording)
    if any(event.call == "flock" or "SETLK" in event.args[1].text for event in calls_on(recording, "log", *_LOCKS)):
        return None
    for event in calls_on(recording, "log", "write", "writev"):
        hit = seen[event.index]
        if hit is not None and "O_APPEND" not in hit.open_file.flags:
            says = (
                "This write goes to the offset of this program's own stream. If another program has added a line "
                'meanwhile, it lands on that line. With mode "a" every write goes to the end, wherever that is by then.'
            )
            return Finding("own-offset", says, exactly(event))
    return None


_LOCKS = ("flock", "fcntl")


def _line_by_line(observation: Observation) -> Finding | None:
    """Every write is one whole line: it has left the program before the next is begun, and no other comes between."""
    for event in calls_on(observation.recording, "log", "write", "writev", "pwrite64"):
        text = data(event)
        if text.count(b"\n") > 1:
            says = (
                f"{text.count(chr(10).encode())} lines go out in this one write: until then they waited in the buffer, "
                "and a program that is killed meanwhile loses them. Empty it after each line."
            )
            return Finding("kept-back", says, exactly(event))
        if text and not text.endswith(b"\n"):
            says = (
                f"This write takes only part of a line, {quoted(text)}: the other program's may come between it and "
                "the rest. Put the line together in the buffer, and empty that once."
            )
            return Finding("line-in-pieces", says, exactly(event))
    return None


LOG_LINES = Exercise(
    name="log-lines",
    lecture=2,
    topics=("fopen-modes", "stream-ops", "paranoia"),
    kind="complete a program",
    question=(
        "`log LINE…` adds each of its arguments to the file `log`, as a line. Other programs do so at the same time: "
        "no line may be lost or torn, and each must be in the file before the next is begun. What fails is said on "
        "stderr, with a status that is not 0. You may change the lines that are there."
    ),
    done="Every line goes to the end of the log, whole and at once.",
    starter=_STARTER,
    requirements=(
        Requirement("adds every line", _NEW, all_of(ends_well, _every_line, leaves("log", _WANTED))),
        Requirement("adds every line", _OLD, all_of(ends_well, _keeps, _every_line, leaves("log", _EARLIER + _WANTED))),
        Requirement("writes to the end, wherever that is", _OLD, _goes_to_the_end),
        Requirement("writes each line whole and at once", _OLD, _line_by_line),
        Requirement(
            "reports a file that it cannot open",
            Situation("When log is a folder", _LINES, files=(("log/page", b""),), recorded=True),
            fails_aloud("failed-open-ignored", "open", "EISDIR"),
        ),
        *(
            Requirement(
                "reports a write that failed",
                Situation("When the device is full", _LINES, faults=(full,), recorded=True),
                reports("failed-write-ignored", "write"),
            )
            for full in (Fault("write", 1, errno="ENOSPC"), Fault("write", 3, errno="ENOSPC"))
        ),
    ),
)
