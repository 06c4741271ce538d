"""Folding long recordings: the same few steps, many times over.

Pure: sequences of shapes in, folds out. Knows nothing of how a fold is shown.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import eq

from labkit.decode.background import visible
from labkit.decode.once import once
from labkit.decode.shapes import shapes
from labkit.model import Recording

PERIOD = 16  # steps of the longest loop that is looked for
TIMES = 4  # repeats, and
COVERS = 12  # steps in all, below which a fold would save nothing


@dataclass(frozen=True, slots=True)
class Fold:
    """From position `first` on, the same `period` steps, `times` times."""

    first: int
    period: int
    times: int

    @property
    def end(self) -> int:
        """The first position behind it."""
        return self.first + self.period * self.times


def folds(shapes: Sequence[Hashable]) -> tuple[Fold, ...]:
    """The repetitions in a sequence, in order, none overlapping another; positions count from 0.

    They are chosen so that what is left to show, each repeated part once, is as short as possible; of equals, those
    that begin earliest. Takes some 2 µs a step, whatever repeats.

    >>> folds("abc" + "xy" * 7 + "z")
    (Fold(first=3, period=2, times=7),)
    """
    numbers: dict[Hashable, int] = {}
    coded = [numbers.setdefault(shape, len(numbers)) for shape in shapes]
    return _shortest(len(coded), _runs(coded))


_Run = tuple[int, int, int]  # first position, the one behind the last, period


def _runs(coded: Sequence[int]) -> list[_Run]:
    """Every stretch that repeats itself after `period` steps often enough, as long as it goes."""
    runs: dict[int, list[_Run]] = {}
    for period in range(1, min(PERIOD, len(coded) // TIMES) + 1):
        repeated = max(period * TIMES, COVERS) - period
        same = bytes(map(eq, coded, coded[period:]))
        found = re.finditer(rb"\x01{%d,}" % repeated, same)
        simpler = [runs[other] for other in range(1, period) if period % other == 0]
        runs[period] = [
            (match.start(), match.end() + period, period)
            for match in found
            if not any(_within(match.start(), match.end() + period, others) for others in simpler)
        ]
    return [run for found_runs in runs.values() for run in found_runs]


def _within(first: int, end: int, others: Sequence[_Run]) -> bool:
    """Whether one of `others`, in order, is over the same steps: twice "aa" is four times "a", and says less."""
    number = bisect(others, first, key=lambda run: run[0]) - 1
    return number >= 0 and end <= others[number][1]


def _shortest(length: int, runs: Iterable[_Run]) -> tuple[Fold, ...]:
    """The shortest way to show `length` steps, found from the end: at each, one step, or one fold of a run it is in."""
    ending = sorted(runs, key=lambda run: run[1])
    inside: list[_Run] = []
    rows = [0] * (length + 1)  # how many it takes to show all from here on
    chosen: list[Fold | None] = [None] * length
    for at in range(length - 1, -1, -1):
        while ending and ending[-1][1] > at:
            inside.append(ending.pop())
        best, fold = rows[at + 1] + 1, None
        for run in inside:
            first, end, period = run
            times = (end - at) // period
            if at < first or times < TIMES or times * period < COVERS:
                continue
            cost = rows[at + times * period] + period + 1  # and one to say how often
            if cost < best or (cost == best and fold is None):
                best, fold = cost, Fold(at, period, times)
        rows[at], chosen[at] = best, fold
        inside = [run for run in inside if run[0] < at] if inside else inside
    return tuple(_along(chosen))


def _along(chosen: Sequence[Fold | None]) -> Iterable[Fold]:
    at = 0
    while at < len(chosen):
        fold = chosen[at]
        if fold is None:
            at += 1
        else:
            yield fold
            at = fold.end


@once
def folded(recording: Recording) -> tuple[Fold, ...]:
    """The folds of the steps that are not background; positions count in `visible(recording)`.

    Found once a recording; some 5 µs a step.
    """
    known = shapes(recording)
    return folds([known[step] for step in visible(recording)])
