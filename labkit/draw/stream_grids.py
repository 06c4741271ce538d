"""What was found out about streams, as tables. Pure."""

from __future__ import annotations

from labkit.decode.provenance import notes as elsewhere
from labkit.decode.text import one_line
from labkit.draw.grid import Cell, Grid, cells
from labkit.draw.wording import many
from labkit.model import (
    Arrived,
    Called,
    Copies,
    LibraryWork,
    LineWork,
    Position,
    Positions,
    Redirection,
    Redirections,
    UnderMishap,
    UnderMishaps,
)

_LINE = 52  # characters of a line of C in a table


def work_grid(work: LibraryWork) -> Grid:
    """A row for each line that worked on a stream, and a last one with the sums.

    >>> row = LineWork("a.c", 7, "c = fgetc(stdin)", 13, took=12, calls=(Called("read", 2, 12),))
    >>> print(str(work_grid(LibraryWork((row,)))).splitlines()[2])
      7         c = fgetc(stdin)       13             –               12  2 × read: 12 bytes
    """
    told = any(row.times is not None for row in work)  # without lines, only calls are known
    counted = ("reached", "bytes put in", "bytes taken out") if told else ()
    rows = tuple(_work_row(row, told) for row in work)
    head = ("line", "", *counted, "system calls it caused")
    caption = "What the lines moved through their streams, and what the library asked of the kernel for it"
    notes = ["Left out: what the stepper hides at first, as asking for a file's block size."]
    if any(row.more for row in work):
        notes.append("≥: a long loop between two system calls; the recorder sees only its beginning.")
    right = frozenset((2, 3, 4)) if told else frozenset[int]()
    return Grid(caption, head, (*rows, _together(work, told)), (*notes, *elsewhere([work.recording])), right)


def _work_row(row: LineWork, told: bool) -> tuple[Cell, ...]:
    reached = "–" if row.times is None else f"{_least(row)}{row.times:,}"
    where = "after main" if row.line is None else str(row.line)
    code = Cell(_cut(row.text), code=True)
    counted = cells(reached, _some(row.put, _least(row)), _some(row.took, _least(row))) if told else ()
    return (Cell(where), code, *counted, Cell(_calls(row.calls) or "none"))


def _together(work: LibraryWork, told: bool) -> tuple[Cell, ...]:
    put, took = (sum(getattr(row, what) or 0 for row in work) for what in ("put", "took"))
    least = "≥ " if any(row.more for row in work) else ""
    calls: dict[str, Called] = {}
    for made in (made for row in work for made in row.calls):
        old = calls.get(made.call, Called(made.call, 0))
        moved = None if made.moved is None else (old.moved or 0) + made.moved
        calls[made.call] = Called(made.call, old.times + made.times, moved, (*old.failed, *made.failed))
    counted = cells("", _some(put, least), _some(took, least)) if told else ()
    return (*cells("together", ""), *counted, Cell(_calls(tuple(calls.values())) or "none"))


def _calls(calls: tuple[Called, ...]) -> str:
    return ", ".join(map(_call, calls))


def _call(called: Called) -> str:
    times = f"{called.times:,} × " if called.times > 1 else ""
    moved = "" if called.moved is None else f": {many(called.moved, 'byte')}"
    failed = f" ({', '.join(called.failed)})" if called.failed else ""
    return f"{times}{called.call}{moved}{failed}"


def positions_grid(found: Positions) -> Grid:
    """A row for each line that changed something.

    >>> row = Position(9, "fgetc(file)", 1, 1, 25, 0, 26, (Called("read", 1, 26),))
    >>> print(str(positions_grid(Positions("letters", (row,)))).splitlines()[2])
      9           fgetc(file)     1  1 read, 25 ahead             26  read: 26 bytes
    """
    head = ("after line", "", "FILE", "its buffer", "kernel offset", "system calls")
    rows = tuple(map(_position, found))
    caption = f"Where the stream on {one_line(found.path)} is: for the program (FILE), and for the kernel"
    notes = (
        "FILE: what ftell answers. Its buffer: bytes already read, bytes ahead of the program, bytes to be written.",
    )
    return Grid(caption, head, rows, (*notes, *elsewhere([found.recording])), right=frozenset((2, 4)))


