"""What can be asked about streams: tables that are computed from a recording, or measured, and show themselves.

Decides nothing and measures nothing itself.
"""

from __future__ import annotations

from labkit.decode.library_work import library_work as _library_work
from labkit.decode.positions import positions as _positions
from labkit.draw.stream_grids import copies_grid, mishaps_grid, positions_grid, redirections_grid, work_grid
from labkit.measure.copies import measure_copies
from labkit.measure.mishaps import measure_mishaps
from labkit.measure.redirections import measure_redirections
from labkit.model import (
    Copies,
    LibraryWork,
    Positions,
    Program,
    Recording,
    Redirections,
    UnderMishaps,
)


class ShownWork(LibraryWork):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(work_grid(self))

    def _repr_html_(self) -> str:
        return work_grid(self)._repr_html_()


class ShownPositions(Positions):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(positions_grid(self))

    def _repr_html_(self) -> str:
        return positions_grid(self)._repr_html_()


class ShownRedirections(Redirections):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(redirections_grid(self))

    def _repr_html_(self) -> str:
        return redirections_grid(self)._repr_html_()


class ShownCopies(Copies):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(copies_grid(self))

    def _repr_html_(self) -> str:
        return copies_grid(self)._repr_html_()


class ShownMishaps(UnderMishaps):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(mishaps_grid(self))

    def _repr_html_(self) -> str:
        return mishaps_grid(self)._repr_html_()


def library_work(recording: Recording) -> ShownWork:
    """What each line moved through the program's streams, and the system calls the library made for it.

    For a recording of one program with `lines=True`; without, only lines that caused a system call are known.
    `library_work(r)["fgetc"].took` is the bytes one line took out of a buffer, `.total("read")` counts calls.
    """
    return ShownWork(_library_work(recording).lines, recording)


def positions(recording: Recording, fd: int = 3) -> ShownPositions:
    """Where the stream on descriptor `fd` is after each line: the FILE's position, its buffer, the kernel's offset.

    `positions(r)["rewind"].kernel` is one number. LabkitError when there is no such stream, or for a recording without
    `lines=True`.
    """
    found = _positions(recording, fd)
    return ShownPositions(found.path, found.rows, recording)


def redirections(*commands: str) -> ShownRedirections:
    """Where descriptors 0 to 2 of `greet` lead before its first line, when a real shell has run each command line.

    `redirections()["./greet > out"].leads` are the three, `.recording` the run they were read from, `.step` its step
    with which `greet` begins. Takes about a second. LabkitError when a command line does not start `greet`.
    """
    found = measure_redirections(*commands)
    return ShownRedirections(found.program, found.rows)


def copies(data: str | bytes, *programs: str | Program) -> ShownCopies:
    """Give `data` to each of `programs`, which should copy it, and compare what comes out, byte by byte.

    `copies(data, "copy_blocks")["copy_blocks"].what` says what arrived, in words. Raises what `labkit.run` raises.
    """
    return ShownCopies(measure_copies(data, programs).rows)


def mishaps(*programs: str | Program) -> ShownMishaps:
    """Programs that carry the file `notes` over to `backup` (default: backup, backup_unchecked), under injected faults.

    A row for each mishap: what each program says, and what is in `backup` afterwards. `.silent(program)` counts losses
    that a program does not admit, `mishaps()[program, says].recording` is one run. Takes a few seconds.
    """
    found = measure_mishaps(programs) if programs else measure_mishaps()
    return ShownMishaps(found.rows, found.size)
