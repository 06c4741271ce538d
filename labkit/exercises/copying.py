"""Exercises of lecture 03 in which bytes go from one file to another by read and write."""

from __future__ import annotations

from labkit.exercises.conduct import (
    closes_what_it_opened,
    gives_a_mode,
    goes_on_after_short_write,
    reads_to_the_end,
    tries_again,
    truncates,
    uses,
    writes_what_it_read,
)
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud, leaves
from labkit.exercises.requirement import Finding, Requirement
from labkit.exercises.situation import Situation
from labkit.exercises.touched import injected, touched
from labkit.model import Fault

SIZES = (0, 1, 4095, 4096, 65537)
_USUAL = b"".join(b"%04d " % number for number in range(918))  # every place is known by its bytes; no newline
_FEW = _USUAL[:600]  # enough for most faults, and a copy byte by byte is checked sooner
_BINARY = (b"\x7fELF\0\0\0\1" + bytes(range(256))) * 20


def _of(
    says: str, data: bytes, *, to: bytes | None = None, faults: tuple[Fault, ...] = (), recorded: bool = False
) -> Situation:
    """Copying `data` from one file to another, with `faults`; `to` is there before."""
    files = (("from", data), *(() if to is None else (("to", to),)))
    return Situation(says, ("from", "to"), files=files, faults=faults, recorded=recorded or bool(faults))


def _sized(size: int) -> bytes:
    return (bytes(range(1, 252)) * (size // 251 + 1))[:size]


def _interrupted(call: str, nth: int) -> Situation:
    data = _data_for(call, nth)
    return _of(f"When a signal interrupts {call} number {nth}", data, faults=(Fault(call, nth, errno="EINTR"),))


def _data_for(call: str, nth: int) -> bytes:
    """As few bytes as make a copy with a buffer of 4,096 bytes do `nth` such calls."""
    return _USUAL if call == "write" and nth > 1 else _FEW


_SHORT_WRITES = _of("When write takes fewer bytes than it is told", _FEW, faults=(Fault("write", 1, length=100),))
_ALL_SHORT = _of("When no write takes more than 70 bytes", _FEW, faults=(Fault("write", 1, length=70, onwards=True),))
_SHORT_READS = _of(
    "When read brings fewer bytes than it was asked for", _FEW, faults=(Fault("read", 1, length=110, onwards=True),)
)
_COUNTS = (writes_what_it_read, truncates("to"))


def _copies(situation: Situation, data: bytes) -> Requirement:
    return Requirement("copies every byte, and no other", situation, all_of(ends_well, leaves("to", data)), _COUNTS)


# The first is recorded: what forks without end is over sooner under the tracer.
_PLAIN = _of(f"With a file of {len(_USUAL):,} bytes", _USUAL, recorded=True)
_EVERY_BYTE = (
    _copies(_PLAIN, _USUAL),
    _copies(_of("With bytes that are 0 among them", _BINARY), _BINARY),
    *(
        _copies(_of(f"With a file of {size:,} byte{'' if size == 1 else 's'}", _sized(size)), _sized(size))
        for size in SIZES
    ),
    _copies(_of("With a longer file that was there before", b"new", to=b"older and longer", recorded=True), b"new"),
)


def _full(nth: int) -> Requirement:
    """The device is full at write number `nth`: it must say so, and must not claim that it copied."""
    situation = _of("When the device is full", _data_for("write", nth), faults=(Fault("write", nth, errno="ENOSPC"),))
    aloud = fails_aloud("failed-write-ignored", "write", "ENOSPC")

    def judge(observation: Observation) -> Finding | None:
        recording = observation.recording
        seen = touched(recording)
        hit = [seen[event.index] for event in injected(recording, "write")]
        # it may be a message that could not be written, or nothing at all: fewer writes than that were needed
        return aloud(observation) if any(it is not None and it.inode.kind == "file" for it in hit) else None

    return Requirement("reports a write that failed", situation, judge)


_COPY = """\
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char buffer[4096];
    if (argc != 3) {
        fprintf(stderr, "usage: copy FROM TO\\n");
        return 2;
    }
    int from = open(argv[1], O_RDONLY);
    if (from < 0) {
        perror(argv[1]);
        return 1;
    }
    int to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (to < 0) {
        perror(argv[2]);
        return 1;
    }

    // your turn: copy everything from one to the other

    if (close(from) < 0 || close(to) < 0) {
        perror("close");
        return 1;
    }
    return 0;
}
"""

_CARE = (
    Requirement(
        "goes on after a short read",
        _SHORT_READS,
        all_of(ends_well, leaves("to", _FEW)),
        (reads_to_the_end("from"), writes_what_it_read),
    ),
    *(
        Requirement(
            "goes on after a short write",
            situation,
            all_of(ends_well, leaves("to", _FEW)),
            (goes_on_after_short_write,),
        )
        for situation in (_SHORT_WRITES, _ALL_SHORT)
    ),
)
_CLOSES = Requirement("closes every descriptor it opened", _PLAIN, closes_what_it_opened)
_NO_SOURCE = Requirement(
    "reports a file that it cannot open",
    Situation("When FROM does not exist", ("from", "to"), recorded=True),
    fails_aloud("failed-open-ignored", "open", "ENOENT"),
)

COPY_ALL = Exercise(
    name="copy-all",
    lecture=3,
    topics=("copy-fd", "low-ops"),
    kind="complete a program",
    question=(
        "Copy the file `FROM` to `TO` with `read` and `write`. It must also be right when `write` takes fewer bytes "
        "than it is told, when a signal interrupts a call (EINTR), and when the device is full: then it says so on "
        "stderr and ends with a status that is not 0. At the end it closes what it opened."
    ),
    done="It copies every byte, whatever read and write return.",
    starter=_COPY,
    requirements=(
        *_EVERY_BYTE,
        Requirement(
            "uses read and write",
            _PLAIN,
            all_of(uses(("read", "pread64"), "from", "use read."), uses(("write", "pwrite64"), "to", "use write.")),
        ),
        *_CARE,
        *(
            Requirement(
                f"tries {call} again after EINTR",
                _interrupted(call, nth),
                all_of(ends_well, leaves("to", _data_for(call, nth))),
                (tries_again(call),),
            )
            for call in ("read", "write")
            for nth in (1, 2)
        ),
        _full(1),
        _full(2),
        _NO_SOURCE,
        _CLOSES,
        Requirement("gives the new file permissions", _PLAIN, gives_a_mode("to")),
    ),
)

_COUNT = """\
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char buffer[4096];
    ssize_t got = 0;
    if (argc != 3)
        return 2;
    int from = open(argv[1], O_RDONLY);
    int to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (from < 0 || to < 0) {
        perror(from < 0 ? argv[1] : argv[2]);
        return 1;
    }
    while ((got = read(from, buffer, sizeof buffer)) > 0) {
        if (write(to, buffer, sizeof buffer) < 0) {
            perror("write");
            return 1;
        }
    }
    if (got < 0) {
        perror("read");
        return 1;
    }
    return close(from) < 0 || close(to) < 0;
}
"""

COUNT_RIGHT = Exercise(
    name="count-right",
    lecture=3,
    topics=("low-ops", "copy-fd"),
    kind="find and mend the fault",
    question=(
        "This program copies `FROM` to `TO`, and the copy is not always what the original is. Find out when, and mend "
        "it, so that it is right for files of every size and for any count that `read` and `write` return."
    ),
    done="As many bytes are written as were read, always.",
    starter=_COUNT,
    requirements=(*_EVERY_BYTE, *_CARE, _NO_SOURCE, _CLOSES),
)
