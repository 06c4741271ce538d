"""Draws "Where are my bytes?": columns of boxes from the program down to storage, laid out once, and their looks.

Knows what a `Shown` holds and nothing of recordings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from labkit.draw.film import GONE, Film, Key, Shooting
from labkit.draw.fitting import columns, fitted
from labkit.draw.picture import Canvas
from labkit.draw.whereabouts import wording as words
from labkit.draw.whereabouts.shown import BufferBox, Flow, Shown, Thing, left_out
from labkit.draw.whereabouts.tracks import Track, Tracks

# From the top down, in px.
_TOP = 4.0
_PROGRAM, _INNER, _BUFFER = 64.0, 30.0, 96.0
_ABOVE, _BELOW = 30.0, 14.0  # the system-call line
_DESCRIPTOR, _LEAD, _THING, _BEYOND_GAP = 26.0, 26.0, 96.0, 22.0
_LINE = 17.0  # of text in what lies beyond
_LEAST, _MOST = 190.0, 296.0  # width of a column
_APART, _GROUPS_APART, _ENDS_APART = 16.0, 36.0, 44.0
_EDGE = 66.0  # at the right, where the line is explained
_CELL, _CELL_HEIGHT = 13.0, 20.0
_BIG, _SMALL, _MONO = 8.4, 7.3, 7.9  # widths of characters of 15 and 13 px, with some to spare


@dataclass(frozen=True)
class _Item:
    """A part of the picture: its group, its texts, each with room for so many characters, and other parts by name."""

    group: int
    texts: tuple[int, ...] = ()
    room: tuple[int, ...] = ()
    more: Mapping[str, int] | None = None
    cells: int = 0
    left: float = 0.0
    width: float = 0.0


class Drawing:
    """A picture laid out for all of `shown`, then told step by step how it looks."""

    def __init__(self, shown: Sequence[Shown], tracks: Tracks, subjects: Mapping[Key, int]) -> None:
        self._steps = len(shown)
        self._tracks = tracks
        self._subjects = subjects
        self._shooting = Shooting()
        self._items: dict[Key, _Item] = {}
        self._before: dict[Key, object] = {}
        self._marked: set[Key] = set()
        self._last: dict[Key, object] = {}
        self._copies = {("inner", track) for track in tracks.with_stream}  # where a label without a way means fork
        self._looks: dict[int, dict[str, str]] = {}
        self._texts: dict[int, str] = {}
        self._measure(shown)
        self._place()
        self._canvas = Canvas(max(self._right + _EDGE, 420.0))
        self._height = self._draw()
        for item in self._items.values():
            self._shooting.show(item.group, class_=GONE)
            for text in item.texts:
                self._shooting.show(text, text="")

    def end(self, title: str) -> Film:
        """The finished film."""
        return self._shooting.end(title, self._canvas.markup(self._height, title), self._steps)

    # ---- how large everything must be

    def _measure(self, shown: Sequence[Shown]) -> None:
        """How wide each column and thing must be for the longest text it ever has, and how high what lies beyond."""
        self._wide: dict[Track | str, float] = {}
        self._beyond: dict[str, int] = {}
        self._things: set[str] = set()
        self._screens: set[str] = set()
        measured: set[int] = set()  # what does not change is the same object at every step
        for step in shown:
            for track, flow in step.flows.items():
                if id(flow) not in measured:
                    measured.add(id(flow))
                    self._widen(track, _flow_width(flow))
            for name, thing in step.things.items():
                if id(thing) not in measured:
                    measured.add(id(thing))
                    self._widen(name, _thing_width(thing))
                    self._things.add(name)
                    if thing.beyond[:1] == ("screen",):
                        self._screens.add(name)
                    self._beyond[name] = max(self._beyond.get(name, 0), len(thing.beyond))

    def _widen(self, key: Track | str, width: float) -> None:
        self._wide[key] = max(self._wide.get(key, _LEAST), min(width, _MOST))

    def _place(self) -> None:
        """Columns from left to right: those of a thing side by side, the two ends of a connection beside each other."""
        self._column: dict[Track, tuple[float, float]] = {}
        self._box: dict[str, tuple[float, float]] = {}
        x = 4.0
        for group in self._tracks.groups:
            for number, name in enumerate(group):
                x += _ENDS_APART if number else 0.0
                start = x
                for position, track in enumerate(self._tracks.tracks[name]):
                    x += _APART if position else 0.0
                    self._column[track] = (x, self._wide.get(track, _LEAST))
                    x += self._wide.get(track, _LEAST)
                short = self._wide.get(name, _LEAST) - (x - start)
                if short > 0:  # the thing needs more than its columns do
                    own = self._tracks.tracks[name]
                    for position, track in enumerate(own):
                        left, width = self._column[track]
                        self._column[track] = (left + position * short / len(own), width + short / len(own))
                    x += short
                self._box[name] = (start, x - start)
            x += _GROUPS_APART
        self._right = x - _GROUPS_APART if self._tracks.groups else 320.0

    # ---- drawing it once

    def _draw(self) -> float:
        canvas = self._canvas
        canvas.hatching()
        buffers = _BUFFER if self._tracks.with_stream else 0.0
        inner = _INNER if self._tracks.with_stream else 0.0
        self._buffer_top = _TOP + _PROGRAM + inner
        self._line = self._buffer_top + buffers + _ABOVE
        self._descriptor_top = self._line + _BELOW
        self._thing_top = self._descriptor_top + _DESCRIPTOR + _LEAD
        bottom = self._thing_top + _THING
        canvas.add("line", x1=0, y1=self._line, x2=canvas.width, y2=self._line, class_="line")
        canvas.text(canvas.width, self._line - 6, "program", "dim small", "end")
        canvas.text(canvas.width, self._line + 16, "kernel", "dim small", "end")
        for track, (x, width) in self._column.items():
            self._track(track, x, width)
        for group in self._tracks.groups:
            for name in group:
                if name in self._things:
                    bottom = max(bottom, self._thing(name, *self._box[name]))
            if len(group) == 2 and self._things >= set(group):
                (x, width), (end, _) = self._box[group[0]], self._box[group[1]]
                y = self._thing_top + _THING / 2
                link = canvas.add("g")
                with canvas.inside(link):
                    canvas.add("line", x1=x + width, y1=y, x2=end, y2=y, class_="ink wire")
                self._items["link", group] = _Item(self._shooting.part(link))
        if not self._tracks.groups:
            canvas.text(4, _TOP + 24, "Nothing is read or written.", "dim")
        if self._tracks.left_out:
            bottom += 24
            canvas.text(4, bottom - 4, left_out(self._tracks.left_out), "dim small")
        return bottom + 6

    def _track(self, track: Track, x: float, width: float) -> None:
        has_buffer = track in self._tracks.with_stream
        wide, middle = width - 16, x + width / 2
        top = _TOP + _PROGRAM
        start = self._buffer_top + _BUFFER if has_buffer else top
        self._arrow(("across", track), x, start, self._descriptor_top, width, self._line - 9)
        if has_buffer:
            self._arrow(("inner", track), x, top, self._buffer_top, width, self._buffer_top - 10)
            self._fifo(("buffer", track), x, self._buffer_top, width, "small")
            self._arrow(("bare", track), x, top, self._buffer_top + _BUFFER, width, 0)
            self._bypass(track, x + width)
        elif self._tracks.with_stream:
            self._canvas.text(x + 40, self._buffer_top + _BUFFER / 2, "no stdio buffer on the way", "dim small")
        group = self._group(("process", track.pid))
        with self._canvas.inside(group):
            self._canvas.add("rect", x=x, y=_TOP, width=width, height=_PROGRAM, class_="box", rx=3)
            texts = (
                self._text(middle, _TOP + 19, "strong"),
                self._text(middle, _TOP + 38, "mono small dim"),
                self._text(middle, _TOP + 56, "mono small"),
            )
            self._canvas.text(x + 5, _TOP + 17, "◆", "mark")
        room = (int((wide - 8) / _BIG), int(wide / _MONO), int(wide / _MONO))
        self._items["program", track] = _Item(self._shooting.part(group), texts, room)
        self._arrow(("lead", track), x, self._descriptor_top + _DESCRIPTOR, self._thing_top, width, 0)
        group = self._group(("descriptor", track.pid, track.fd))
        with self._canvas.inside(group):
            y = self._descriptor_top
            self._canvas.add("rect", x=x, y=y, width=width, height=_DESCRIPTOR, class_="cell", rx=3)
            text = self._text(middle, y + 18, "small")
            self._canvas.text(x + 5, y + 17, "◆", "mark")
        self._items["descriptor", track] = _Item(self._shooting.part(group), (text,), (int((wide - 20) / _SMALL),))

    def _group(self, subject: Key) -> ElementTree.Element:
        group = self._canvas.add("g")
        number = self._subjects.get(subject)
        if number is not None:
            group.set("data-subject", str(number))
        return group

    def _arrow(self, key: Key, x: float, top: float, end: float, width: float, label: float) -> None:
        """A way that bytes take; `label` is where its text stands, 0 for none."""
        at = x + 22
        group = self._canvas.add("g")
        with self._canvas.inside(group):
            self._canvas.add("line", x1=at, y1=top, x2=at, y2=end, class_="ink")
            down = self._canvas.add("path", d=f"M{at - 5:.1f} {end - 8:.1f}h10l-5 8z", class_="inktip")
            up = self._canvas.add("path", d=f"M{at - 5:.1f} {top + 8:.1f}h10l-5 -8z", class_="inktip")
            texts = (self._text(at + 12, label, "small", "start"),) if label else ()
        more = {"down": self._shooting.part(down), "up": self._shooting.part(up)}
        self._items[key] = _Item(self._shooting.part(group), texts, (int((width - 38) / _SMALL),) * len(texts), more)
        for part in more.values():
            self._shooting.show(part, class_=GONE)

    def _bypass(self, track: Track, x: float) -> None:
        """The way from the program straight into the kernel, past the stdio buffer."""
        top, end = _TOP + _PROGRAM / 2, self._descriptor_top + _DESCRIPTOR / 2
        group = self._canvas.add("g")
        with self._canvas.inside(group):
            self._canvas.add("path", d=f"M{x:.1f} {top:.1f}h8V{end:.1f}h-8", class_="ink")
            down = self._canvas.add("path", d=f"M{x + 7:.1f} {end - 5:.1f}v10l-7 -5z", class_="inktip")
            up = self._canvas.add("path", d=f"M{x + 7:.1f} {top - 5:.1f}v10l-7 -5z", class_="inktip")
        more = {"down": self._shooting.part(down), "up": self._shooting.part(up)}
        self._items["past", track] = _Item(self._shooting.part(group), more=more)
        for part in more.values():
            self._shooting.show(part, class_=GONE)

    def _fifo(self, key: Key, x: float, y: float, width: float, note: str) -> None:
        """A box with a title, a row of byte cells, a bar that shows how full it is, and a note."""
        canvas, shooting = self._canvas, self._shooting
        cells = int((width - 16) / _CELL)
        left = x + (width - cells * _CELL) / 2
        bar = width - 16
        group = self._group(key)
        with canvas.inside(group):
            canvas.add("rect", x=x, y=y, width=width, height=_BUFFER, class_="box", rx=3)
            row = y + 26
            past = canvas.add("rect", x=left, y=row, width=0, height=_CELL_HEIGHT, class_="past")
            past.set("fill", "url(#IDENTITY-hatch)")
            held = canvas.add("rect", x=left, y=row, width=0, height=_CELL_HEIGHT, class_="fill")
            grid = "".join(f"M{left + n * _CELL:.1f} {row}v{_CELL_HEIGHT:g}" for n in range(cells + 1))
            lines = f"{grid}M{left:.1f} {row}h{cells * _CELL:g}M{left:.1f} {row + _CELL_HEIGHT}h{cells * _CELL:g}"
            shape = canvas.add("path", d=lines, class_="rule")
            at = " ".join(f"{left + (n + 0.5) * _CELL:.1f}" for n in range(cells))
            data = canvas.add("text", x=at, y=row + 15, class_="mono bytes", text_anchor="middle")
            canvas.add("rect", x=x + 8, y=y + 52, width=bar, height=18, class_="buffer", rx=2)
            full = canvas.add("rect", x=x + 8, y=y + 52, width=0, height=18, class_="fill", rx=2)
            texts = (
                self._text(x + width / 2, y + 19, "strong"),
                self._text(x + width / 2, y + 65.5, "small"),
                self._text(x + width / 2, y + 88, note),
            )
            canvas.text(x + 5, y + 17, "◆", "mark")
        more = {name: shooting.part(part) for name, part in
                {"past": past, "held": held, "grid": shape, "data": data, "full": full}.items()}  # fmt: skip
        room = (int((bar - 28) / _BIG), int(bar / _SMALL), int(bar / _SMALL))
        self._items[key] = _Item(shooting.part(group), texts, room, more, cells, left, bar)
        self._cells(self._items[key], "", 0, 0, 0.0)

    def _thing(self, name: str, x: float, width: float) -> float:
        """A thing and what lies beyond it; gives back where it ends."""
        self._fifo(("thing", name), x, self._thing_top, width, "small")
        rows = self._beyond[name]
        if not rows:
            return self._thing_top + _THING
        top = self._thing_top + _THING + _BEYOND_GAP
        height = 14 + rows * _LINE
        line = "mono small" if name in self._screens else "small"
        group = self._canvas.add("g")
        with self._canvas.inside(group):
            self._canvas.add("line", x1=x + 22, y1=top - _BEYOND_GAP, x2=x + 22, y2=top, class_="ink wire")
            self._canvas.add("rect", x=x, y=top, width=width, height=height, class_="box", rx=10)
            texts = tuple(
                self._text(x + width / 2, top + 19 + number * _LINE, line if number else "dim small")
                for number in range(rows)
            )
            self._canvas.text(x + 7, top + 18, "◆", "mark")
        room = int((width - 40) / _MONO)
        self._items["beyond", name] = _Item(self._shooting.part(group), texts, (room,) * rows)
        return top + height

    def _text(self, x: float, y: float, class_: str, anchor: str = "middle") -> int:
        element = self._canvas.add("text", x=x, y=y, class_=class_, text_anchor=anchor)
        return self._shooting.part(element)

    # ---- one step

    def step(self, number: int, shown: Shown) -> None:
        """Let every part look as `shown` says from step `number` on."""
        self._shooting.now = number
        now: dict[Key, object] = {}
        for track, flow in shown.flows.items():
            now["flow", track] = flow
        for name, thing in shown.things.items():
            now["thing", name] = thing
        for key in self._before.keys() - now.keys():
            for own in self._parts(key):
                self._hide(own)
        for key, content in now.items():
            before = self._before.get(key)
            if content is before and key not in self._marked:
                continue
            self._marked.discard(key)
            if isinstance(content, Flow):
                marked = self._flow(key[1], content, before if isinstance(before, Flow) else None, number)
            elif isinstance(content, Thing):
                marked = self._look(key[1], content, before if isinstance(before, Thing) else None, number)
            if marked:
                self._marked.add(key)  # the mark goes with the next step
        for group in self._tracks.groups:
            if ("link", group) in self._items:
                sent = any(
                    track in shown.flows and shown.flows[track].outer_way == "down"
                    for name in group
                    for track in self._tracks.tracks[name]
                )
                there = any(name in shown.things for name in group)
                look = ("item changed" if sent else "item") if there else GONE
                if self._new(("link", group), look):
                    self._look_now(self._items["link", group].group, class_=look)
        self._before = now

    def _parts(self, key: Key) -> list[Key]:
        kind, thing = key[0], key[1]
        names = (
            ("program", "inner", "bare", "past", "buffer", "across", "descriptor", "lead")
            if kind == "flow"
            else ("thing", "beyond")
        )
        return [(name, thing) for name in names if (name, thing) in self._items]

    def _flow(self, track: Track, flow: Flow, before: Flow | None, number: int) -> bool:
        """One column; gives back whether anything of it is marked."""
        moves = bool(flow.data)
        self._show(("program", track), (flow.title, flow.doing, flow.data), moves,
                   still=flow.doing.startswith(("asleep", "zombie", "stopped", "ended")))  # fmt: skip
        if ("inner", track) in self._items:
            self._way(("inner", track), flow.inner, flow.inner_way, flow.buffer is not None)
        box = flow.buffer
        changed = box is not None and (before is None or before.buffer != box)
        if ("buffer", track) in self._items:
            if box is None:
                self._hide(("buffer", track))
                self._way(("bare", track), "", "", True)
            else:
                self._hide(("bare", track))
                self._buffer(("buffer", track), box, changed)
        past = flow.past and ("past", track) in self._items
        if ("past", track) in self._items:
            self._way(("past", track), flow.outer, flow.outer_way, past)
        self._way(("across", track), flow.outer, "" if past else flow.outer_way, True)
        self._way(("lead", track), flow.outer, flow.outer_way, not flow.descriptor.endswith("closed"))
        leads = number > 0 and (before is None or before.descriptor != flow.descriptor)
        self._show(("descriptor", track), (flow.descriptor,), leads, still=flow.descriptor.endswith("closed"))
        return bool(moves or flow.outer or flow.inner or changed or leads)

    def _look_now(self, part: int, **look: str) -> None:
        if self._looks.get(part) != look:
            self._looks[part] = look
            self._shooting.show(part, **look)

    def _new(self, key: Key, look: object) -> bool:
        """Whether it has not looked like this until now."""
        if self._last.get(key) == look:
            return False
        self._last[key] = look
        return True

    def _hide(self, key: Key) -> None:
        if self._new(key, GONE):
            self._look_now(self._items[key].group, class_=GONE)

    def _way(self, key: Key, label: str, way: str, there: bool) -> None:
        if not self._new(key, (label, way, there)):
            return
        item = self._items[key]
        assert item.more is not None
        if not there:
            self._look_now(item.group, class_=GONE)
            return
        self._look_now(item.group, class_="item changed" if label and (way or key in self._copies) else "item idle")
        for direction, part in item.more.items():
            self._look_now(part, class_="inktip" if way == direction else GONE)
        for part, room in zip(item.texts, item.room, strict=True):
            self._look_now(part, text=fitted(label, room))

    def _show(self, key: Key, texts: Sequence[str], changed: bool, *, still: bool = False, more: str = "") -> None:
        if not self._new(key, (tuple(texts), changed, still, more)):
            return
        item = self._items[key]
        classes = ["item", *(["still"] if still else []), *(["changed"] if changed else []), *([more] if more else [])]
        self._look_now(item.group, class_=" ".join(classes))
        for number, part in enumerate(item.texts):
            text = texts[number] if number < len(texts) else ""
            if self._texts.get(part) != text:
                self._texts[part] = text
                self._look_now(part, text=fitted(text, item.room[number]))

    def _buffer(self, key: Key, box: BufferBox, changed: bool) -> None:
        item = self._items[key]
        self._show(key, (box.title, box.amount, box.note), changed, more="lost" if box.lost else "")
        if box.reading:
            cells, past = words.reading_row(box.behind, box.taken, box.held, item.cells)
        else:
            whole = (box.behind or b"") + box.held
            cells = words.row(whole, item.cells)
            past = 0 if not box.taken else len(cells) if not box.held else min(box.taken, len(cells) - 1)
        share = len(box.held) / box.size if box.size > 1 else 0.0
        if self._new((key, "cells"), (cells, past, share)):
            self._cells(item, cells, past, len(cells), share)

    def _cells(self, item: _Item, cells: str, past: int, end: int, share: float) -> None:
        assert item.more is not None
        show, more = self._look_now, item.more
        show(more["data"], text=cells, class_="mono bytes" if cells else GONE)
        show(more["grid"], class_="rule" if cells else GONE)
        show(more["past"], width=f"{past * _CELL:g}")
        show(more["held"], width=f"{(end - past) * _CELL:g}", x=f"{item.left + past * _CELL:.1f}")
        show(more["full"], width=f"{max(3.0, min(1.0, share) * item.width) if share else 0:.0f}")

    def _look(self, name: str, thing: Thing, before: Thing | None, number: int) -> bool:
        changed = number > 0 and before != thing
        self._show(("thing", name), (thing.title, thing.held, thing.note), changed,
                   still=thing.title.endswith(": closed"))  # fmt: skip
        item = self._items["thing", name]
        if self._new((name, "cells"), (thing.data, thing.share)):
            self._cells(item, words.row(thing.data, item.cells), 0, min(len(thing.data), item.cells), thing.share)
        if ("beyond", name) in self._items:
            other = number > 0 and (before is None or before.beyond != thing.beyond)
            if thing.beyond:
                self._show(("beyond", name), thing.beyond, other)
            else:
                self._hide(("beyond", name))
        return changed


def _flow_width(flow: Flow) -> float:
    """The width a column needs for these texts."""
    widths = [columns(flow.title) * _BIG + 44, columns(flow.doing) * _MONO + 18, columns(flow.data) * _MONO + 18]
    widths += [
        columns(flow.outer) * _SMALL + 42,
        columns(flow.inner) * _SMALL + 42,
        columns(flow.descriptor) * _SMALL + 44,
    ]
    if flow.buffer is not None:
        box = flow.buffer
        widths += [
            columns(box.title) * _BIG + 48,
            columns(box.amount) * _SMALL + 20,
            columns(box.note) * _SMALL + 20,
        ]
        widths.append((len(box.held) + box.taken) * _CELL + 20)
    return max(widths)


def _thing_width(thing: Thing) -> float:
    """The width a thing needs for these texts."""
    widths = [columns(thing.title) * _BIG + 48, columns(thing.held) * _SMALL + 20, columns(thing.note) * _SMALL + 20]
    widths += [columns(text) * _MONO + 46 for text in thing.beyond]
    return max([*widths, len(thing.data) * _CELL + 20])
