"""One counted run as a picture: the program above, the system-call line with every crossing, the kernel below.

Shows who ran between which crossings, which is the same in every run; how many instructions, `numbers_grid` tells.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from labkit.decode.code_owner import LIBRARY, LOADER, PROGRAM, VDSO
from labkit.decode.crossing_findings import before_own, calls_by_count, ended, magnitude
from labkit.decode.provenance import elsewhere, notes
from labkit.draw.grid import Grid, cells
from labkit.draw.picture import Canvas, Picture
from labkit.draw.wording import many
from labkit.model import Crossings, Stretch

_WIDTH, _LEFT, _RIGHT = 960.0, 206.0, 950.0
_ROW, _TOP = 30.0, 40.0
_COLUMNS = 40  # drawn; of more, the ones in the middle are left out
_FULL = 24  # characters of a whole bar
_LEGEND = (
    "From left to right one run, cut at each system call. Above the dashed line is user mode: a filled box means that "
    "code of this kind ran there. Each arrow is one crossing of the system-call line; its name stands below, where the "
    "kernel did it. How many instructions each kind of code executed is in the table."
)
_ORDER = (PROGRAM, LIBRARY, LOADER, VDSO)


@dataclass(frozen=True)
class _Column:
    """One stretch, or several that look alike in a row; `call` "" is the end without one."""

    owners: frozenset[str]
    call: str
    times: int

    @property
    def words(self) -> str:
        return self.call if self.times == 1 else f"{self.call} ×{self.times:,}"


def crossings_picture(crossings: Crossings) -> Picture:
    """Who ran between which system calls; the text twin tells it in words that are the same in every run."""
    canvas = Canvas(_WIDTH)
    owners = _owners(crossings)
    columns = _columns(crossings.stretches)
    width = min(28.0, (_RIGHT - _LEFT) / max(1, len(columns)))
    line = _TOP + len(owners) * _ROW + 12
    canvas.text(0, 18, "user mode", "dim")
    canvas.text(_LEFT, 18, f"{magnitude(crossings.instructions)} instructions", "strong")
    for number, owner in enumerate(owners):
        _row(canvas, owner, columns, _TOP + number * _ROW, width)
    canvas.add("line", x1=0, y1=line, x2=_WIDTH, y2=line, class_="line")
    canvas.text(0, line + 22, "kernel mode", "dim")
    canvas.text(0, line + 44, f"crossed {_times(len(crossings.calls))}", "strong")
    for number, column in enumerate(columns):
        if column.call:
            _crossing(canvas, _LEFT + (number + 1) * width - 1.5, line, column.words)
    longest = max((len(column.words) for column in columns), default=0)
    bottom = line + max(56.0, 24 + longest * 7.9)
    title = f"{crossings.name}: one run, counted"
    return replace(canvas.finish(bottom, title, _text(crossings), _LEGEND), where=elsewhere([crossings]))


def crossings_text(crossings: Crossings) -> str:
    """The run in words: how many instructions nearly, whose they are in order, and every crossing.

    >>> loader = Stretch((("the dynamic loader", 900),), "mmap", 0)
    >>> own = Stretch((("the program", 20),), "exit_group")
    >>> print(crossings_text(Crossings("p", ("p",), (loader, loader, own), status=0)))
    p: one run, counted
      user mode    some thousand instructions; whose, most first: the dynamic loader, the program
      ----------   the system-call line, crossed 3 times
      kernel mode  mmap 2, exit_group 1
      in order     mmap mmap exit_group
    2 of these crossings came before the first instruction of the program itself.
    """
    return "\n".join([_text(crossings), *notes([crossings])])


def _text(crossings: Crossings) -> str:
    whose = ", ".join(crossings.by_owner)
    lines = [f"{crossings.name}: one run, counted"]
    lines += _entry("user mode", f"{magnitude(crossings.instructions)} instructions; whose, most first: {whose}")
    lines += _entry("----------", f"the system-call line, crossed {_times(len(crossings.calls))}")
    lines += _entry("kernel mode", ", ".join(f"{call} {count:,}" for call, count in calls_by_count(crossings)))
    lines += _entry("in order", " ".join(column.words for column in _columns(crossings.stretches) if column.call))
    early = before_own(crossings)
    lines.append(f"{early:,} of these crossings came before the first instruction of the program itself.")
    if crossings.others:
        lines.append(f"What it started ({crossings.others:,}) ran along and is not counted.")
    return "\n".join([*lines, *filter(None, [ended(crossings)])])


def numbers_grid(crossings: Crossings) -> Grid:
    """The counts by whose code it is, with a bar each; they differ a little from run to run and between machines."""
    total = max(1, crossings.instructions)
    rows = tuple(
        cells(owner, f"{count:,}", f"{100 * count / total:.1f} %", "█" * round(_FULL * count / total) or "▏")
        for owner, count in crossings.by_owner.items()
    )
    return Grid(
        f"{many(crossings.instructions, 'instruction')} in user mode, {many(len(crossings.calls), 'crossing')}",
        ("whose code", "instructions", "of all", ""),
        rows,
        notes=notes([crossings]),
        right=frozenset({1, 2}),
        steady=f"Instructions of {crossings.name} in user mode, by whose code they are",
    )


def _owners(crossings: Crossings) -> list[str]:
    """Those whose code ran: the program on top, what lies between it and the line below."""
    ran = crossings.by_owner
    return [owner for owner in _ORDER if owner in ran] + sorted(ran.keys() - set(_ORDER))


def _columns(stretches: Sequence[Stretch]) -> list[_Column]:
    """A column for each stretch; calls that repeat with the same code running before them share one."""
    single = [(frozenset(owner for owner, _ in one.instructions), one.call) for one in stretches]
    if len(single) <= _COLUMNS:
        return [_Column(owners, call, 1) for owners, call in single]
    merged = [_Column(owners, call, len(list(same))) for (owners, call), same in groupby(single)]
    if len(merged) <= _COLUMNS:
        return merged
    left_out = merged[_COLUMNS // 2 : len(merged) - _COLUMNS // 2 + 1]
    between = _Column(
        frozenset().union(*(column.owners for column in left_out)), "more", sum(column.times for column in left_out)
    )
    return [*merged[: _COLUMNS // 2], between, *merged[len(merged) - _COLUMNS // 2 + 1 :]]


def _row(canvas: Canvas, owner: str, columns: Sequence[_Column], y: float, width: float) -> None:
    canvas.text(0, y + 17, owner if len(owner) < 26 else owner[:25] + "…", "")
    for number, column in enumerate(columns):
        x = _LEFT + number * width
        ran = owner in column.owners
        canvas.add("rect", x=x, y=y, width=width - 3, height=_ROW - 7, class_="fill" if ran else "buffer", rx=2)


def _crossing(canvas: Canvas, x: float, line: float, words: str) -> None:
    canvas.add("line", x1=x, y1=_TOP - 8, x2=x, y2=line + 8, class_="ink")
    canvas.add("path", d=f"M{x - 4:.1f} {line + 8:.1f}h8l-4 7z", class_="inktip")
    canvas.add(
        "text", words, x=x, y=line + 20, class_="mono small", transform=f"rotate(90 {x - 4:.1f} {line + 20:.1f})"
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _entry(name: str, text: str) -> list[str]:
    head = f"  {name:11}  "
    return textwrap.wrap(head + text, 100, subsequent_indent=" " * len(head), break_long_words=False)
