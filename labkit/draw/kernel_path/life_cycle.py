"""The life cycle of an I/O request, drawn from recorded calls: the classic figure, its boxes filled by each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from labkit.decode.kernel_life import Stage, life, satisfied, twin
from labkit.decode.kernel_tree import title
from labkit.decode.provenance import elsewhere
from labkit.draw.fitting import fitted
from labkit.draw.picture import Canvas, Picture
from labkit.draw.style import CHAR
from labkit.errors import LabkitError
from labkit.model import CallGraph

_COLUMN, _BETWEEN, _MARGIN, _APART = 300.0, 40.0, 20.0, 36.0
_ONE = 2 * _MARGIN + 2 * _COLUMN + _BETWEEN
_LINE, _HEAD, _GAP = 18.0, 27.0, 22.0
_SMALL = CHAR * 13 / 15  # width of a character of small monospace text
_SAID = 38  # characters of other text
_NAMES = 4  # lines in a box
_LEFT = ("call", "satisfied", "queue", "command", "sleep")  # from above
_RIGHT = ("", "copy", "again", "wake", "status", "which", "interrupt")  # from above; the way goes up
_BOTTOM_FROM = "wake"
_ROOM = int((_COLUMN - 16) / _SMALL)
_LEGEND = (
    "The boxes are those of the classic figure; in them stand functions and events of this very recording, in their "
    "order, points of the lecture first when there is no room for all. Dashed and pale: this call did not come there. "
    "The copying itself is done by functions of the kernel that cannot be traced; seen is who calls them. The words: "
    "in the lecture the top half is the system call's side of a driver, which may sleep, the bottom half the "
    "interrupt's side, which wakes it. Linux's own books use them for the two parts of handling one interrupt: top "
    "half the handler that answers at once, bottom half the work that it leaves for later."
)


def life_cycle(*graphs: CallGraph, labels: Sequence[str] = ()) -> Picture:
    """The life of the request of each recorded call, side by side.

    `labels` name them (default: program and arguments). Raises LabkitError when there is no graph, or the labels do
    not fit.
    """
    named = list(labels) or [title(graph) for graph in graphs]
    if not graphs or len(named) != len(graphs):
        raise LabkitError(f"There are {len(graphs)} paths and {len(named)} labels: give one or more, a label each.")
    canvas = Canvas(len(graphs) * _ONE + (len(graphs) - 1) * _APART)
    rows = _heights([{stage.key: stage for stage in life(graph)} for graph in graphs])
    bottom = 0.0
    for number, (graph, label) in enumerate(zip(graphs, named, strict=True)):
        bottom = _Figure(canvas, number * (_ONE + _APART), rows).draw(graph, label)
    said = "The life cycle of an I/O request"
    lines = [said]
    for graph, label in zip(graphs, named, strict=True):
        lines += [label, *(f"  {line}" for line in twin(graph))]
    return replace(canvas.finish(bottom, said, "\n".join(lines), _LEGEND), where=elsewhere(graphs))


@dataclass(frozen=True)
class _Filling:
    """What stands in a box below its words: what is said, then names as arrows lead from one to the next."""

    said: str
    rows: tuple[str, ...]

    def __len__(self) -> int:
        return bool(self.said) + len(self.rows)


def _filling(stage: Stage) -> _Filling:
    """As many names as there is room for, in their order; which, the points decide."""
    if not stage.reached:
        return _Filling("not reached", ())
    ranked = sorted(stage.found, key=lambda name: (name not in stage.points, stage.found.index(name)))
    for count in range(len(ranked), -1, -1):
        kept = [name for name in stage.found if name in ranked[:count]]
        more = len(ranked) - count
        rows = _wrapped([*kept, *([f"{more} more"] if more else [])])
        if len(rows) <= _NAMES - bool(stage.said) or not count:
            break
    return _Filling(stage.said, tuple(rows))


def _wrapped(names: Sequence[str]) -> list[str]:
    """The names in lines that fit a box.

    >>> _wrapped(["vfs_read", "rw_verify_area", "ext4_file_read_iter"])
    ['vfs_read → rw_verify_area', '→ ext4_file_read_iter']
    """
    rows: list[str] = []
    for name in names:
        name = fitted(name, _ROOM - 2)
        if rows and len(rows[-1]) + 3 + len(name) <= _ROOM:
            rows[-1] += f" → {name}"
        else:
            rows.append(f"→ {name}" if rows else name)
    return rows


def _heights(figures: Sequence[dict[str, Stage]]) -> list[float]:
    """The height of each row: of the fullest box in it, in all figures, so that they can be compared across."""
    heights = []
    for row, right in enumerate(_RIGHT):
        keys = [key for key in (right, _LEFT[row] if row < len(_LEFT) else "") if key]
        most = max(len(_filling(figure[key])) for figure in figures for key in keys)
        heights.append(_HEAD + most * _LINE + 5)
    return heights


class _Figure:
    """One of the figures, `x` from the left."""

    def __init__(self, canvas: Canvas, x: float, rows: Sequence[float]) -> None:
        self._canvas, self._x = canvas, x
        self._heights = rows
        self._left, self._right = x + _MARGIN, x + _MARGIN + _COLUMN + _BETWEEN
        self._tops: list[float] = []
        y = 118.0
        for row, height in enumerate(rows):
            if row < len(_RIGHT) and _RIGHT[row] == _BOTTOM_FROM:
                y += 34  # the line between the halves, and their names
            self._tops.append(y)
            y += height + _GAP
        self._device = y

    def draw(self, graph: CallGraph, label: str) -> float:
        """All of it; gives back where it ends."""
        canvas, x = self._canvas, self._x
        stages = {stage.key: stage for stage in life(graph)}
        canvas.text(x, 18, label, "strong")
        self._box(stages["ask"], self._left, 30, 50)
        self._box(stages["return"], self._right, 30, 50)
        canvas.add("line", x1=x, y1=92, x2=x + _ONE, y2=92, class_="line")
        canvas.text(self._left + _COLUMN / 2 + 14, 111, "top half: the system call's side", "small strong")
        for row, key in enumerate(_LEFT):
            self._box(stages[key], self._left, self._tops[row], self._heights[row])
        for row, key in enumerate(_RIGHT):
            if key:
                self._box(stages[key], self._right, self._tops[row], self._heights[row])
        half = self._tops[_RIGHT.index(_BOTTOM_FROM)]
        canvas.add("line", x1=self._right - 10, y1=half - 42, x2=x + _ONE, y2=half - 42, class_="rule")
        canvas.text(self._right, half - 25, "bottom half:", "small strong")
        canvas.text(self._right, half - 8, "the interrupt's side", "small strong")
        self._box(stages["device"], self._left, self._device, _HEAD + _LINE + 5, 2 * _COLUMN + _BETWEEN)
        self._arrows(stages, at_once=satisfied(graph))
        return self._device + _HEAD + _LINE + 9

    def _box(self, stage: Stage, x: float, y: float, height: float, width: float = _COLUMN) -> None:
        canvas = self._canvas
        group = canvas.add("g", class_="" if stage.reached else "past still")
        with canvas.inside(group):
            canvas.add("rect", x=x, y=y, width=width, height=height, class_="box", rx=3)
            if stage.key == "sleep" and stage.reached:
                canvas.add("rect", x=x + 1, y=y + 1, width=width - 2, height=height - 2, fill="url(#IDENTITY-hatch)")
                canvas.add("rect", x=x + 7, y=y + 4, width=width - 14, height=height - 8, class_="backing")
            canvas.text(x + 10, y + 19, stage.words, "strong")
            filling, line = _filling(stage), y + 20 + _LINE
            if filling.said:
                canvas.text(x + 10, line, fitted(filling.said, _SAID), "small")
                line += _LINE
            for row in filling.rows:
                canvas.text(x + 10, line, row, "mono small", length=len(row) * _SMALL)
                line += _LINE

    def _arrows(self, stages: dict[str, Stage], *, at_once: bool) -> None:
        """Down on the left, up on the right, across where the request is satisfied already."""
        middle = self._left + _COLUMN / 2
        ends = [80.0, *(top + height for top, height in zip(self._tops, self._heights, strict=True))]
        for row, key in enumerate(_LEFT):
            there = stages[key].reached and (row == 0 or stages[_LEFT[row - 1]].reached)
            self._arrow(f"M{middle:.1f} {ends[row]:.1f}V{self._tops[row]:.1f}", there)
        row = _LEFT.index("satisfied")
        y = self._tops[row] + self._heights[row] / 2
        self._arrow(f"M{self._left + _COLUMN:.1f} {y:.1f}H{self._right:.1f}", at_once)
        self._canvas.text(self._left + _COLUMN + 6, y - 7, "yes", "small strong" if at_once else "small dim")
        below = ends[row + 1]
        further = stages["queue"].reached
        self._canvas.text(middle + 10, below + 15, "no", "small strong" if further else "small dim")
        row = _LEFT.index("command")
        y = self._tops[row] + self._heights[row] / 2
        side = self._x + _MARGIN / 2 + 2
        asked = stages["command"].reached
        self._arrow(f"M{self._left:.1f} {y:.1f}H{side:.1f}V{self._device - 12:.1f}H{self._left + 30:.1f}"
                    f"V{self._device:.1f}", asked)  # fmt: skip
        if stages["sleep"].reached and not stages["queue"].reached:  # it waits for what was asked for before
            start, end = (_LEFT.index(key) for key in ("satisfied", "sleep"))
            y, to = (self._tops[row] + self._heights[row] / 2 for row in (start, end))
            self._arrow(f"M{self._left:.1f} {y:.1f}H{self._x + 4:.1f}V{to:.1f}H{self._left:.1f}", True)
            self._canvas.text(self._x, y - 6, "no", "small strong")
        middle = self._right + _COLUMN / 2
        for row, key in enumerate(_RIGHT):
            below = self._tops[row + 1] if row + 1 < len(_RIGHT) else self._device
            if key:
                there = stages[key].reached and (not at_once or key == "copy")
                source = _RIGHT[row + 1] if row + 1 < len(_RIGHT) else "device"
                there = there and stages[source].reached
                self._arrow(f"M{middle:.1f} {below:.1f}V{self._tops[row] + self._heights[row]:.1f}", there)
        self._arrow(f"M{middle:.1f} {self._tops[1]:.1f}V80", stages["copy"].reached)

    def _arrow(self, path: str, there: bool) -> None:
        """A line with a tip at its end, pale when the call did not go that way."""
        canvas = self._canvas
        *_, last = path.replace("V", " V").replace("H", " H").split()
        numbers = path.replace("M", "").replace("V", " V").replace("H", " H").split()
        x, y, before = float(numbers[0]), float(numbers[1]), float(numbers[1])
        for word in numbers[2:]:
            before = y
            if word[0] == "V":
                y = float(word[1:])
            else:
                x = float(word[1:])
        if last[0] == "H":
            tip = f"M{x - 8:.1f} {y - 5:.1f}v10l8 -5z"
        else:
            tip = f"M{x - 5:.1f} {y - 8:.1f}h10l-5 8z" if y > before else f"M{x - 5:.1f} {y + 8:.1f}h10l-5 -8z"
        with canvas.inside(canvas.add("g", class_="" if there else "past")):
            canvas.add("path", d=path, class_="ink" if there else "ink signal")
            canvas.add("path", d=tip, class_="inktip")
