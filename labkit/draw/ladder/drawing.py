"""Draws one ladder: calls at the sides, the system-call line, each end with its state, segments as arrows between.

Knows what `Rungs` hold and nothing of recordings but their segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from labkit.decode.tcp_connections import CLIENT, SERVER
from labkit.draw.fitting import fitted
from labkit.draw.ladder.rungs import Bar, Rungs, Stood
from labkit.draw.ladder.words import carried, numbered
from labkit.draw.picture import Canvas
from labkit.model import Segment

_CALLS, _STATE, _WIRE, _LANE = 262.0, 114.0, 252.0, 15.0  # widths: of calls, of a state, of the wire, of a bar
_ROW, _SEGMENT, _HEAD = 27.0, 50.0, 74.0  # heights: a row of calls only, one with a segment, the heading
_FALL = 12.0  # how much lower an arrow ends than it begins
_TALL = 44.0  # of a bar that has room for what the call returned below the call
WIDTH = 2 * (_CALLS + _STATE + 8) + _WIRE


class Drawing:
    """One connection drawn on `canvas` below `top`; `bottom` is where it ends. `go` has the steps that calls lead to.

    When it is drawn, `arrows` are the elements of segments by their numbers, `states` those of `Rungs.stood` in order.
    """

    def __init__(
        self, canvas: Canvas, made: Rungs, segments: tuple[Segment, ...], top: float, go: Mapping[int, int]
    ) -> None:
        self._canvas, self._made, self._segments, self._go = canvas, made, segments, go
        self._tops = [top + _HEAD]
        for number, row in enumerate(made.rows):
            self._tops.append(self._tops[-1] + (_ROW if row is None and number not in made.folds else _SEGMENT))
        self.bottom = self._tops[-1] + 8
        self.arrows: dict[int, Element] = {}
        self.states: list[Element] = []
        middle = WIDTH / 2
        self._life = {CLIENT: middle - _WIRE / 2, SERVER: middle + _WIRE / 2}
        self._away = {CLIENT: -1.0, SERVER: 1.0}  # from the wire to the calls

    def draw(self, heads: dict[str, tuple[str, str]], wire: tuple[str, str]) -> None:
        """All of it; `heads` are two lines over each side, `wire` two over the middle."""
        for side, lines in {**heads, "": wire}.items():
            self._heading(side, lines)
        for side in (CLIENT, SERVER):
            line = self._life[side] + self._away[side] * (_STATE + 8)
            self._line(line, "line")
            self._line(self._life[side], "ink")
        for bar in self._made.bars:
            self._bar(bar)
        for row, number in enumerate(self._made.rows):
            if number is not None:
                self.arrows[number] = self._segment(self._tops[row], self._segments[number])
        for row, words in self._made.folds.items():
            self._fold(self._tops[row], words)
        self.states = [self._state(stood) for stood in self._made.stood]

    def span(self, first: int, last: int) -> tuple[float, float]:
        """From where to where rows `first` to `last` reach."""
        return self._tops[first], self._tops[last + 1]

    def _heading(self, side: str, lines: tuple[str, str]) -> None:
        top = self._tops[0] - _HEAD
        edge = {CLIENT: 2.0, SERVER: WIDTH - 4}.get(side, WIDTH / 2)
        anchor = {CLIENT: "start", SERVER: "end"}.get(side, "middle")
        self._canvas.text(edge, top + 18, fitted(lines[0], 46), "strong", anchor)
        look = "strong small" if not side and any(segment.inferred for segment in self._segments) else "dim small"
        self._canvas.text(edge, top + 38, fitted(lines[1], 50), look, anchor)
        if side:
            where = self._life[side] + self._away[side] * (_STATE + 8)
            self._canvas.text(where - self._away[side] * 8, top + 60, "kernel", "dim tiny", anchor_towards(side))
            self._canvas.text(where + self._away[side] * 8, top + 60, "program", "dim tiny", anchor_away(side))

    def _line(self, x: float, look: str) -> None:
        self._canvas.add("line", x1=x, y1=self._tops[0] - 20, x2=x, y2=self.bottom - 4, class_=look)

    def _bar(self, bar: Bar) -> None:
        canvas, away = self._canvas, self._away[bar.side]
        inner = self._life[bar.side] + away * (_STATE + 14 + bar.lane * _LANE)
        left = inner if away > 0 else inner - _LANE + 3
        top, bottom = self._tops[bar.first] + 4, self._tops[bar.last + 1] - 3
        leads = {"data_go": self._go[bar.event]} if bar.event in self._go else {}
        with canvas.inside(canvas.add("g", "", **leads)):
            asleep = f"; waits for {bar.asleep}" if bar.asleep else ""
            canvas.add("title", f"{bar.who}: {bar.asked} {bar.given}{asleep}")
            canvas.add("rect", x=left, y=top, width=_LANE - 3, height=bottom - top, class_="call", rx=2)
            if bar.asleep:
                canvas.add("rect", x=left, y=top + 1, width=_LANE - 3, height=bottom - top - 2,
                           fill="url(#IDENTITY-hatch)")  # fmt: skip
        lanes = max((other.lane for other in self._made.bars if other.side == bar.side), default=0) + 1
        x = self._life[bar.side] + away * (_STATE + 18 + lanes * _LANE)
        several = f"{bar.who} " if len(self._made.people[bar.side]) > 1 else ""
        below = bar.apart or bottom - top >= _TALL - 8
        words = f"{several}{bar.asked}" if bar.asked else ""
        self._words(bar.side, x, self._tops[bar.first] + 18, words if below else f"{words} {bar.given}".rstrip())
        if below:
            name = f"{several}{bar.call} " if bar.apart and (several or lanes > 1 or not bar.asked) else ""
            self._words(bar.side, x, self._tops[bar.last + 1] - 9, f"{name}{bar.given}" if bar.given else "")

    def _words(self, side: str, x: float, y: float, words: str) -> None:
        room = x if side == CLIENT else WIDTH - x
        if words:
            self._canvas.text(x, y, fitted(words, int(len(words) * room / wide(words))), "", anchor_away(side))

    def _segment(self, top: float, segment: Segment) -> Element:
        canvas, to_right = self._canvas, segment.source == self._made.connection.client
        start, end = (CLIENT, SERVER) if to_right else (SERVER, CLIENT)
        x, to_x = self._life[start], self._life[end]
        y, to_y = top + 21, top + 21 + _FALL
        step = 1 if to_right else -1
        dashed = " wire" if segment.inferred else ""
        group = canvas.add("g")
        with canvas.inside(group):
            canvas.add("line", x1=x, y1=y, x2=to_x - step * 8, y2=to_y - 0.4, class_=f"ink{dashed}")
            if "RST" in segment.flags:
                canvas.add("path", d=f"M{to_x - step * 12:.1f} {to_y - 6:.1f}l{step * 10} 11m0 -11l{-step * 10} 11",
                           class_="ink")  # fmt: skip
            else:
                canvas.add("path", d=f"M{to_x - step * 9:.1f} {to_y - 5:.1f}v10l{step * 9} -5z", class_="inktip")
            middle = (x + to_x) / 2
            canvas.text(middle, y - 2, carried(segment), "strong", "middle")
            canvas.text(middle, to_y + 10, numbered(self._made.connection.relative(segment)), "dim small", "middle")
        return group

    def _fold(self, top: float, words: tuple[str, str]) -> None:
        for side in (CLIENT, SERVER):  # the lines of life are broken
            self._canvas.add("line", x1=self._life[side], y1=top + 2, x2=self._life[side], y2=top + 46, class_="gap")
        self._canvas.text(WIDTH / 2, top + 20, words[0], "", "middle")
        self._canvas.text(WIDTH / 2, top + 39, words[1], "dim small", "middle")

    def _state(self, stood: Stood) -> Element:
        number = self._made.rows[stood.row]
        y = self._tops[stood.row] + 18.0
        if number is not None:
            client_sends = self._segments[number].source == self._made.connection.client
            y += 7 if client_sends == (stood.end == CLIENT) else 7 + _FALL
        x, away = self._life[stood.end], self._away[stood.end]
        look = "strong small" if stood.told else "derived small"
        group = self._canvas.add("g")
        with self._canvas.inside(group):
            self._canvas.add("line", x1=x, y1=y - 4, x2=x + away * 7, y2=y - 4, class_="ink")
            self._canvas.text(x + away * 10, y, stood.state, look, anchor_away(stood.end))
        return group


def anchor_away(side: str) -> str:
    """How text is anchored that goes from the wire outwards."""
    return "end" if side == CLIENT else "start"


def anchor_towards(side: str) -> str:
    """How text is anchored that ends on the wire's side."""
    return "start" if side == CLIENT else "end"


def wide(text: str) -> float:
    """The width of text in px, with some to spare in most fonts.

    >>> wide("read") < wide("READ") < wide("mmmm")
    True
    """
    return sum(
        13.0
        if char in "mwMW@" or char > "\u2e7f"
        else 10.2
        if char.isupper() or char.isdigit()
        else 8.7
        if char.isalpha() or char in "_=+#"
        else 6.0
        for char in text
    )
