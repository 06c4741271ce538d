"""Draws the descriptor picture: one layout, a part for everything that can change, and how the parts look at a step.

Knows what a `Shown` holds and nothing of recordings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.decode.background_ids import BackgroundIds
from labkit.draw.descriptors.places import Lives, Places
from labkit.draw.descriptors.shown import InodeBox, Shown
from labkit.draw.film import GONE, Film, Key, Shooting
from labkit.draw.fitting import fitted
from labkit.draw.layout import Layout, lay_out
from labkit.draw.picture import Canvas
from labkit.draw.style import CHAR

_CELL, _CELL_HEIGHT = 54.0, 46.0
_ROW = 21.0
_HEAD = 52.0  # of a process: its name and what it does
_TO_LINE, _FROM_LINE = 18.0, 22.0
_FILE_HEIGHT = 74.0
_INODE_HEIGHT = 98.0
_SMALL = 0.58 * CHAR  # width of a character of the small text, with some to spare
_STANDARD = {0: "stdin", 1: "stdout", 2: "stderr"}


@dataclass(frozen=True)
class _Item:
    """A part of the picture: its group, the texts in it, and their width in characters."""

    group: int
    texts: tuple[int, ...]
    room: tuple[int, ...]
    extra: tuple[int, ...] = ()


class Drawing:
    """A picture laid out for all of `shown`, then told step by step how it looks."""

    def __init__(
        self, shown: Sequence[Shown], places: dict[str, Places], subjects: Mapping[Key, int], behind: BackgroundIds
    ) -> None:
        self._steps = len(shown)
        self._subjects = subjects
        self._behind = behind
        self._places = places
        self._shooting = Shooting()
        self._items: dict[Key, _Item] = {}
        self._before: dict[Key, Any] = {}
        self._marked: set[Key] = set()
        self._plan(shown)
        layout = self._lay_out()
        self._canvas = Canvas(max(layout.width + 8, 420.0))
        self._height = self._draw(layout)
        for item in self._items.values():
            self._hide(item.group)
            for text in item.texts:
                self._shooting.show(text, text="")

    def end(self, title: str) -> Film:
        """The finished film."""
        return self._shooting.end(title, self._canvas.markup(self._height, title), self._steps)

    # ---- what there is to lay out

    def _plan(self, shown: Sequence[Shown]) -> None:
        """Collect the columns and rows of each process's place, the links, and how wide boxes must be."""
        process, file, inode = (self._places[kind].of for kind in ("process", "file", "inode"))
        self._columns: dict[int, set[int]] = {place: set() for place in range(len(self._places["process"]))}
        self._streams = _rows(shown)
        self._more: set[int] = set()
        self._wide: dict[Key, int] = {}
        self._cell_links: dict[tuple[int, int, int], None] = {}
        self._file_links: dict[tuple[int, int], None] = {}
        self._peers: dict[tuple[int, int], None] = {}
        for step in shown:
            for pid, texts in step.processes.items():
                self._widen(("process", process[pid]), *texts)
            for (pid, _), (text, _) in step.streams.items():
                self._widen(("process", process[pid]), text)
            for (pid, fd), (number, _) in step.cells.items():
                self._columns[process[pid]].add(fd)
                if number in step.files:
                    self._cell_links[process[pid], fd, file[number]] = None
            self._more |= {process[pid] for pid in step.more}
            for number, box in step.files.items():
                if number not in self._behind.open_files:
                    self._widen(("file", file[number]), f"{box.name}: {box.refer}", box.flags, box.offset)
                if box.inode in step.inodes:
                    self._file_links[file[number], inode[box.inode]] = None
            for number, thing in step.inodes.items():
                if number not in self._behind.inodes:
                    self._widen(("inode", inode[number]), thing.name, thing.content, thing.queues, thing.sleepers)
                if thing.peer is not None and thing.peer in step.inodes:
                    ends = sorted((inode[number], inode[thing.peer]))
                    if ends[0] != ends[1]:
                        self._peers[ends[0], ends[1]] = None
        self._rows = max(self._streams.values(), default=-1) + 1

    def _widen(self, box: Key, *texts: str) -> None:
        self._wide[box] = max(self._wide.get(box, 0), *map(len, texts))

    def _process_width(self, place: int) -> float:
        cells = (len(self._columns[place]) + (place in self._more)) * _CELL
        return max(cells, self._width(("process", place), 200, 330))

    def _width(self, box: Key, least: float, most: float) -> float:
        return min(most, max(least, self._wide.get(box, 0) * 8.4 + 24))

    def _lay_out(self) -> Layout:
        height = _HEAD + self._rows * _ROW + _TO_LINE + _FROM_LINE + _CELL_HEIGHT
        process, file, inode = (self._places[kind] for kind in ("process", "file", "inode"))
        sizes = {f"p{place}": (self._process_width(place), height) for place in range(len(process))}
        sizes |= {f"f{n}": (self._width(("file", n), 134, 380), _FILE_HEIGHT) for n in range(len(file))}
        sizes |= {f"i{n}": (self._width(("inode", n), 124, 330), _INODE_HEIGHT) for n in range(len(inode))}
        columns = {place: sorted(fds) for place, fds in self._columns.items()}
        edges: list[tuple[str, str] | tuple[str, str, int]] = [
            (f"p{place}", f"f{number}", columns[place].index(fd)) for place, fd, number in sorted(self._cell_links)
        ]
        edges += [(f"f{number}", f"i{thing}") for number, thing in self._file_links]
        ranks = [[name for name in sizes if name[0] == kind] for kind in "pfi"]
        return lay_out(
            sizes,
            edges,
            apart=22,
            ranks_apart=56,
            same_rank=[rank for rank in ranks if rank],
            in_order=ranks[0],
            ports={f"p{place}": len(fds) for place, fds in columns.items()},
            beside=[(f"i{one}", f"i{other}") for one, other in self._peers],
        )

    # ---- drawing it once

    def _draw(self, layout: Layout) -> float:
        canvas = self._canvas
        canvas.hatching()
        where = {name: (x + 4, y + 4) for name, (x, y) in layout.centres.items()}
        height = _HEAD + self._rows * _ROW + _TO_LINE + _FROM_LINE + _CELL_HEIGHT
        top = min(y for name, (_, y) in where.items() if name[0] == "p") - height / 2
        self._line = top + _HEAD + self._rows * _ROW + _TO_LINE
        canvas.add("line", x1=0, y1=self._line, x2=canvas.width, y2=self._line, class_="line")
        canvas.text(0, self._line - 5, "program", "dim small")
        canvas.text(0, self._line + 14, "kernel", "dim small")
        tables: dict[tuple[int, int], float] = {}
        for place in range(len(self._places["process"])):
            x, _ = where[f"p{place}"]
            for fd, middle in self._process(place, x, top).items():
                tables[place, fd] = middle
        for place, fd, number in self._cell_links:
            x, y = where[f"f{number}"]
            self._link(("cell link", place, fd, number), tables[place, fd], self._line + _FROM_LINE + _CELL_HEIGHT,
                       x, y - _FILE_HEIGHT / 2)  # fmt: skip
        for number, thing in self._file_links:
            x, y = where[f"f{number}"]
            end_x, end_y = where[f"i{thing}"]
            self._link(("file link", number, thing), x, y + _FILE_HEIGHT / 2, end_x, end_y - _INODE_HEIGHT / 2)
        for number in range(len(self._places["file"])):
            self._file(number, *where[f"f{number}"])
        bottom = 0.0
        for number in range(len(self._places["inode"])):
            self._inode(number, *where[f"i{number}"])
            bottom = max(bottom, where[f"i{number}"][1] + _INODE_HEIGHT / 2)
        for one, other in self._peers:
            (x, y), (end_x, _) = where[f"i{one}"], where[f"i{other}"]
            self._arc(("peers", one, other), x, end_x, y + _INODE_HEIGHT / 2)
        return max(bottom, layout.height + 4) + (30 if self._peers else 6)

    def _process(self, place: int, x: float, top: float) -> dict[int, float]:
        """One process and its table; gives back the middle of each cell by descriptor."""
        width = self._process_width(place)
        left = x - width / 2
        room = int((width - 20) / 8.4)
        height = _HEAD + self._rows * _ROW
        self._box(("process", place), left, top, width, height, "box", [
            (22.0, "strong", room), (42.0, "dim", room),
        ])  # fmt: skip
        rows: dict[int, None] = {}
        for (pid, _), row in self._streams.items():
            if self._places["process"].of[pid] == place:
                rows[row] = None
        for row in rows:
            self._stream(place, row, left + 8, top + _HEAD + row * _ROW - 4, width - 16)
        table = self._line + _FROM_LINE
        fds = sorted(self._columns[place])
        cells = len(fds) + (place in self._more)
        start = left
        if cells:
            self._table(("table", place), left, top + height, table, cells * _CELL)
        middles = {}
        for column, fd in enumerate(fds):
            middles[fd] = start + (column + 0.5) * _CELL
            self._box(("cell", place, fd), start + column * _CELL, table, _CELL, _CELL_HEIGHT, "cell", [
                (20.0, "strong", 5), (38.0, "dim tiny", 8),
            ], mark=False)  # fmt: skip
        if place in self._more:
            self._box(("more", place), start + len(fds) * _CELL, table, _CELL, _CELL_HEIGHT, "cell", [
                (20.0, "strong", 6), (38.0, "dim tiny", 8),
            ], mark=False)  # fmt: skip
        return middles

    def _box(
        self,
        key: Key,
        x: float,
        y: float,
        width: float,
        height: float,
        shape: str,
        rows: Sequence[tuple[float, str, int]],
        mark: bool = True,
    ) -> None:
        """A box with rows of text: (y within it, class, room in characters) each."""
        canvas = self._canvas
        group = canvas.add("g")
        texts = []
        with canvas.inside(group):
            canvas.add("rect", x=x, y=y, width=width, height=height, class_=shape, rx=3)
            for down, class_, _ in rows:
                texts.append(self._text(x + width / 2, y + down, class_))
            if mark:
                canvas.text(x - 3, y + 6, "◆", "mark")  # on the corner, where no text can be
        self._items[key] = _Item(self._shooting.part(group), tuple(texts), tuple(room for _, _, room in rows))

    def _text(self, x: float, y: float, class_: str, anchor: str = "middle") -> int:
        element = self._canvas.add("text", x=x, y=y, class_=class_, text_anchor=anchor)
        return self._shooting.part(element)

    def _stream(self, place: int, row: int, x: float, y: float, width: float) -> None:
        canvas = self._canvas
        group = canvas.add("g")
        with canvas.inside(group):
            canvas.add("rect", x=x, y=y, width=width, height=_ROW - 3, class_="buffer", rx=2)
            fill = canvas.add("rect", x=x, y=y, width=0, height=_ROW - 3, class_="fill", rx=2)
            text = self._text(x + 6, y + 13.5, "small", "start")
        part = self._shooting.part(fill)
        self._items["stream", place, row] = _Item(
            self._shooting.part(group), (text,), (int((width - 10) / 7.4),), (part, round(width))
        )
        self._shooting.show(part, width="0")

    def _file(self, number: int, x: float, y: float) -> None:
        width = self._width(("file", number), 134, 380)
        room = int((width - 16) / 8.4)
        self._box(("file", number), x - width / 2, y - _FILE_HEIGHT / 2, width, _FILE_HEIGHT, "box", [
            (21.0, "strong", room), (43.0, "mono small", room), (63.0, "", room),
        ])  # fmt: skip

    def _inode(self, number: int, x: float, y: float) -> None:
        canvas = self._canvas
        width = self._width(("inode", number), 124, 330)
        room = int((width - 16) / 8.4)
        left, top = x - width / 2, y - _INODE_HEIGHT / 2
        group = canvas.add("g")
        with canvas.inside(group):
            outline = canvas.add("rect", x=left, y=top, width=width, height=_INODE_HEIGHT, class_="box")
            fill = canvas.add("rect", x=left + 8, y=top + 29, width=0, height=20, class_="fill", rx=2)
            band = canvas.add("rect", x=left + 10, y=top + 71, width=width - 20, height=20, class_="band")
            band.set("fill", "url(#IDENTITY-hatch)")
            backing = canvas.add("rect", x=left + 16, y=top + 73, width=width - 32, height=16, class_="backing", rx=2)
            texts = [
                self._text(x, top + 21, "strong"),
                self._text(x, top + 44, ""),
                self._text(x, top + 65, "small"),
                self._text(x, top + 86, "small"),
            ]
            canvas.text(left - 3, top + 6, "◆", "mark")
        parts = [self._shooting.part(element) for element in (fill, outline, band, backing)]
        self._shooting.show(parts[0], width="0")
        self._shooting.show(parts[1], rx="3")
        self._shooting.show(parts[2], class_=GONE)
        self._shooting.show(parts[3], class_=GONE)
        self._items["inode", number] = _Item(
            self._shooting.part(group), tuple(texts), (room, room, room + 2, room + 2), (*parts, round(width - 16))
        )

    def _link(self, key: Key, x: float, y: float, end_x: float, end_y: float) -> None:
        middle = (y + end_y) / 2
        end_y -= 8
        group = self._canvas.add("g")
        with self._canvas.inside(group):
            path = f"M{x:.1f} {y:.1f}C{x:.1f} {middle:.1f} {end_x:.1f} {middle:.1f} {end_x:.1f} {end_y:.1f}"
            self._canvas.add("path", d=path, class_="ink")
            self._canvas.add("path", d=f"M{end_x - 5:.1f} {end_y:.1f}h10l-5 8z", class_="inktip")
        self._items[key] = _Item(self._shooting.part(group), (), ())

    def _table(self, key: Key, x: float, y: float, top: float, width: float) -> None:
        """The outline of a process's table with room for all its cells, hanging from the process."""
        group = self._canvas.add("g")
        with self._canvas.inside(group):
            self._canvas.add("line", x1=x + _CELL / 2, y1=y, x2=x + _CELL / 2, y2=top, class_="ink")
            self._canvas.add("rect", x=x, y=top, width=width, height=_CELL_HEIGHT, class_="rule", rx=3)
        self._items[key] = _Item(self._shooting.part(group), (), ())

    def _arc(self, key: Key, x: float, end_x: float, y: float) -> None:
        group = self._canvas.add("g")
        with self._canvas.inside(group):
            path = f"M{x:.1f} {y:.1f}C{x:.1f} {y + 32:.1f} {end_x:.1f} {y + 32:.1f} {end_x:.1f} {y:.1f}"
            self._canvas.add("path", d=path, class_="ink wire")
        self._items[key] = _Item(self._shooting.part(group), (), ())

    # ---- one step

    def step(self, number: int, shown: Shown) -> None:
        """Let every part look as `shown` says from step `number` on."""
        self._shooting.now = number
        now = self._contents(shown)
        key_of = self._subjects_in(shown)
        for key in self._before.keys() - now.keys():
            self._hide(self._items[key].group)
        marked = set()
        for key, content in now.items():
            changed = number > 0 and self._before.get(key) != content
            if changed:
                marked.add(key)
            if changed or number == 0 or key in self._marked:
                self._look(key, content, changed, self._subjects.get(key_of.get(key, ())))
        self._before = now
        self._marked = marked

    def _hide(self, group: int) -> None:
        self._shooting.show(group, class_=GONE, data_subject="")

    def _contents(self, shown: Shown) -> dict[Key, Any]:
        """What stands in each place."""
        process, file, inode = (self._places[kind].of for kind in ("process", "file", "inode"))
        now: dict[Key, Any] = {}
        for pid, texts in shown.processes.items():
            now["process", process[pid]] = (*texts, pid)
        for (pid, address), content in shown.streams.items():
            now["stream", process[pid], self._streams[pid, address]] = (*content, pid, address)
        for (pid, fd), (number, cloexec) in shown.cells.items():
            place = process[pid]
            now["table", place] = True
            now["cell", place, fd] = (str(fd), "cloexec" if cloexec else _STANDARD.get(fd, ""), number, pid)
            if number in shown.files:
                now["cell link", place, fd, file[number]] = True
        for pid, count in shown.more.items():
            now["more", process[pid]] = (f"+{count:,}", "more")
        for number, box in shown.files.items():
            now["file", file[number]] = (f"{box.name}: {box.refer}", box.flags, box.offset)
            if box.inode in shown.inodes:
                now["file link", file[number], inode[box.inode]] = True
        for number, thing in shown.inodes.items():
            now["inode", inode[number]] = (thing, number)
            if thing.peer is not None and thing.peer in shown.inodes:
                ends = sorted((inode[number], inode[thing.peer]))
                if ends[0] != ends[1]:
                    now["peers", ends[0], ends[1]] = True
        return now

    def _subjects_in(self, shown: Shown) -> dict[Key, Key]:
        """What can be followed, by the place it is in."""
        process, _, inode = (self._places[kind].of for kind in ("process", "file", "inode"))
        found: dict[Key, Key] = {("process", process[pid]): ("process", pid) for pid in shown.processes}
        found |= {("cell", process[pid], fd): ("descriptor", pid, fd) for pid, fd in shown.cells}
        found |= {("inode", inode[number]): ("inode", number) for number in shown.inodes}
        for pid, address in shown.streams:
            found["stream", process[pid], self._streams[pid, address]] = ("stream", pid, address)
        return found

    def _look(self, key: Key, content: Any, changed: bool, subject: int | None) -> None:
        item = self._items[key]
        show = self._shooting.show
        classes = ["item"]
        texts: Sequence[str] = ()
        if key[0] == "inode":
            box: InodeBox = content[0]
            texts = (box.name, box.content, box.queues, box.sleepers)
            fill, outline, band, backing, width = item.extra
            show(fill, width=str(round(box.fill * width)))
            show(outline, rx=_ROUND.get(box.kind, "3"))
            show(band, class_="band" if box.sleepers else GONE)
            show(backing, class_="backing" if box.sleepers else GONE)
        elif key[0] == "stream":
            text, share = content[:2]
            texts = (text,)
            show(item.extra[0], width=str(round(share * item.extra[1])))
        elif isinstance(content, tuple):
            texts = content[: len(item.texts)]
            if "cloexec" in texts:
                classes.append("cloexec")
            if key[0] == "process" and texts[1].startswith(("asleep", "zombie", "stopped")):
                classes.append("still")
        if changed:
            classes.append("changed")
        show(item.group, class_=" ".join(classes), data_subject="" if subject is None else str(subject))
        for part, text, room in zip(item.texts, texts, item.room, strict=True):
            show(part, text=fitted(text, room))


def _rows(shown: Sequence[Shown]) -> dict[tuple[int, int], int]:
    """The row of each stream in the box of its process, none shared by two that are there together."""
    lives = Lives()
    for number, step in enumerate(shown):
        lives.seen(number, step.streams)
    rows: dict[int, Places] = {}
    for (pid, address), span in sorted(lives.spans.items(), key=lambda item: item[1][0]):
        rows.setdefault(pid, Places()).take((pid, address), span, "stream")
    return {stream: row for places in rows.values() for stream, row in places.of.items()}


_ROUND = {"pipe": "20", "fifo": "20", "socket": "14", "terminal": "8"}
