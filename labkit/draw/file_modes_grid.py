"""The permissions of new files as a table: what was told, what the umask left, what the file has. Pure."""

from __future__ import annotations

from labkit.decode.file_modes import FileModes, letters, octal
from labkit.decode.provenance import notes
from labkit.draw.grid import Grid, cells

_HEAD = ("file", "umask", "open was told", "told & ~umask", "the file has", "as ls -l shows it")
_NOTES = ("Read from a recording: the arguments of umask and open, and what fstat then said of the file.",)


def file_modes_grid(modes: FileModes) -> Grid:
    """A row for each new file.

    >>> from labkit.decode.file_modes import FileMode
    >>> print(str(file_modes_grid(FileModes((FileMode("note", 0o22, 0o666, 0o644),)))).splitlines()[2])
      note  0022   0666           0644           0644          rw-r--r--
    """
    rows = tuple(
        cells(row.name, *map(octal, (row.umask, row.told, row.expected, row.got)), letters(row.got)) for row in modes
    )
    return Grid("Permissions of new files", _HEAD, rows, (*_NOTES, *notes(modes.recordings)))
