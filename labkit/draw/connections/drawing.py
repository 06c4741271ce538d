"""Draws the connection picture: one layout, a part for everything that can change, and how the parts look at a step.

Knows what a `Shown` holds and nothing of recordings. From left to right: the processes that called, their ends, what
joins the two, the ends that accept made, the processes that hold them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.draw.connections.places import Block, Host, Plan
from labkit.draw.connections.shown import EndBox, Holder, ListenerBox, QueueBox, Row, Shown
from labkit.draw.connections.wording import CELLS, HOLDERS
from labkit.draw.film import GONE, Film, Key, Shooting
from labkit.draw.fitting import fitted
from labkit.draw.picture import Canvas

_CHIP, _WIRE_TO = 146.0, 62.0  # a process, and the line with its descriptor
_END, _BETWEEN = 236.0, 96.0
_HEIGHT, _APART = 76.0, 14.0
_TOP, _TITLE = 24.0, 26.0  # of the picture, and of a frame
_LISTENER = 84.0
_CELL, _CELL_HEIGHT = 78.0, 20.0
_LEFT, _LINE = 8.0, 9.0  # the margin; how far from the processes the system-call line is
_LEFT_END = _LEFT + _CHIP + _WIRE_TO
_RIGHT_END = _LEFT_END + _END + _BETWEEN
_RIGHT_CHIP = _RIGHT_END + _END + _WIRE_TO
_WIDTH = _RIGHT_CHIP + _CHIP + _LEFT
_WIDE, _SMALL = 8.4, 7.4  # a character of the usual text and of the small one, with some to spare


@dataclass(frozen=True)
class _Item:
    """A part of the picture: its group, the texts in it, the room for each in characters, and what else changes."""

    group: int
    texts: tuple[int, ...] = ()
    room: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()


class Drawing:
    """A picture laid out for all of `shown`, then told step by step how it looks."""

    def __init__(
        self, plan: Plan, titles: Mapping[Host, str], shown: Sequence[Shown], subjects: Mapping[Key, int]
    ) -> None:
        self._steps = len(shown)
        self._subjects = subjects
        self._shooting = Shooting()
        self._canvas = Canvas(_WIDTH)
        self._items: dict[Key, _Item] = {}
        self._before: dict[Key, Any] = {}
        self._marked: set[Key] = set()
        self._height = self._draw(plan, titles)
        for item in self._items.values():
            self._hide(item.group)
            for text in item.texts:
                self._shooting.show(text, text="")

    def end(self, title: str) -> Film:
        """The finished film."""
        return self._shooting.end(title, self._canvas.markup(self._height, title), self._steps)

    # ---- drawing it once

    def _draw(self, plan: Plan, titles: Mapping[Host, str]) -> float:
        canvas = self._canvas
        canvas.hatching()
        first, second = _LEFT + _CHIP + _LINE, _RIGHT_CHIP - _LINE
        lines = [canvas.add("line", x1=x, y1=_TOP, x2=x, y2=0, class_="line") for x in (first, second)]
        canvas.text(_LEFT + _CHIP / 2, 14, "processes", "dim small", "middle")
        canvas.text((first + second) / 2, 14, "the kernel", "dim small", "middle")
        canvas.text(_RIGHT_CHIP + _CHIP / 2, 14, "processes", "dim small", "middle")
        y = _TOP + 4
        for host, blocks in plan.hosts.items():
            top = y
            y += _TITLE
            for block in blocks:
                if block[1]:
                    self._listener(block, y)
                    y += _LISTENER + _APART
                for number in range(plan.blocks[block]):
                    self._row(block, number, y)
                    y += _HEIGHT + _APART
            self._frame(host, titles[host], top, y - top)
            y += 10
        if not plan.blocks:
            canvas.text((first + second) / 2, y + 20, "no sockets", "dim", "middle")
            y += 40
        for line in lines:
            line.set("y2", f"{y:.0f}")
        return y + 4

    def _frame(self, host: Host, title: str, y: float, height: float) -> None:
        canvas = self._canvas
        group = canvas.add("g")
        with canvas.inside(group):
            x, end = _LEFT_END - 10, _RIGHT_END + _END + 10
            canvas.add("rect", x=x, y=y, width=end - x, height=height, class_="rule", rx=4)
            canvas.text(_LEFT_END, y + 17, title, "dim")
        self._items["host", host] = _Item(self._shooting.part(group))

    def _row(self, block: Block, number: int, y: float) -> None:
        key: Key = (block, number)
        self._wire((*key, "wire"), y)
        self._side((*key, "left"), _LEFT_END, y, _HEIGHT)
        self._side((*key, "right"), _RIGHT_END, y, _HEIGHT)

    def _listener(self, block: Block, y: float) -> None:
        self._side((block, "listener"), _RIGHT_END, y, _LISTENER)
        self._queue((block, "asked"), y)
        self._queue((block, "complete"), y + _LISTENER / 2)
        canvas = self._canvas
        group = canvas.add("g")
        with canvas.inside(group):
            x, middle = _LEFT_END + CELLS * _CELL + 3, y + _LISTENER * 3 / 4 + 7
            canvas.add("path", d=f"M{x:.0f} {middle:.0f}H{_RIGHT_END - 8:.0f}", class_="ink")
            canvas.add("path", d=f"M{_RIGHT_END - 8:.0f} {middle - 5:.0f}v10l8 -5z", class_="inktip")
        self._items[block, "leads"] = _Item(self._shooting.part(group))

    def _side(self, key: Key, x: float, y: float, height: float) -> None:
        """An end and the processes that hold it, which stand on the outer side."""
        self._end(key, x, y, height)
        outer = key[-1] == "left"
        chip = _LEFT if outer else _RIGHT_CHIP
        room = (height - 4) / HOLDERS
        for place in range(HOLDERS):
            top = y + place * (room + 4)
            self._chip((*key, "holder", place), chip, top, room)
            start, end = (chip + _CHIP, x) if outer else (x + _END, chip)
            self._lead((*key, "fd", place), start, end, top + room / 2, _LINE / 2 if outer else -_LINE / 2)

    def _end(self, key: Key, x: float, y: float, height: float) -> None:
        canvas = self._canvas
        group = canvas.add("g")
        with canvas.inside(group):
            canvas.add("rect", x=x, y=y, width=_END, height=height, class_="box", rx=12)
            fill = canvas.add("rect", x=x + 6, y=y + height - 26, width=_END - 12, height=20, class_="fill", rx=2)
            texts = (
                self._text(x + 10, y + 20, "strong", "start"),
                self._text(x + _END - 10, y + 20, "", "end"),
                self._text(x + 10, y + 41, "", "start"),
                self._text(x + 10, y + height - 11, "small", "start"),
            )
            canvas.text(x - 3, y + 6, "◆", "mark")
        wide = int((_END - 20) / _WIDE)
        part = self._shooting.part(fill)
        self._items[key] = _Item(
            self._shooting.part(group), texts, (wide - 14, 12, wide, int((_END - 20) / _SMALL)), (part,)
        )
        self._shooting.show(part, class_=GONE)

    def _chip(self, key: Key, x: float, y: float, height: float) -> None:
        canvas = self._canvas
        group = canvas.add("g")
        with canvas.inside(group):
            canvas.add("rect", x=x, y=y, width=_CHIP, height=height, class_="cell", rx=3)
            band = canvas.add("rect", x=x + 2, y=y + 2, width=_CHIP - 4, height=height - 4, class_="band")
            band.set("fill", "url(#IDENTITY-hatch)")
            backing = canvas.add("rect", x=x + 14, y=y + 2, width=_CHIP - 28, height=height - 4, class_="backing")
            texts = (
                self._text(x + _CHIP / 2, y + height - 21, "small strong"),
                self._text(x + _CHIP / 2, y + height - 6, "tiny"),
            )
        parts = (self._shooting.part(band), self._shooting.part(backing))
        room = int((_CHIP - 28) / 6.8)
        self._items[key] = _Item(self._shooting.part(group), texts, (room, room), parts)
        for part in parts:
            self._shooting.show(part, class_=GONE)

    def _lead(self, key: Key, x: float, end: float, y: float, aside: float) -> None:
        """The line from a process to a socket, with the number of its descriptor in the kernel's part of it."""
        canvas = self._canvas
        group = canvas.add("g")
        with canvas.inside(group):
            canvas.add("line", x1=x, y1=y, x2=end, y2=y, class_="ink")
            text = self._text((x + end) / 2 + aside, y - 4, "tiny")
        self._items[key] = _Item(self._shooting.part(group), (text,), (int((_WIRE_TO - _LINE - 2) / 6.9),))

    def _wire(self, key: Key, y: float) -> None:
        canvas = self._canvas
        group = canvas.add("g")
        x, end, middle = _LEFT_END + _END, _RIGHT_END, y + _HEIGHT / 2
        with canvas.inside(group):
            path = canvas.add("path", d=f"M{x:.0f} {middle:.0f}H{end:.0f}", class_="ink", stroke_width=3)
            text = self._text((x + end) / 2, middle - 7, "strong")
        part = self._shooting.part(path)
        self._items[key] = _Item(self._shooting.part(group), (text,), (int((_BETWEEN - 6) / _WIDE),), (part,))
        self._shooting.show(part, class_="ink")

    def _queue(self, key: Key, y: float) -> None:
        """A queue: its title, and below it places for the first connections in it."""
        canvas = self._canvas
        group = canvas.add("g")
        width = CELLS * _CELL + 1
        with canvas.inside(group):
            title = self._text(_LEFT_END, y + 13, "small", "start")
            canvas.add("rect", x=_LEFT_END, y=y + 18, width=width, height=_CELL_HEIGHT + 2, class_="buffer", rx=2)
            more = self._text(_LEFT_END + width, y + 13, "small", "end")
        self._items[key] = _Item(self._shooting.part(group), (title, more), (int(width / _SMALL) - 6, 6))
        for place in range(CELLS):
            # From the right: the next to be accepted stands beside the listening socket.
            x = _LEFT_END + (CELLS - 1 - place) * _CELL + 1
            cell = canvas.add("g")
            with canvas.inside(cell):
                canvas.add("rect", x=x, y=y + 19, width=_CELL - 3, height=_CELL_HEIGHT, class_="cell", rx=2)
                text = self._text(x + _CELL / 2 - 1.5, y + 33, "tiny")
            room = int((_CELL - 6) / 6.7)
            self._items[(*key, place)] = _Item(self._shooting.part(cell), (text,), (room,))

    def _text(self, x: float, y: float, class_: str, anchor: str = "middle") -> int:
        element = self._canvas.add("text", x=x, y=y, class_=class_, text_anchor=anchor)
        return self._shooting.part(element)

    # ---- one step

    def step(self, number: int, shown: Shown) -> None:
        """Let every part look as `shown` says from step `number` on."""
        self._shooting.now = number
        now = self._contents(shown)
        for key in self._before.keys() - now.keys():
            self._hide(self._items[key].group)
        marked: set[Key] = set()
        for key, content in now.items():
            before = self._before.get(key)
            changed = number > 0 and before != content
            if changed:
                marked.add(key)
            if changed or number == 0 or key in self._marked:
                self._look(key, content, changed)
        self._before, self._marked = now, marked

    def _hide(self, group: int) -> None:
        self._shooting.show(group, class_=GONE, data_subject="")

    def _contents(self, shown: Shown) -> dict[Key, Any]:
        """What stands in each place."""
        now: dict[Key, Any] = {("host", host): True for host in shown.hosts}
        for (block, number), row in shown.rows.items():
            self._row_contents(now, (block, number), row)
        for block, listener in shown.listeners.items():
            self._listener_contents(now, block, listener)
        return now

    def _row_contents(self, now: dict[Key, Any], key: Key, row: Row) -> None:
        if row.wire:
            now[(*key, "wire")] = (row.wire, row.made)
        for side, box in (("left", row.left), ("right", row.right)):
            if box is not None:
                self._end_contents(now, (*key, side), box)

    def _end_contents(self, now: dict[Key, Any], key: Key, box: EndBox) -> None:
        now[key] = (box.name, box.state, box.address, box.content, box.full, box.look, box.subject)
        for place, holder in enumerate(box.holders):
            now[(*key, "holder", place)] = holder
            now[(*key, "fd", place)] = (holder.fd,)

    def _listener_contents(self, now: dict[Key, Any], block: Block, listener: ListenerBox) -> None:
        self._end_contents(now, (block, "listener"), listener.end)
        now[block, "leads"] = True
        for name, queue in (("asked", listener.asked), ("complete", listener.complete)):
            now[block, name] = queue
            for place, word in enumerate(queue.first):
                now[block, name, place] = (word,)

    def _look(self, key: Key, content: Any, changed: bool) -> None:
        item = self._items[key]
        show = self._shooting.show
        classes, subject = ["item"], None
        texts: tuple[str, ...] = ()
        if isinstance(content, Holder):
            texts = (content.title, content.doing)
            subject = self._subjects.get(content.subject)
            for part, class_ in zip(item.extra, ("band", "backing"), strict=True):
                show(part, class_=class_ if content.asleep else GONE)
        elif isinstance(content, QueueBox):
            texts = (content.title, f"+{content.more:,}" if content.more else "")
        elif isinstance(content, tuple) and len(content) == 7:
            texts = content[:4]
            full, look, about = content[4:]
            subject = self._subjects.get(about)
            show(item.extra[0], class_="fill" if full else GONE)
            if look != "open":
                classes.append(look)
        elif isinstance(content, tuple):
            texts = content[:1]
            if item.extra:
                show(item.extra[0], class_="ink" if content[1] else "ink wire")
        if changed:
            classes.append("changed")
        show(item.group, class_=" ".join(classes), data_subject="" if subject is None else str(subject))
        for part, text, room in zip(item.texts, texts, item.room, strict=True):
            show(part, text=fitted(text, room))
