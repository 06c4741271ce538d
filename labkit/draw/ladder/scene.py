"""The ladder of a recording at every step of the stepper: what has passed by then, and what this step let pass.

Pure: a recording in, a `Scene` out; what there is to show is `rungs`', where it goes `drawing`'s.
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.decode.replay import steps
from labkit.decode.tcp_connections import connections
from labkit.draw.film import GONE, Film, Key, Lines, Scene, Shooting
from labkit.draw.ladder.rungs import LATER, When
from labkit.draw.ladder.sheet import MOST, Drawn, Sheet, legend, row_line
from labkit.model import Recording

_BAND = " The band marks what this step did, thick arrows passed in it, what is pale comes later."


def worth_drawing(recording: Recording) -> bool:
    """Whether the recording has segments."""
    return bool(recording.segments)


def ladder(recording: Recording, subjects: Mapping[Key, int] | None = None) -> Scene:
    """The ladders of the first three connections at every step, laid out once."""
    sheet = Sheet(recording, connections(recording)[:MOST], behind=True)
    film = _Passing(recording, sheet)
    twin = Lines()
    twin.declare([key for place, drawn in enumerate(sheet.drawn) for key in _keys(place, drawn)])
    moments = [step.moment for step in steps(recording)]
    for number, (before, now) in enumerate(zip([-1, *moments], moments, strict=False)):
        film.step(number, (before, 0), (now, 0))
        twin.step(number, _lines(recording, sheet, (before, 0), (now, 0)))
    made, told = film.end(len(moments)), twin.end(sheet.title, len(moments))
    return Scene("ladder", "ladder", made, told, legend(recording) + _BAND)


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

    def step(self, number: int, before: When, now: When) -> None:
        """Step `number`, from `before` (not with it) to `now`."""
        show = self._shooting.show
        self._shooting.now = number
        for when, part in self._parts:
            show(part, class_=GONE if when > now else "changed" if when > before else "")
        for drawn, band, veil in zip(self._sheet.drawn, self._bands, self._veils, strict=True):
            here = [row for when, row in drawn.made.happened if before < when <= now]
            done = max((row for when, row in drawn.made.happened if when <= now), default=-1)
            top, bottom = drawn.drawing.span(min(here), max(here)) if here else (0.0, 0.0)
            show(band, y=f"{top:.1f}", height=f"{bottom - top:.1f}")
            rest = drawn.drawing.span(done + 1, len(drawn.made.rows) - 1)
            show(veil, y=f"{rest[0]:.1f}", height=f"{rest[1] - rest[0]:.1f}")

    def end(self, steps: int) -> Film:
        """The finished film."""
        markup = self._sheet.canvas.markup(self._sheet.height, self._sheet.title)
        return self._shooting.end(self._sheet.title, markup, steps)


def _keys(place: int, drawn: Drawn) -> list[Key]:
    return [("heading", place), *(("row", place, row) for row in drawn.rows)]


def _lines(recording: Recording, sheet: Sheet, before: When, now: When) -> dict[Key, str]:
    """What has passed by now, a line a row; what this step did is marked."""
    lines: dict[Key, str] = {}
    for place, drawn in enumerate(sheet.drawn):
        lines["heading", place] = drawn.heading
        new = {row for when, row in drawn.made.happened if before < when <= now}
        for row in sorted({row for when, row in drawn.made.happened if when <= now}):
            lines["row", place, row] = ("◆ " if row in new else "") + row_line(recording, drawn.made, row, now)
    return lines
