"""Draws the picture of time: lanes, bars, arrows and output laid out once; a band moves from step to step.

Knows what a `Timetable` holds and nothing of recordings.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from labkit.decode.names import Names
from labkit.decode.text import visible
from labkit.draw.film import Film, Key, Shooting
from labkit.draw.lanes.timetable import Arrow, Bar, Life, Output, Timetable
from labkit.draw.picture import Canvas
from labkit.draw.style import CHAR, LINE

_BAR, _PITCH, _TOP = 26.0, 54.0, 28.0
_STRONG = 1.25  # how much wider the large, strong text is than the small
_NARROW, _WIDEST, _WIDE_SLEEP, _PLAIN = (
    6.0,
    130.0,
    320.0,
    12.0,
)  # columns: the least, the most, with a sleep, and nothing to name
_TOTAL = 2400.0  # pixels for all columns, when they have to share
_SHOWN = 22  # characters of output in a box
_ROWS, _MANY = 4, 60  # rows of boxes of output; of more pieces than so many, neighbours share a box
_ARROWS = 120
_BLOCK = 400.0  # a column of very many steps
_FEW = 12  # columns: what spans more has room anyway


@dataclass(frozen=True)
class _Box:
    """Output on its way down at `moment`, in a box."""

    moment: float
    x: float
    row: int
    output: Output

    @property
    def text(self) -> str:
        shown = visible(self.output.data[: 4 * _SHOWN])
        if len(shown) > _SHOWN or self.output.size > len(self.output.data) or len(self.output.data) > 4 * _SHOWN:
            shown = f"{shown[: _SHOWN - 12]}… {self.output.size:,} bytes"
        through = " ".join(filter(None, [self.output.whose, "2" if self.output.fd == 2 else ""]))
        return f"{through}: {shown}" if through else shown

    @property
    def right(self) -> float:
        return self.x + len(self.text) * CHAR + 14


class Drawing:
    """The picture drawn, then told step by step where the band is."""

    def __init__(self, table: Timetable, called: Names, subjects: Mapping[Key, int]) -> None:
        self._table, self._called, self._subjects = table, called, subjects
        self._shooting = Shooting()
        self._bar_at: dict[int, tuple[int, str]] = {}  # step → part of its bar, and what it is called
        self._now: int | None = None
        labels = [self._label(life) for life in table.lives.values()]
        self._left = max([90.0, *(_wide(label) * _STRONG + 22 for label in labels)])
        self._lane = {tid: _TOP + number * _PITCH for number, tid in enumerate(table.lives)}
        self._edges = self._places()
        right = self._edges[-1]
        ends = [self._x(life.reaped) + _wide(life.ending) * _STRONG + 16 for life in table.lives.values()]
        boxes = self._boxes()
        self._width = max([right + 12, 460.0, *ends, *(box.right + 4 for box in boxes)])
        self._canvas = Canvas(self._width)
        self._canvas.hatching()
        self._draw(boxes)

    def _label(self, life: Life) -> str:
        names = " → ".join(visible(name) for name in dict.fromkeys(life.names) if name)
        text = f"{self._called.thread(life.tid)} {names}".rstrip()
        return text if len(text) <= 26 else text[:25] + "…"

    # ---- from left to right

    def _places(self) -> list[float]:
        """The left edge of every step, and the right edge of the last; steps that are not shown have no width."""
        column = self._table.column
        wide: dict[int, float] = {}
        inside: dict[int, int] = {}
        for number in column:
            if number is not None:
                inside[number] = inside.get(number, 0) + 1
                wide[number] = max(_PLAIN, min(_BLOCK, inside[number] * 0.5))
        for bar in self._table.bars:
            first, last = column[bar.first], column[self._last(bar)]
            if first is None:
                continue
            label = f"{bar.label}: {bar.asleep}" if bar.asleep else bar.label
            need = min(_WIDE_SLEEP if bar.asleep else _WIDEST, _wide(label) + (18 if bar.kind == "signal" else 10))
            span = max(1, (last or first) - first + 1)
            for number in range(first, first + span if span <= _FEW else first):
                wide[number] = max(wide[number], need / span)
        for life in self._table.lives.values():
            if life.ended is not None and life.ended < len(column) and (end := column[max(0, life.ended)]) is not None:
                wide[end] = max(wide[end], 20.0)
        total = sum(wide.values())
        if total > _TOTAL:
            wide = {number: max(_NARROW, width * _TOTAL / total) for number, width in wide.items()}
        edges = []
        x = self._left
        for number in column:
            edges.append(x)
            x += 0.0 if number is None else wide[number] / inside[number]
        return [*edges, x]

    def _last(self, bar: Bar) -> int:
        """The last step of a bar: a call that never returns lasts until its thread's end."""
        life = self._table.lives.get(bar.tid)
        return bar.last if life is None or life.ended is None else min(bar.last, max(bar.first, life.ended - 1))

    def _x(self, step: int | None, after: bool = False) -> float:
        """Where a step begins, or where it is over; before the first, at the left."""
        if step is None:
            return self._edges[-1]
        return self._left if step < 0 else self._edges[step + after]

    # ---- drawing it once

    def _draw(self, boxes: list[_Box]) -> None:
        canvas, table = self._canvas, self._table
        below = _TOP + len(table.lives) * _PITCH
        line = below + 2
        self._height = line + 20 + (max((box.row for box in boxes), default=-1) + 1) * (LINE + 18) + 4
        band = canvas.add("rect", x=0, y=0, width=0, height=self._height, class_="band-now")
        for life in table.lives.values():
            self._life(life)
        canvas.add("line", x1=0, y1=line, x2=self._width, y2=line, class_="line")
        if boxes:
            canvas.text(0, line + 17, "what left", "dim small")
            canvas.text(0, line + 33, "the programs", "dim small")
        else:
            canvas.text(0, line + 17, "nothing left the programs", "dim small")
        for box in boxes:
            canvas.add("line", x1=box.moment, y1=line, x2=box.moment, y2=self._box_top(line, box), class_="stem")
        for bar in table.bars:
            self._bar(bar)
        for arrow in self._arrows():
            self._arrow(arrow)
        for box in boxes:
            self._output(box, self._box_top(line, box))
        veil = canvas.add("rect", x=0, y=0, width=0, height=self._height, class_="veil")
        marker = canvas.add("text", class_="strong small marker", text_anchor="middle", x=0, y=0)
        marker.set("aria-current", "step")
        self._band, self._veil, self._marker = (self._shooting.part(part) for part in (band, veil, marker))

    def _life(self, life: Life) -> None:
        canvas, y = self._canvas, self._lane[life.tid]
        left, right = self._x(life.born), self._x(life.ended)
        if life.parent in self._lane and life.parent is not None:
            above = self._lane[life.parent]
            start, end = (above + _BAR, y) if above < y else (above, y + _BAR)
            canvas.add("line", x1=left + 2, y1=start, x2=left + 2, y2=end, class_="ink")
        followed = self._subjects.get(("process", life.pid))
        group = canvas.add("g", "", **({} if followed is None else {"data_subject": followed}))
        with canvas.inside(group):
            canvas.text(0, y + 18, self._label(life), "strong")
            canvas.add("rect", x=left, y=y + 8, width=max(2.0, right - left), height=_BAR - 16, class_="life")
        if life.ended is None:
            return
        gone = self._x(life.reaped)
        if life.tid == life.pid and gone > right:
            canvas.add("rect", x=right, y=y + 5, width=gone - right, height=_BAR - 10, class_="zombie", rx=3)
        canvas.add("line", x1=right, y1=y, x2=right, y2=y + _BAR, class_="ink")
        if life.ending:
            canvas.text(gone + 8, y + 18, life.ending, "strong")

    def _bar(self, bar: Bar) -> None:
        canvas, y = self._canvas, self._lane.get(bar.tid)
        if y is None:
            return
        left = self._x(bar.first) + 1
        width = max(3.0, self._x(self._last(bar), after=True) - left - 1)
        group = canvas.add("g", data_go=bar.first)
        with canvas.inside(group):
            canvas.add("title", bar.title)
            rounded = 0 if width < 14 else 12 if bar.kind == "signal" else 3
            canvas.add("rect", x=left, y=y, width=width, height=_BAR, class_=f"call {bar.kind}", rx=rounded)
            middle = left + width / 2
            text = _fitted(f"{bar.label}: {bar.asleep}" if bar.asleep else bar.label, width, bar.label)
            if bar.asleep:
                start = min(self._x(bar.first, after=True), left + width / 2)
                canvas.add("rect", x=start, y=y + 1, width=left + width - start, height=_BAR - 2,
                           fill="url(#IDENTITY-hatch)")  # fmt: skip
                if text:
                    room = _wide(text) + 4
                    canvas.add("rect", x=middle - room / 2, y=y + 4, width=room, height=_BAR - 8, class_="backing")
            if text:
                canvas.text(middle, y + 18, text, "small", "middle")
        part = self._shooting.part(group)
        self._shooting.show(part, class_="bar")
        for step in bar.steps:
            self._bar_at[step] = part, bar.label

    def _arrows(self) -> list[Arrow]:
        """The arrows, one of those between the same two places."""
        column = self._table.column
        known: dict[Hashable, Arrow] = {}
        for arrow in self._table.arrows:
            known.setdefault((arrow.tid, arrow.woken, column[arrow.step], column[arrow.until]), arrow)
        return list(known.values())[:_ARROWS]

    def _arrow(self, arrow: Arrow) -> None:
        if arrow.tid not in self._lane or arrow.woken not in self._lane:
            return
        start, end = self._lane[arrow.tid], self._lane[arrow.woken]
        down = start < end
        x, y = (self._x(arrow.step) + self._x(arrow.step, after=True)) / 2, start + (_BAR if down else 0)
        to_x, to_y = self._x(arrow.until) + 4, end + (-8 if down else _BAR + 8)
        middle = (y + to_y) / 2
        path = f"M{x:.1f} {y:.1f}C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
        with self._canvas.inside(self._canvas.add("g", class_="changed")):
            self._canvas.add("path", d=path, class_="ink")
            tip = f"M{to_x - 5:.1f} {to_y:.1f}h10l-5 {8 if down else -8}z"
            self._canvas.add("path", d=tip, class_="inktip")

    # ---- what came out

    def _boxes(self) -> list[_Box]:
        """A box for each piece of output in the first row where there is room; with no room it joins the last one."""
        ends = [0.0] * (_ROWS if len(self._table.outputs) <= _MANY else 1)
        boxes: list[_Box] = []
        for output in self._table.outputs:
            moment = (self._x(output.step) + self._x(output.step, after=True)) / 2
            box = _Box(moment, max(self._left, moment - 10), 0, output)
            row = next((row for row, end in enumerate(ends) if end + 6 <= box.x), None)
            if row is None:
                before = len(boxes) - 1
                old = boxes[before].output
                data = (old.data + output.data)[:256]
                boxes[before] = replace(boxes[before], output=replace(old, data=data, size=old.size + output.size))
                ends[boxes[before].row] = boxes[before].right
            else:
                boxes.append(replace(box, row=row))
                ends[row] = boxes[-1].right
        return boxes

    def _box_top(self, line: float, box: _Box) -> float:
        return line + 20 + box.row * (LINE + 18)

    def _output(self, box: _Box, top: float) -> None:
        canvas = self._canvas
        with canvas.inside(canvas.add("g", data_go=box.output.step)):
            canvas.add("path", d=f"M{box.moment - 5:.1f} {top - 8:.1f}h10l-5 8z", class_="tip")
            canvas.add("rect", x=box.x, y=top, width=box.right - box.x, height=LINE + 6, class_="new", rx=3)
            text = box.text
            canvas.text(box.x + 7, top + 18, text, "mono", length=len(text) * CHAR if text else 0)

    # ---- one step

    def step(self, number: int, tid: int) -> None:
        """Let the picture show step `number`, in which thread `tid` moves."""
        show = self._shooting.show
        self._shooting.now = number
        left, right = self._edges[number], max(self._edges[number + 1], self._edges[number] + 3)
        show(self._band, x=f"{left:.1f}", width=f"{right - left:.1f}")
        show(self._veil, x=f"{right:.1f}", width=f"{max(0.0, self._width - right):.1f}")
        part, label = self._bar_at.get(number, (None, ""))
        text = f"▼ {self._called.thread(tid)} {label}".rstrip()
        half = _wide(text) / 2
        middle = min(max((left + right) / 2, half), self._width - half)
        y = self._lane.get(tid, _TOP) - 6
        show(self._marker, x=f"{middle:.1f}", y=f"{y:.1f}", text=text)
        if part != self._now:
            if self._now is not None:
                show(self._now, class_="bar")
            if part is not None:
                show(part, class_="bar now")
            self._now = part

    def end(self, title: str, steps: int) -> Film:
        """The finished film."""
        return self._shooting.end(title, self._canvas.markup(self._height, title), steps)


def _wide(text: str) -> float:
    """The width of small text in pixels, in most fonts with some to spare, also when it is strong.

    >>> _wide("read") < _wide("mmap") < _wide("SIGTERM")
    True
    """
    return sum(14 if char > "\u2e7f" else 12 if char in "mwMW—" else 9.4 if char.isupper() else 7.6 for char in text)


def _fitted(text: str, width: float, least: str) -> str:
    """`text` as far as there is room for it in `width` pixels; nothing when not even `least` fits.

    >>> _fitted("read: bytes to arrive", 100, "read"), _fitted("read", 20, "read")
    ('read: bytes…', '')
    """
    if _wide(text) <= width - 4:
        return text
    if _wide(least) > width - 4:
        return ""
    while len(text) > len(least) and _wide(text + "…") > width - 4:
        text = text[:-1]
    return text + "…" if len(text) > len(least) + 5 else least
