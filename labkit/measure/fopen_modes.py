"""The modes of fopen(3), each tried on a file that is there and on one that is not, under the recorder."""

from __future__ import annotations

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.decode.account import account
from labkit.decode.fopen_facts import FILE, fopen_facts
from labkit.errors import LabkitError
from labkit.model import FopenTable, ModeFacts, Program

MODES = ("r", "w", "a", "r+", "w+", "a+", "rb")  # C11 7.21.5.3; one with b, to see that it changes nothing here
CONTENT = b"abcde"


def measure_fopen(*modes: str) -> FopenTable:
    """Two rows for each of `modes` (default: r w a r+ w+ a+ rb), with the recordings they were read from.

    Takes a recording a row, a tenth of a second or less each. Raises LabkitError for a mode that the C library refuses
    without asking the kernel, and whatever `labkit.record` raises.
    """
    program = build("fopen_modes")
    rows = tuple(_trial(program, mode, existing) for mode in modes or MODES for existing in (True, False))
    return FopenTable(rows, len(CONTENT))


def _trial(program: Program, mode: str, existing: bool) -> ModeFacts:
    recording = record(program, [mode], files={FILE: CONTENT} if existing else {})
    try:
        return fopen_facts(recording, mode, existing)
    except LookupError as err:
        said = account(recording).get("fopen", "nothing")
        raise LabkitError(
            f"fopen with mode {mode!r} opened no file: the C library refused before it asked the kernel, saying: "
            f"{said}. A mode begins with r, w or a (fopen(3))."
        ) from err
