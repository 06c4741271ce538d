"""Programs that carry the file `notes` over to the file `backup`, under injected faults: what is said, what is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.capture.surroundings import place, scratch
from labkit.decode.arrived import arrived, missing
from labkit.model import Fault, Mishap, Program, Recording, UnderMishap, UnderMishaps

FROM, TO = "notes", "backup"
NOTES = "".join(
    f"note {number:03}: worth keeping\n" for number in range(1, 226)
).encode()  # 5,400 bytes: more than one buffer of a stream
MISHAPS = (
    Mishap("nothing goes wrong"),
    Mishap("there is no notes", missing=(FROM,)),
    Mishap("backup may not be opened: EACCES", (Fault("openat", 2, "EACCES"),)),
    Mishap("the first read is interrupted: EINTR", (Fault("read", 1, "EINTR"),)),
    Mishap("reading fails after 4,096 bytes: EIO", (Fault("read", 2, "EIO", onwards=True),)),
    Mishap("the first read brings 100 bytes", (Fault("read", 1, length=100),)),
    Mishap("no room at the first write: ENOSPC", (Fault("write", 1, "ENOSPC"),)),
    Mishap("no room at the second write: ENOSPC", (Fault("write", 2, "ENOSPC"),)),
    Mishap("the first write is interrupted: EINTR", (Fault("write", 1, "EINTR"),)),
    Mishap("the first write takes 100 bytes", (Fault("write", 1, length=100),)),
    Mishap("closing backup fails: EIO", (Fault("close", 1, "EIO"),)),
)


def measure_mishaps(
    programs: Sequence[str | Program] = ("backup", "backup_unchecked"), mishaps: Sequence[Mishap] = MISHAPS
) -> UnderMishaps:
    """A row for each program under each mishap, with the recording; the bytes are those found in the file afterwards.

    Takes a recording a row. Raises whatever `labkit.record` raises.
    """
    built = [program if isinstance(program, Program) else build(program) for program in programs]
    rows = tuple(_trial(program, mishap) for mishap in mishaps for program in built)
    return UnderMishaps(rows, len(NOTES))


def _trial(program: Program, mishap: Mishap) -> UnderMishap:
    with scratch("record") as folder:
        place(folder, {} if FROM in mishap.missing else {FROM: NOTES})
        recording = record(program, folder=folder, inject=mishap.faults)
        came = _left(folder / TO)
    wanted = b"" if FROM in mishap.missing else NOTES
    message = recording.output(2).decode(errors="replace").strip()
    what = "no file" if came is None else arrived(wanted, came) if wanted else "an empty file"
    return UnderMishap(program.name, mishap, _ending(recording), message, missing(wanted, came or b""), what, recording)


def _left(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _ending(recording: Recording) -> str:
    return recording.signal or recording.ended_by or f"exit {recording.status}"
