"""Where the ways of several calls part, drawn: a trunk, then a column for each, side by side. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labkit.decode.kernel_parting import ASLEEP, Branch, Stop, parting, twin
from labkit.decode.kernel_story import SIDES
from labkit.decode.kernel_tree import title
from labkit.decode.provenance import elsewhere
from labkit.draw.picture import Canvas, Picture
from labkit.draw.style import CHAR, LINE
from labkit.errors import LabkitError
from labkit.model import CallGraph

_WIDTH = 1396.0  # of a page; fewer ways than _FULL take less
_FULL, _WIDEST = 6, 232.0
_PAD, _GAP, _ARROW = 8.0, 12.0, 18.0
_LEGEND = (
    "Each box is a function that the kernel entered, from the system call down; what several ways share stands once, "
    "above all of them. Rounded and hatched: the process is asleep. Dashed: done by an interrupt or by deferred work. "
    "Locks, checks by security modules, accounting and the like are left out; of what is left, the functions that "
    "begin a layer or that the lecture names stand first, and “more” counts the rest. The order is real; how long "
    "anything took is not shown."
)


def paths(graphs: Mapping[str, CallGraph] | Sequence[CallGraph], labels: Sequence[str] = ()) -> Picture:
    """One picture of where the ways of `graphs` part: what they share, then a branch each.

    `graphs` is a mapping from labels, or a sequence; then `labels` name them (default: program and arguments). Raises
    LabkitError when there are not two, the labels do not fit, or the calls are different ones.
    """
    named = _named(graphs, labels)
    trunk = parting(named)
    order = _leaves(trunk)
    wide = min(_WIDEST, _WIDTH / len(order)) if len(order) >= _FULL else _WIDEST
    columns = {label: number * wide for number, label in enumerate(order)}
    call = next(iter(named.values())).call
    picture = _Drawing(columns, wide)
    said = f"Where the ways of {call} part"
    height = picture.draw(trunk)
    made = picture.canvas.finish(height, said, "\n".join([said, *twin(trunk)]), _LEGEND)
    return replace(made, where=elsewhere(named.values()))


def _named(graphs: Mapping[str, CallGraph] | Sequence[CallGraph], labels: Sequence[str]) -> dict[str, CallGraph]:
    if isinstance(graphs, Mapping):
        if labels:
            raise LabkitError("The paths have labels already, as they come in a mapping: leave out `labels`.")
        return dict(graphs)
    named = list(labels) or [title(graph) for graph in graphs]
    if len(named) != len(graphs) or len(set(named)) != len(named):
        raise LabkitError(f"There are {len(graphs)} paths: give each a label of its own.")
    return dict(zip(named, graphs, strict=True))


def _leaves(branch: Branch) -> tuple[str, ...]:
    """The labels in the order of their columns: ways that part later stand beside each other."""
    if not branch.branches:
        return branch.labels
    return tuple(label for one in branch.branches for label in _leaves(one))


class _Drawing:
    def __init__(self, columns: Mapping[str, float], wide: float) -> None:
        self._columns, self._wide = columns, wide
        self._used = 0.0  # the width of the last row
        self.canvas = Canvas(len(columns) * wide)
        self.canvas.hatching()

    def draw(self, trunk: Branch) -> float:
        """Everything; gives back the height of it."""
        bottom = self._stretch(trunk, 4.0)
        heads = [_broken(label, self._room(1)) for label in self._columns]
        top = bottom + 34
        head = max(map(len, heads)) * LINE + 14
        for x, lines in zip(self._columns.values(), heads, strict=True):
            for number, text in enumerate(lines):
                self.canvas.text(x + self._wide / 2, top + 16 + number * LINE, text, "strong", "middle")
        self._fork(trunk, bottom, top - 4)
        if all(one.stops and not one.stops[0].weight for one in trunk.branches):
            edge = self.canvas.width / 2 + self._used / 2 + 16
            if self.canvas.width - edge > 250:
                self.canvas.text(edge, 16, "Whose function comes next, the open", "dim small")
                self.canvas.text(edge, 33, "file's table of operations says.", "dim small")
        return max(self._below(one, top + head) for one in trunk.branches) + 6

    def _room(self, columns: int) -> int:
        """How many characters a line of a box may have."""
        return int((columns * self._wide - _GAP - 2 * _PAD) / CHAR)

    def _below(self, branch: Branch, top: float) -> float:
        bottom = self._stretch(branch, top)
        if not branch.branches:
            return self._end(branch, bottom)
        self._fork(branch, bottom, bottom + 30)
        return max(self._below(one, bottom + 34) for one in branch.branches)

    def _left(self, branch: Branch) -> tuple[float, float]:
        xs = [self._columns[label] for label in branch.labels]
        return min(xs), max(xs) + self._wide

    def _stretch(self, branch: Branch, top: float) -> float:
        """The stops of a branch, in rows over all its columns; gives back where they end."""
        left, right = self._left(branch)
        room = self._room(len(branch.labels))
        boxes = [(stop, _broken(stop.name, room)) for stop in branch.stops]
        rows: list[list[tuple[Stop, list[str]]]] = []
        used = right
        for stop, lines in boxes:
            width = _width(lines) + _ARROW
            changed = not rows or stop.side != rows[-1][-1][0].side
            if changed or used + width > right - left - _GAP:
                rows.append([])
                used = 0.0
            rows[-1].append((stop, lines))
            used += width
        y, before = top, None
        side = branch.stops[0].side if branch.stops else "call"
        for row in rows:
            if before is not None:
                middle = (left + right) / 2
                if row[0][0].side != side:
                    side = row[0][0].side
                    self.canvas.text(middle, y + 15, SIDES[side], "dim small", "middle")
                    y += 22
                else:
                    self._tip(middle, y, y + _ARROW - 2)
                    y += _ARROW
            y = self._row(row, left, right, y)
            before = row
        if branch.more:
            self.canvas.text((left + right) / 2, y + 16, f"and {branch.more} more", "dim small", "middle")
            y += 22
        return y

    def _row(self, row: Sequence[tuple[Stop, list[str]]], left: float, right: float, y: float) -> float:
        width = self._used = sum(_width(lines) for _, lines in row) + _ARROW * (len(row) - 1)
        x = (left + right - width) / 2
        height = max(len(lines) for _, lines in row) * LINE + 8
        for number, (stop, lines) in enumerate(row):
            if number:
                self.canvas.add("path", d=f"M{x - _ARROW:.1f} {y + height / 2:.1f}h{_ARROW - 2:.1f}", class_="ink")
                tip = f"M{x - 9:.1f} {y + height / 2 - 4.5:.1f}v9l8 -4.5z"
                self.canvas.add("path", d=tip, class_="inktip")
            self._box(stop, lines, x, y, height)
            x += _width(lines) + _ARROW
        return y + height

    def _box(self, stop: Stop, lines: Sequence[str], x: float, y: float, height: float) -> None:
        canvas, width = self.canvas, _width(lines)
        asleep = stop.name == ASLEEP
        with canvas.inside(canvas.add("g", class_="" if stop.side == "call" else "still")):
            canvas.add("rect", x=x, y=y, width=width, height=height, class_="box", rx=13 if asleep else 3)
            if asleep:
                canvas.add("rect", x=x + 1, y=y + 1, width=width - 2, height=height - 2, rx=12,
                           fill="url(#IDENTITY-hatch)")  # fmt: skip
                canvas.add("rect", x=x + 9, y=y + 4, width=width - 18, height=height - 8, class_="backing")
            top = y + height / 2 - len(lines) * LINE / 2 + 15
            for number, text in enumerate(lines):
                canvas.text(x + width / 2, top + number * LINE, text, "mono", "middle", len(text) * CHAR)

    def _fork(self, branch: Branch, top: float, bottom: float) -> None:
        """From the end of a branch to the beginnings of those it parts into."""
        left, right = self._left(branch)
        middle, bar = (left + right) / 2, top + 12
        ends = [sum(self._left(one)) / 2 for one in branch.branches]
        self.canvas.add("path", d=f"M{middle:.1f} {top:.1f}V{bar:.1f}", class_="ink")
        self.canvas.add("path", d=f"M{min([*ends, middle]):.1f} {bar:.1f}H{max([*ends, middle]):.1f}", class_="ink")
        for x in ends:
            self._tip(x, bar, bottom)

    def _tip(self, x: float, top: float, bottom: float) -> None:
        self.canvas.add("path", d=f"M{x:.1f} {top:.1f}V{bottom:.1f}", class_="ink")
        self.canvas.add("path", d=f"M{x - 4.5:.1f} {bottom - 8:.1f}h9l-4.5 8z", class_="inktip")

    def _end(self, branch: Branch, y: float) -> float:
        left, right = self._left(branch)
        said = ", ".join(dict.fromkeys(branch.ends))
        if branch.stops:  # else the arrow of the fork leads here already
            self._tip((left + right) / 2, y, y + _ARROW)
            y += _ARROW
        self.canvas.text((left + right) / 2, y + 16, said, "strong", "middle")
        return y + 22


def _width(lines: Sequence[str]) -> float:
    return max(48.0, max(map(len, lines)) * CHAR + 2 * _PAD)


def _broken(name: str, room: int) -> list[str]:
    """A name in lines of at most `room` characters, broken behind an underscore or at a blank if it can be.

    >>> _broken("generic_file_read_iter", 16), _broken("read_zero", 16), _broken("ext4, not in the cache", 12)
    (['generic_file_', 'read_iter'], ['read_zero'], ['ext4, not', 'in the cache'])
    """
    lines, rest = [], name
    if room < len(name) <= 2 * room:  # in two lines, as equal as can be
        cuts = [cut for cut, char in enumerate(name, 1) if char in "_ " and name[:cut].strip("_ ")]
        fair = min(cuts, key=lambda cut: max(cut, len(name) - cut), default=0)
        if fair and max(len(name[:fair].rstrip()), len(name) - fair) <= room:
            return [name[:fair].rstrip(), name[fair:]]
    while len(rest) > room:
        cut = max(rest.rfind("_", 1, room) + 1, rest.rfind(" ", 1, room + 1))
        if cut <= 1 or not rest[:cut].strip("_ "):
            cut = room
        lines.append(rest[:cut].rstrip(" "))
        rest = rest[cut:].lstrip(" ")
    return [*lines, rest] if rest else lines
