"""A ladder that is too long, its middle left out and counted: only rows of data, and of calls that change no state."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from labkit.draw.ladder.rungs import Bar, Rungs
from labkit.model import Segment

ROWS = 32  # of a ladder that can be taken in at once
_BEFORE, _AFTER = 5, 3  # rows of a stretch that stay
_CONTROL = {"SYN", "FIN", "RST"}


def folded(made: Rungs, segments: tuple[Segment, ...]) -> Rungs:
    """`made` with its longest stretches of data as one row each, which says how many segments and calls it stands for.

    At most as many as it takes to have `ROWS` rows; what opens, ends or changes a connection always stays.
    """
    moved = {stood.row for stood in made.stood}

    def plain(row: int) -> bool:
        number = made.rows[row]
        return row not in moved and (number is None or not _CONTROL & {*segments[number].flags})

    stretches = [list(run) for fits, run in groupby(range(len(made.rows)), plain) if fits]
    left = len(made.rows)
    out: dict[int, range] = {}  # first row that goes → all of them
    for stretch in sorted(stretches, key=len, reverse=True):
        middle = stretch[_BEFORE : len(stretch) - _AFTER]
        if left <= ROWS or len(middle) < 3:
            break
        out[middle[0]] = range(middle[0], middle[-1] + 1)
        left -= len(middle) - 1
    return _without(made, segments, out) if out else made


def _without(made: Rungs, segments: tuple[Segment, ...], out: dict[int, range]) -> Rungs:
    place: list[int] = []  # row → where it is now
    rows: list[int | None] = []
    folds: dict[int, tuple[str, str]] = {}
    gone = {row: first for first, stretch in out.items() for row in stretch}
    for row, number in enumerate(made.rows):
        if gone.get(row, row) == row:
            if row in gone:
                folds[len(rows)] = _counted(made, segments, out[row])
            rows.append(None if row in gone else number)
        place.append(len(rows) - 1)
    bars = [_moved(bar, place, gone) for bar in made.bars if gone.get(bar.first, -1) != gone.get(bar.last, -2)]
    stood = [replace(one, row=place[one.row]) for one in made.stood]
    happened = [(when, place[row]) for when, row in made.happened]
    return replace(made, rows=rows, bars=bars, stood=stood, folds=folds, happened=happened)


def _moved(bar: Bar, place: list[int], gone: dict[int, int]) -> Bar:
    """A bar where it is now; what was said of it in a row that is gone is not said."""
    asked = "" if bar.first in gone else bar.asked
    given = "" if bar.last in gone else bar.given
    apart = bar.apart or bar.first in gone or bar.last in gone
    return replace(bar, first=place[bar.first], last=place[bar.last], asked=asked, given=given, apart=apart)


def _counted(made: Rungs, segments: tuple[Segment, ...], stretch: range) -> tuple[str, str]:
    """What a stretch of rows stands for, in two lines."""
    numbers = [number for row in stretch if (number := made.rows[row]) is not None]
    calls = sum(bar.first in stretch for bar in made.bars)
    there, back = (
        sum(segments[n].length for n in numbers if made.connection.from_client(segments[n]) is way)
        for way in (True, False)
    )
    what = [f"{there:,} bytes →"] * bool(there) + [f"{back:,} bytes ←"] * bool(back) + [f"{calls:,} calls"]
    return f"… {len(numbers):,} more segments of data", ", ".join(what)
