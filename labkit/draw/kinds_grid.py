"""The same calls on kinds of file, as a table: a row a kind, a column a call. Pure."""

from __future__ import annotations

from labkit.decode.five_calls import CALLS
from labkit.decode.provenance import notes
from labkit.draw.grid import Cell, Grid, cells
from labkit.model import Answer, KindAnswers, KindsOfFile

_HEADS = {"read": "read 3 bytes", "write": "write 3 bytes", "lseek": "lseek to 1"}
_NOTES = (
    "A number is what the call returned (of open, the new descriptor), a name is errno. open asked for O_RDWR, and for "
    "O_RDONLY where that was refused.",
    "open did not make the pipe and the sockets: it was tried on their names in /proc/self/fd. A pipe is read at one "
    "end and written at the other. Three bytes were there to be read in the file, terminal, pipe and sockets.",
)


def kinds_grid(kinds: KindsOfFile) -> Grid:
    """A row for each kind of file, in order.

    >>> asked = (Answer("open", None, "EISDIR"), Answer("open", 3), Answer("read", None, "EISDIR"))
    >>> kinds = KindsOfFile((KindAnswers("directory", asked), KindAnswers("door", (), "socket: EPERM")))
    >>> print("\\n".join(str(kinds_grid(kinds)).splitlines()[2:4]))
      directory     EISDIR, then 3            EISDIR        –              –           –
      door          not here (socket: EPERM)  –             –              –           –
    """
    head = ("kind of file", *(_HEADS.get(call, call) for call in CALLS))
    return Grid(
        "The same five calls: what the kernel answered",
        head,
        tuple(map(_row, kinds)),
        (*_NOTES, *notes(kind.recording for kind in kinds)),
    )


def _row(kind: KindAnswers) -> tuple[Cell, ...]:
    if kind.absent:
        return (Cell(kind.kind), Cell(f"not here ({kind.absent})", refused=True), *cells(*["–"] * (len(CALLS) - 1)))
    return (Cell(kind.kind), *(_cell([answer for answer in kind.answers if answer.call == call]) for call in CALLS))


def _cell(answers: list[Answer]) -> Cell:
    return Cell(", then ".join(map(str, answers)) or "–", refused=any(answer.errno for answer in answers))
