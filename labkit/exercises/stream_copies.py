"""What every copy of a file through streams is tried with: sizes, bytes that are not text, files and devices that fail.

The exercises of lecture 02 that copy share it. Decides nothing about how a copy is made.
"""

from __future__ import annotations

from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud, leaves
from labkit.exercises.requirement import Finding, Judge, Requirement
from labkit.exercises.situation import Situation, told
from labkit.exercises.stream_errors import read_of, reports
from labkit.model import Fault

ORIGINAL, COPY = "original", "copy"  # the files that FROM and TO are
TEXT = b"".join(b"%04d\n" % number for number in range(918))  # every place is known by its bytes; more than a buffer
_ZEROS = b"zeros \0 among\0\0 other bytes\n" * 40
_ALL = bytes(range(256)) * 5 + b"\xff"  # 255 in the middle and at the very end
_FEW = TEXT[:600]
_SIZES = (0, 1, 512, 4095, 4096, 65537)
_COPIES = "copies every byte, and no other"


def copying(
    says: str, data: bytes, *, to: bytes | None = None, faults: tuple[Fault, ...] = (), recorded: bool = False
) -> Situation:
    """Copying `data` from one file to another, with `faults`; `to` is there before."""
    files = ((ORIGINAL, data), *(() if to is None else ((COPY, to),)))
    return Situation(says, (ORIGINAL, COPY), files=files, faults=faults, recorded=recorded or bool(faults))


def copies(*whys: Judge) -> tuple[Requirement, ...]:
    """Every byte arrives, of files of all kinds; where one does not, `whys` are asked first, which may know why."""
    tried = [
        (copying(f"With {len(TEXT):,} bytes of text", TEXT), TEXT),
        (copying("With bytes that are 0 among them", _ZEROS), _ZEROS),
        (copying("With bytes of every value", _ALL), _ALL),
        *(
            (copying(f"With a file of {size:,} byte{'' if size == 1 else 's'}", _of(size)), _of(size))
            for size in _SIZES
        ),
    ]
    found = [Requirement(_COPIES, when, _right(data, whys)) for when, data in tried]
    older = copying("With a longer file TO that was there before", b"new\n", to=b"older and longer\n", recorded=True)
    return (*found, Requirement(_COPIES, older, all_of(ends_well, _keeps_nothing, leaves(COPY, b"new\n"))))


def _of(size: int) -> bytes:
    return (bytes(range(1, 252)) * (size // 251 + 1))[:size]


def _right(data: bytes, whys: tuple[Judge, ...]) -> Judge:
    return all_of(ends_well, *whys, _nul(data), leaves(COPY, data))


def _nul(data: bytes) -> Judge:
    """The first byte that is missing or other is a 0."""

    def judge(observation: Observation) -> Finding | None:
        left = observation.left.get(COPY)
        at = first_difference(left.data if left else b"", data)
        if left is None or not left.size or at >= len(data) or data[at] or left.size > len(data):
            return None
        says = (
            f"byte {at:,} of FROM (counted from 0) is 0, and from there on the copy is not right. A 0 ends a string; "
            "what a file holds is not one."
        )
        return Finding("stops-at-nul", told(observation.situation, says), read_of(ORIGINAL, at))

    return judge


def _keeps_nothing(observation: Observation) -> Finding | None:
    left = observation.left.get(COPY)
    if left is None or b"longer" not in left.data:
        return None
    says = "what TO held before is still in it. Which mode of fopen empties the file?"
    return Finding("old-kept", told(observation.situation, says))


def first_difference(one: bytes, other: bytes) -> int:
    """How many bytes at the beginning are the same.

    >>> first_difference(b"abcd", b"abxd"), first_difference(b"ab", b"abc")
    (2, 2)
    """
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _fails(says: str, data: bytes, wants: str, cause: str, fault: Fault) -> Requirement:
    return Requirement(wants, copying(says, data, faults=(fault,)), reports(cause, fault.call))


REPORTS = (
    Requirement(
        "reports a file that it cannot open",
        Situation("When FROM does not exist", (ORIGINAL, COPY), recorded=True),
        fails_aloud("failed-open-ignored", "open", "ENOENT"),
    ),
    _fails(
        "When FROM cannot be read any further",
        TEXT,
        "reports a read that failed",
        "read-error-ignored",
        Fault("read", 2, errno="EIO", onwards=True),
    ),
    *(
        _fails("When the device is full", data, "reports a write that failed", "failed-write-ignored", fault)
        for data, fault in ((TEXT, Fault("write", 1, errno="ENOSPC")), (_FEW, Fault("write", 1, errno="ENOSPC")))
    ),
)
