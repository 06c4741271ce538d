"""The measured modes of fopen(3) as a table. Pure."""

from __future__ import annotations

from labkit.decode.provenance import notes
from labkit.draw.grid import Cell, Grid, cells
from labkit.model import FopenTable, ModeFacts

_HEAD = ("mode", "the file", "created?", "truncated?", "first position", "may read?", "may write?", "writes land")
_NOTES = (
    "Writes land: where two bytes went that were written after fseek(file, 0, SEEK_SET).",
    "Read from a recording of each: the flags given to open, the offset, the size, the bytes that went, errno.",
)


def fopen_grid(table: FopenTable) -> Grid:
    """A row for each mode and file.

    >>> print(str(fopen_grid(FopenTable((ModeFacts("r", False, "ENOENT", "O_RDONLY"),), 5))).splitlines()[2])
      r     missing   fails: ENOENT  –           –               –          –           –            O_RDONLY
    """
    caption = f"What each mode of fopen does to a file of {table.size} bytes, and where there is none"
    return Grid(
        caption,
        (*_HEAD, "flags given to open"),
        tuple(map(_row, table)),
        (*_NOTES, *notes(row.recording for row in table)),
    )


def _row(facts: ModeFacts) -> tuple[Cell, ...]:
    named = cells(facts.mode, "exists" if facts.existing else "missing")
    if facts.errno:
        rest = (Cell(f"fails: {facts.errno}", refused=True), *cells(*["–"] * 5))
    else:
        rest = cells(
            *map(_yes, (facts.created, facts.truncated)),
            "–" if facts.first is None else str(facts.first),
            *map(_yes, (facts.may_read, facts.may_write)),
            facts.lands or "–",
        )
    return (*named, *rest, Cell(facts.flags))


def _yes(fact: bool | None) -> str:
    return "–" if fact is None else "yes" if fact else "no"
