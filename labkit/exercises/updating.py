"""The exercise of lecture 02 on changing a record in the middle of a file: lines to be put in order."""

from __future__ import annotations

import struct

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud
from labkit.exercises.pieces import Pieces
from labkit.exercises.requirement import Finding, Judge, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stream_errors import reports
from labkit.exercises.touched import WRITING, calls_on, own_calls
from labkit.model import Event, Fault, Recording

_PIECES = Pieces(
    before="""\
#include <stdio.h>
#include <stdlib.h>

struct record { char name[12]; int points; };

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv)
{
    struct record r;
    if (argc != 2)
        return 2;
    long n = strtol(argv[1], NULL, 10);
""",
    lines=(
        'if (fwrite(&r, sizeof r, 1, f) != 1) return fail("write");',
        'FILE *f = fopen("points", "w+b");',
        'if (fseek(f, n * (long)sizeof r, SEEK_SET) != 0) return fail("seek");',
        "r.points += 10;",
        'FILE *f = fopen("points", "r+b");',
        'if (fread(&r, sizeof r, 1, f) != 1) return fail("read");',
        'if (fseek(f, -(long)sizeof r, SEEK_CUR) != 0) return fail("seek back");',
        'if (f == NULL) return fail("points");',
        'FILE *f = fopen("points", "a+b");',
        "rewind(f);",
    ),
    after="""\
    if (fclose(f) != 0)
        return fail("close");
    return 0;
}
""",
)
_RECORD = struct.Struct("=12si")
_PLAYERS = (b"ada", b"bob", b"cyd", b"dee", b"eve")
_BEFORE = tuple(_RECORD.pack(name, 100 + 7 * number) for number, name in enumerate(_PLAYERS))
_FILES = (("points", b"".join(_BEFORE)),)


def _more(record: bytes) -> bytes:
    name, points = _RECORD.unpack(record)
    return _RECORD.pack(name, points + 10)


def _opened(flag: str, cause: str, says: str) -> Judge:
    """It does not open the file in a way that no later line can mend."""

    def judge(observation: Observation) -> Finding | None:
        for event in own_calls(observation.recording, "open", "openat"):
            if any(flag in argument.text for argument in event.args):
                return Finding(cause, says, exactly(event))
        return None

    return judge


def _written(recording: Recording) -> Event | None:
    writes = calls_on(recording, "points", *WRITING)
    return writes[-1] if writes else next(reversed(own_calls(recording)), None)


def _changes(number: int) -> Judge:
    """Record `number` has ten points more, and all others are as before."""

    def judge(observation: Observation) -> Finding | None:
        left = observation.left["points"].data
        size = _RECORD.size
        found = [left[at : at + size] for at in range(0, len(left), size)]
        wanted = [_more(record) if at == number else record for at, record in enumerate(_BEFORE)]
        if found == wanted:
            return None
        cause, says = _mistake(number, found, wanted)
        return Finding(cause, told(observation.situation, says), _written)

    return judge


def _mistake(number: int, found: list[bytes], wanted: list[bytes]) -> tuple[str, str]:
    if len(found) > len(wanted):
        return "behind-the-end", f"points has {len(found)} records now: what was written went behind the last."
    other = [at for at, record in enumerate(found) if at >= len(_BEFORE) or record != _BEFORE[at]]
    if not other:
        return "not-changed", f"nothing in points has changed: record {number} should have ten points more."
    at = other[0]
    if at == number:
        return (
            "wrong-record",
            f"record {number} was overwritten with something else: what was in r when it was written?",
        )
    if found[at] in (wanted[number], _BEFORE[number]) and at == number + 1:
        return (
            "next-overwritten",
            f"record {at} was overwritten, not record {number}: after fread the position is behind what was read. "
            "Between reading and writing there must be an fseek, and it leads back.",
        )
    return "wrong-place", f"record {at} was overwritten, not record {number}: where was the stream when it wrote?"


def _updating(number: int, *, faults: tuple[Fault, ...] = ()) -> Situation:
    says = "When the device is full" if faults else f"With record {number}"
    return Situation(says, (str(number),), files=_FILES, faults=faults, recorded=True)


_KEEPS = _opened("O_TRUNC", "emptied", 'Mode "w+" empties the file when it opens it: there is nothing left to read.')
_MOVES = _opened(
    "O_APPEND", "appends", 'With mode "a+" every write goes to the end of the file, wherever fseek led before.'
)

UPDATE_RECORD = Exercise(
    name="update-record",
    lecture=2,
    topics=("positioning", "fopen-modes", "copy-blocks"),
    kind="put lines in order",
    question=(
        "The file `points` holds records of 16 bytes, counted from 0. `update N` gives record N ten points more and "
        "leaves the others as they are. Put the lines in order; there are more than are needed. Every order that works "
        "is right."
    ),
    done="It reads the record, goes back, writes it over itself, and hears whether that worked.",
    pieces=_PIECES,
    requirements=(
        *(
            Requirement(
                "changes this record, and no other",
                _updating(number),
                all_of(_KEEPS, _MOVES, ends_well, _changes(number)),
            )
            for number in (2, 0, 4)
        ),
        Requirement(
            "reports a file that it cannot open",
            Situation("When there is no file points", ("0",), recorded=True),
            fails_aloud("failed-open-ignored", "open", "ENOENT"),
        ),
        Requirement(
            "reports a write that failed",
            _updating(2, faults=(Fault("write", 1, errno="ENOSPC"),)),
            reports("failed-write-ignored", "write"),
        ),
    ),
)
