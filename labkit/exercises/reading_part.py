"""The exercise of lecture 01 on bytes: a part of a file, wherever it begins and however long it is."""

from __future__ import annotations

from labkit.exercises.conduct import closes_what_it_opened, tries_again
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud
from labkit.exercises.printed import goes_on_printing, last_print, prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import READING, calls_on, injected, number, own_calls
from labkit.model import Fault

_TEXT = b"".join(b"%04d " % number for number in range(1200))  # every place is known by its bytes
_BINARY = (b"\x7fELF\0\0\0\1" + bytes(range(256))) * 20
_FAR = 250_000
_BIG = (_TEXT * 50)[: _FAR + 20_000]
_AHEAD = 70_000  # bytes that a library may read beyond what it needs

_STARTER = """\
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: part FILE OFFSET COUNT\\n");
        return 2;
    }
    long offset = atol(argv[2]), count = atol(argv[3]);
    int fd = open(argv[1], O_RDONLY);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }

    // your turn: write to standard output the `count` bytes that begin at `offset`

    if (close(fd) < 0) {
        perror("close");
        return 1;
    }
    return 0;
}
"""


def _of(
    says: str, offset: int, count: int, *, data: bytes = _TEXT, faults: tuple[Fault, ...] = (), recorded: bool = False
) -> Situation:
    args = ("file", str(offset), str(count))
    return Situation(says, args, files=(("file", data),), faults=faults, recorded=recorded or bool(faults))


def _reading(nth: int, **fault: object) -> tuple[Fault, ...]:
    """The same fault for both calls that read."""
    return tuple(Fault(call, nth, **fault) for call in ("read", "pread64"))  # type: ignore[arg-type]


_PLAIN = _of("With offset 1000 and count 50", 1000, 50, recorded=True)
_SHORT = _of("When read brings fewer bytes than it was asked for", 1003, 60, faults=_reading(1, length=7, onwards=True))
_INTERRUPTED = _of("When a signal interrupts the first read", 1000, 50, faults=_reading(1, errno="EINTR"))
_LATER = _of(
    "When a signal interrupts the second read",
    1000,
    50,
    faults=(*_reading(1, length=7), *_reading(2, errno="EINTR")),
)
_PART_WRITTEN = _of("When write takes fewer bytes than it is told", 1000, 50, faults=(Fault("write", 1, length=20),))
_FULL = _of("When the device is full", 1000, 50, faults=(Fault("write", 1, errno="ENOSPC"),))
_FAR_IN = _of("With an offset far into the file", _FAR, 30, data=_BIG, recorded=True)
_MISSING = Situation("When FILE does not exist", ("file", "0", "5"), recorded=True)


def _offset_ignored(observation: Observation) -> Finding | None:
    """What it printed is what stands at the beginning of the file."""
    _, offset, count = observation.situation.args
    said = observation.seen.output(1)
    content = dict(observation.situation.files)["file"]
    if int(offset) and said and said == content[: len(said)] and len(said) >= min(int(count), 5):
        reads = calls_on(observation.recording, "file", *READING)
        says = f"it printed bytes from the beginning of the file: nothing moved the offset to {int(offset):,} first."
        at = exactly(reads[0]) if reads else last_print
        return Finding("offset-ignored", told(observation.situation, says), at)
    return None


def _short_read(observation: Observation) -> Finding | None:
    """It took a read that brought fewer bytes than asked for as all that there is."""
    reads = calls_on(observation.recording, "file", *READING)
    _, offset, count = observation.situation.args
    content = dict(observation.situation.files)["file"]
    due = len(content[int(offset) : int(offset) + int(count)])
    got = sum(max(event.result or 0, 0) for event in reads)
    if not reads or not 0 < (reads[-1].result or 0) < number(reads[-1], "count") or got >= due:
        return None
    event = reads[-1]
    says = (
        f"read was asked for {number(event, 'count'):,} bytes and brought {event.result:,}, which it may at any time; "
        f"{due - got:,} more are there. Go on reading until you have them all or read returns 0."
    )
    return Finding("short-read", told(observation.situation, says), exactly(event))


def _more_than_read(observation: Observation) -> Finding | None:
    """The first write after a read was told more bytes than that read had brought."""
    got: int | None = None
    for event in own_calls(observation.recording):
        if event.call in READING:
            got = max(event.result or 0, 0)
        elif event.call == "write" and number(event, "fd") == 1 and got is not None:
            if number(event, "count") > got:
                says = (
                    f"read brought {got:,} bytes, but write was told {number(event, 'count'):,}: the rest of the "
                    "buffer is no part of the file. Write as many bytes as read returned."
                )
                return Finding("count-of-buffer", told(observation.situation, says), exactly(event))
            got = None
    return None


