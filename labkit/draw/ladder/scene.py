"""The ladder of a recording at every step of the stepper: what has passed by then, and what this step let pass.

Pure: a recording in, a `Scene` out; what there is to show is `rungs`', where it goes `drawing`'s.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from labkit.decode.replay import steps
from labkit.decode.tcp_connections import connections
from labkit.draw.film import GONE, Film, Key, Lines, Scene, Shooting
from labkit.draw.ladder.rungs import LATER, When
from labkit.draw.ladder.sheet import MOST, Drawn, Sheet, legend, row_line
from labkit.model import Recording

_BAND = (
    " The band marks what this step did, thick arrows passed in it, what is pale comes later. Click on a call to go to "
    "its step."
)
_MARK = "◆ "
_START = (-2, 0)


def worth_drawing(recording: Recording) -> bool:
    """Whether the recording has segments."""
    return bool(recording.segments)


def ladder(recording: Recording, subjects: Mapping[Key, int] | None = None) -> Scene:
    """The ladders of the first three connections at every step, laid out once."""
    first: dict[int, int] = {}
    for number, step in enumerate(steps(recording)):
        first.setdefault(step.event, number)
    sheet = Sheet(recording, connections(recording)[:MOST], go=first)
    film, told = _Passing(recording, sheet), _Told(recording, sheet)
    twin = Lines()
    twin.declare([key for place, drawn in enumerate(sheet.drawn) for key in _keys(place, drawn)])
    moments = [step.moment for step in steps(recording)]
    for number, (before, now) in enumerate(zip([-1, *moments], moments, strict=False)):
        film.step(number, (before, 0), (now, 0))
        twin.step(number, told.step((before, 0), (now, 0)))
    count = len(moments)
    return Scene("ladder", "ladder", film.end(count), twin.end(sheet.title, count), legend(recording) + _BAND)


class _Passing:
    """The drawing, told step by step what has passed."""

    def __init__(self, recording: Recording, sheet: Sheet) -> None:
        self._recording, self._sheet = recording, sheet
        self._shooting = Shooting()
        part = self._shooting.part
        self._bands, self._veils = list(map(part, sheet.bands)), list(map(part, sheet.veils))
        self._parts: list[tuple[When, int]] = []  # what is there from then on
        for drawn in sheet.drawn:
            for number, element in drawn.drawing.arrows.items():
                self._parts.append(((recording.segments[number].moment, LATER), part(element)))
            self._parts += [
                (stood.when, part(element))
                for stood, element in zip(drawn.made.stood, drawn.drawing.states, strict=True)
            ]
        self._parts.sort()
        self._new: list[int] = []

    def step(self, number: int, before: When, now: When) -> None:
        """Step `number`, from `before` (not with it) to `now`."""
        show = self._shooting.show
        self._shooting.now = number
        if number == 0:
            for _, part in self._parts:
                show(part, class_=GONE)
        for part in self._new:
            show(part, class_="")
        self._new = [part for _, part in between(self._parts, before, now)]
        for part in self._new:
            show(part, class_="changed")
        for drawn, band, veil in zip(self._sheet.drawn, self._bands, self._veils, strict=True):
            here = [row for _, row in between(drawn.made.happened, before, now)]
            done = max((row for _, row in between(drawn.made.happened, _START, now)[-1:]), default=-1)
            top, bottom = drawn.drawing.span(min(here), max(here)) if here else (0.0, 0.0)
            # The panel scrolls to what is current: to the band if there is one (panel.js).
            show(band, y=f"{top:.1f}", height=f"{bottom - top:.1f}", class_="band-now now" if here else "band-now")
            rest = drawn.drawing.span(done + 1, len(drawn.made.rows) - 1)[0]
            show(veil, y=f"{rest:.1f}", height=f"{drawn.drawing.bottom - rest:.1f}")

    def end(self, steps: int) -> Film:
        """The finished film."""
        markup = self._sheet.canvas.markup(self._sheet.height, self._sheet.title)
        return self._shooting.end(self._sheet.title, markup, steps)


def between(happened: Sequence[tuple[When, int]], before: When, now: When) -> Sequence[tuple[When, int]]:
    """Of what happened, in the order of time, all after `before` and up to `now`.

    >>> between([((1, 0), 7), ((2, 0), 8), ((2, 2), 9), ((3, 0), 9)], (1, 0), (3, 0))
    [((2, 0), 8), ((2, 2), 9), ((3, 0), 9)]
    """
    first = bisect_right(happened, before, key=lambda one: one[0])
    return happened[first : bisect_right(happened, now, key=lambda one: one[0])]


def _keys(place: int, drawn: Drawn) -> list[Key]:
    return [("heading", place), *(("row", place, row) for row in drawn.rows)]


class _Told:
    """The text twin step by step: what has passed by then, a line a row; what the step did is marked."""

    def __init__(self, recording: Recording, sheet: Sheet) -> None:
        self._recording, self._sheet = recording, sheet
        self._lines: dict[Key, str] = {("heading", place): drawn.heading for place, drawn in enumerate(sheet.drawn)}
        self._marked: set[Key] = set()

    def step(self, before: When, now: When) -> dict[Key, str]:
        """The lines of the step from `before` (not with it) to `now`."""
        for key in self._marked:
            self._lines[key] = self._lines[key].removeprefix(_MARK)
        self._marked = set()
        for place, drawn in enumerate(self._sheet.drawn):
            for row in {row for _, row in between(drawn.made.happened, before, now)}:
                self._marked.add(("row", place, row))
                self._lines["row", place, row] = _MARK + row_line(self._recording, drawn.made, row, now)
        return self._lines