def _position(row: Position) -> tuple[Cell, ...]:
    code = Cell(_cut(row.text), code=True)
    where = cells(f"{row.file:,}", _buffer(row), f"{row.kernel:,}", _calls(row.calls) or "none")
    return (Cell(str(row.line)), code, *where)


def _buffer(row: Position) -> str:
    parts = [f"{row.used:,} read, {row.ahead:,} ahead"] if row.ahead else []
    if row.unwritten:
        parts.append(f"{row.unwritten:,} to be written")
    return ", ".join(parts) or "empty"


def redirections_grid(found: Redirections) -> Grid:
    """A row for each command line.

    >>> row = Redirection("greet > out", ("terminal", "out", "terminal"), (("out", "the shell"),))
    >>> print(str(redirections_grid(Redirections("greet", (row,)))).splitlines()[2])
      greet > out   terminal  out       terminal  the shell: out
    """
    head = ("command line", "0 stdin", "1 stdout", "2 stderr", "files opened, and by whom")
    caption = f"Where 0, 1 and 2 of {one_line(found.program)} lead before its first line"
    notes = ("Read from the recording of a real shell for each.", *elsewhere(row.recording for row in found))
    return Grid(caption, head, tuple(map(_redirection, found)), notes)


def _redirection(row: Redirection) -> tuple[Cell, ...]:
    by: dict[str, list[str]] = {}
    for file, who in row.opened:
        by.setdefault(who, []).append(file)
    opened = "; ".join(f"{who}: {', '.join(files)}" for who, files in by.items())
    return cells(row.command, *row.leads, opened or "–")


def copies_grid(found: Copies) -> Grid:
    """A row for each program.

    >>> row = Arrived("copy_blocks", 12, 12, "all")
    >>> print(str(copies_grid(Copies((row,)))).splitlines()[2])
      copy_blocks        12         12  all           exit 0
    """
    head = ("program", "bytes in", "bytes out", "what arrived", "it says")
    return Grid("The same bytes into each program", head, tuple(map(_copy, found)), right=frozenset((1, 2)))


def _copy(row: Arrived) -> tuple[Cell, ...]:
    what = Cell(row.what, refused=row.what != "all")
    return (*cells(row.program, f"{row.size:,}", f"{row.left:,}"), what, Cell(row.ending))


def mishaps_grid(found: UnderMishaps) -> Grid:
    """A row for each mishap; of each program two columns: what it says, and what is left.

    >>> from labkit.model import Mishap
    >>> rows = (UnderMishap("save", Mishap("disk full"), "exit 1", "notes: No space", 9, "nothing"),)
    >>> print(str(mishaps_grid(UnderMishaps(rows, 9))).splitlines()[2])
      disk full        exit 1, notes: No space  nothing
    """
    says = dict.fromkeys(row.mishap.says for row in found)
    head = ("what goes wrong", *(f"{name}{what}" for name in found.programs for what in (" says", " leaves")))
    rows = tuple((Cell(mishap), *(cell for row in found if row.mishap.says == mishap for cell in _mishap(row)))
                 for mishap in says)  # fmt: skip
    notes = (
        f"Faults are injected into the calls of the real program; notes has {many(found.size, 'byte')}. Says: exit "
        "status, and what it wrote to stderr.",
        "Set off: data are lost, and the program says that all is well.",
        *elsewhere(row.recording for row in found),
    )
    return Grid("The same mishaps, checked and unchecked", head, rows, notes)


def _mishap(row: UnderMishap) -> tuple[Cell, Cell]:
    said = ", ".join(filter(None, (row.ending, one_line(row.message))))
    return Cell(said, refused=row.silent), Cell(row.what, refused=row.silent)


def _cut(text: str) -> str:
    return text if len(text) <= _LINE else f"{text[: _LINE - 1]}…"


def _least(row: LineWork) -> str:
    return "≥ " if row.more else ""


def _some(count: int | None, least: str = "") -> str:
    return f"{least}{count:,}" if count else "–"