def _stops_at_nul(observation: Observation) -> Finding | None:
    """What it printed ends just before a byte that is 0."""
    _, offset, count = observation.situation.args
    due = dict(observation.situation.files)["file"][int(offset) : int(offset) + int(count)]
    said = observation.seen.output(1)
    if due.replace(b"\0", b"").startswith(said.replace(b"\0", b"")) and b"\0" in due[: len(said) + 1] and said != due:
        says = (
            "the bytes end at the first that is 0, or leave it out: functions for strings stop there, and what a file "
            "holds is no string. Write as many bytes as read returned."
        )
        return Finding("stops-at-nul", told(observation.situation, says), last_print)
    return None


def _goes_there(observation: Observation) -> Finding | None:
    """It goes to the offset, and does not read all that stands before it."""
    reads = calls_on(observation.recording, "file", *READING)
    got = 0
    for event in reads:
        got += max(event.result or 0, 0)
        if got > _AHEAD:
            says = (
                f"for 30 bytes it has read more than {_AHEAD:,} here: all that stands before them. A file need not be "
                "read from its beginning: lseek moves the offset, pread takes one."
            )
            return Finding("reads-from-the-start", told(observation.situation, says), exactly(event))
    return None


def _says_so(observation: Observation) -> Finding | None:
    """A write that failed is told; who moves the bytes by another call meets no failure here."""
    aloud = fails_aloud("failed-write-ignored", "write", "ENOSPC")
    return aloud(observation) if injected(observation.recording, "write") else None


_CAUSES = (_offset_ignored, _stops_at_nul, _more_than_read)


def _part(situation: Situation, data: bytes = _TEXT) -> Requirement:
    _, offset, count = situation.args
    due = data[int(offset) : int(offset) + int(count)]
    return Requirement("prints these bytes, and no other", situation, all_of(ends_well, prints(due)), _CAUSES)


PRINT_PART = Exercise(
    name="print-part",
    lecture=1,
    topics=("bytes", "open-first"),
    kind="complete a program",
    question=(
        "`part FILE OFFSET COUNT` prints the `COUNT` bytes of the file that begin at `OFFSET`: fewer when the file "
        "ends before, none when it is shorter, which is no error. Any bytes, at any place, and without reading all "
        "that stands before them. It must be right when `read` brings fewer bytes than it was asked for and when a "
        "signal interrupts it (EINTR), it must say so when a call fails, and it closes what it opened."
    ),
    done="It prints any part of any file, and reads no more than it needs.",
    starter=_STARTER,
    requirements=(
        _part(_PLAIN),
        _part(_of("With offset 0", 0, 20)),
        _part(_of("With an odd offset and one byte", 4093, 1)),
        _part(_of("With count 0", 10, 0)),
        _part(_of("With a part of 5,900 bytes", 11, 5900)),
        _part(_of("With a part that the file ends in", len(_TEXT) - 30, 100)),
        _part(_of("With an offset past the end of the file", 9000, 10)),
        _part(_of("With bytes that are 0 among them", 3, 400, data=_BINARY), _BINARY),
        Requirement(
            "goes on after a short read",
            _SHORT,
            all_of(ends_well, prints(_TEXT[1003:1063])),
            (_short_read, *_CAUSES),
        ),
        *(
            Requirement(
                "reads again after EINTR",
                situation,
                all_of(ends_well, prints(_TEXT[1000:1050])),
                (tries_again("read"), tries_again("pread64")),
            )
            for situation in (_INTERRUPTED, _LATER)
        ),
        Requirement(
            "goes on after a short write",
            _PART_WRITTEN,
            all_of(ends_well, prints(_TEXT[1000:1050])),
            (goes_on_printing,),
        ),
        Requirement("reports a write that failed", _FULL, _says_so),
        Requirement(
            "reports a file that it cannot open", _MISSING, fails_aloud("failed-open-ignored", "open", "ENOENT")
        ),
        Requirement("goes to the offset", _FAR_IN, all_of(ends_well, prints(_BIG[_FAR : _FAR + 30]), _goes_there)),
        Requirement("closes every descriptor it opened", _PLAIN, closes_what_it_opened),
    ),
)
