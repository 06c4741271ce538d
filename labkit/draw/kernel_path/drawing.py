"""Draws the picture of a kernel path: laid out once, then told step by step what has been come to, and what is open.

Knows `Nodes` and `Places`; the texts are the path's own or stand here.
"""

from __future__ import annotations

from xml.etree import ElementTree

from labkit.decode.kernel_result import outcome
from labkit.decode.kernel_story import SIDES
from labkit.decode.kernel_tree import title
from labkit.draw.film import GONE, Film, Shooting
from labkit.draw.fitting import fitted
from labkit.draw.kernel_path.nodes import Nodes
from labkit.draw.kernel_path.places import BOX, DEVICE, SQUARE, Places, places
from labkit.draw.picture import Canvas
from labkit.draw.style import CHAR

_PROGRAM = 34.0
_LATER, _DONE, _OPEN, _NOW = "past", "", "open", "changed now"


class Drawing:
    """The picture, then its looks from step to step."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._places: Places = places(nodes)
        self._shooting = Shooting()
        self._canvas = Canvas(self._places.width)
        self._looks: dict[int, int] = {}
        self._seen: set[int] = set()
        self._touched: set[int] = set()  # the nodes that the step before set off
        self._edges: dict[int, int] = {}  # node → the part of the line that leads to it
        self._sleepers: dict[int, int] = {}
        self._device: dict[str, int] = {}
        self._draw()

    # ---- drawing it once

    def _draw(self) -> None:
        canvas, nodes, where = self._canvas, self._nodes, self._places
        canvas.hatching()
        self._program()
        for band, (top, _bottom) in where.bands.items():
            canvas.add("line", x1=0, y1=top, x2=where.width, y2=top, class_="rule")
            for number, text in enumerate(_two_lines(band)):
                canvas.text(0, top + 20 + 16 * number, text, "small strong")
        for lane, (left, _right) in list(where.lanes.items())[1:]:
            canvas.add("line", x1=left, y1=66, x2=left, y2=where.device - 16, class_="rule")
            canvas.text(left + 18, 80, SIDES[lane], "small strong")
        if len(where.lanes) > 1:
            canvas.text(where.spots[0].middle + 14, 80, SIDES["call"], "small strong")
        self._lines()
        if nodes.device:
            self._draw_device()
        for number in range(len(nodes.nodes)):
            self._node(number)

    def _program(self) -> None:
        canvas, where = self._canvas, self._places
        left = where.lanes["call"][0]
        group = canvas.add("g")
        with canvas.inside(group):
            canvas.add("rect", x=left, y=2, width=where.width - left - 2, height=_PROGRAM, class_="box", rx=3)
            asleep = canvas.add("rect", x=left + 1, y=3, width=where.width - left - 4, height=_PROGRAM - 2,
                                fill="url(#IDENTITY-hatch)")  # fmt: skip
            canvas.add("rect", x=left + 8, y=6, width=where.width - left - 18, height=_PROGRAM - 8, class_="backing")
            doing = canvas.add("text", x=left + 14, y=24)
        canvas.add("line", x1=0, y1=50, x2=where.width, y2=50, class_="line")
        canvas.text(0, 44, "program", "dim small")
        canvas.text(0, 65, "kernel", "dim small")
        self._hatch, self._doing = self._shooting.part(asleep), self._shooting.part(doing)

    def _lines(self) -> None:
        nodes, where = self._nodes, self._places
        root = where.spots[0]
        self._line(f"M{root.middle:.1f} {2 + _PROGRAM:.1f}V{root.y:.1f}")
        for start, end in nodes.edges:
            self._edges[end] = self._arrow(where.line(start, end, nodes.nodes[end].lane))
        if nodes.later is not None:
            start, end = nodes.later
            self._edges[end] = self._arrow(where.later(start, end), "signal")
        wakers = [nodes.of[step] for step in nodes.wakings]
        if wakers and nodes.sleepers:
            path = where.waking(wakers[0], nodes.sleepers[0], nodes.nodes[wakers[0]].lane)
            self._device["wake"] = self._arrow(path, "signal")
        if not nodes.device:
            return
        issued = [n for n, node in enumerate(nodes.nodes) if (node.name, node.lane) == ("block_rq_issue", "call")]
        if issued:
            self._device["down"] = self._arrow(where.to_device(issued[0]))
        first = next((n for n, node in enumerate(nodes.nodes) if node.lane == "interrupt"), None)
        if first is not None and nodes.nodes[first].named:
            self._device["up"] = self._arrow(where.from_device(first, "interrupt"))

    def _arrow(self, path: str, more: str = "") -> int:
        """A line that is there from some step on; gives back its part."""
        return self._shooting.part(self._line(path, more))

    def _line(self, path: str, more: str = "") -> ElementTree.Element:
        """A line with a tip where it ends."""
        canvas = self._canvas
        group = canvas.add("g")
        x, y, turn = _tip(path)
        with canvas.inside(group):
            canvas.add("path", d=path, class_=f"ink {more}".strip())
            canvas.add("path", d=f"M{x:.1f} {y:.1f}{turn}", class_="inktip")
        return group

    def _draw_device(self) -> None:
        canvas, where = self._canvas, self._places
        left = where.lanes["call"][0]
        group = canvas.add("g")
        with canvas.inside(group):
            canvas.add("rect", x=left, y=where.device, width=where.width - left - 2, height=DEVICE, class_="box", rx=3)
            text = canvas.add("text", x=left + 14, y=where.device + 26)
        canvas.text(0, where.device + 26, "device", "small strong")
        self._device["box"], self._device["text"] = self._shooting.part(group), self._shooting.part(text)

    def _node(self, number: int) -> None:
        canvas, node, spot = self._canvas, self._nodes.nodes[number], self._places.spots[number]
        group = canvas.add("g", data_go=node.first)
        with canvas.inside(group):
            height = BOX if spot.text else SQUARE
            canvas.add("title", node.name)
            rounded = 12 if node.event else 3 if spot.text else 1
            canvas.add("rect", x=spot.x, y=spot.y, width=spot.width, height=height, class_="box", rx=rounded)
            if number in self._nodes.sleepers:
                hatch = canvas.add("rect", x=spot.x + 1, y=spot.y + 1, width=spot.width - 2, height=height - 2,
                                   fill="url(#IDENTITY-hatch)", rx=rounded)  # fmt: skip
                canvas.add("rect", x=spot.x + 6, y=spot.y + 4, width=spot.width - 12, height=height - 8,
                           class_="backing")  # fmt: skip
                self._sleepers[number] = self._shooting.part(hatch)
            if spot.text:
                canvas.text(spot.middle, spot.y + 17.5, spot.text, "mono", "middle", len(spot.text) * CHAR)
        part = self._shooting.part(group)
        self._looks[number] = part

    # ---- one step

    def step(self, number: int) -> None:
        """Let the picture show step `number`."""
        nodes, shooting = self._nodes, self._shooting
        shooting.now = number
        node = nodes.of[number]
        self._seen.add(node)
        inside = set(nodes.open[number])
        touched = {node, *inside}
        for one in touched | self._touched if number else self._looks:
            now = _NOW if one == node else _OPEN if one in inside else _DONE if one in self._seen else _LATER
            shooting.show(self._looks[one], class_=now)
            if one in self._edges:
                line = GONE if one not in self._seen else "changed" if one == node else ""
                shooting.show(self._edges[one], class_=line)
        self._touched = touched
        asleep = nodes.sleeping[number]
        shooting.show(self._hatch, class_="" if asleep else GONE)
        for part in self._sleepers.values():
            shooting.show(part, class_="" if asleep else GONE)
        shooting.show(self._doing, text=self.doing(number), class_="strong")
        self._show_device(number)

    def _show_device(self, number: int) -> None:
        show, steps = self._shooting.show, self._nodes.graph.steps
        issued = next((n for n, step in enumerate(steps) if step.name == "block_rq_issue"), None)
        up = next((n for n, step in enumerate(steps) if step.side == "interrupt"), None)
        wake = self._nodes.wakings[0] if self._nodes.wakings else None
        for name, at in (("down", issued), ("up", up), ("wake", wake)):
            if name in self._device:
                there = at is not None and at <= number
                show(self._device[name], class_=GONE if not there else "changed" if at == number else "")
        if not self._nodes.device:
            return
        working = issued is not None and issued <= number and (up is None or number < up)
        interrupted = up is not None and number >= up
        said = "works on the request" if working else "has interrupted" if interrupted else "has nothing to do yet"
        show(self._device["text"], text=f"{self._nodes.device} {said}")
        show(self._device["box"], class_="changed" if working else "")

    def doing(self, number: int) -> str:
        """What the program is about at a step."""
        nodes, graph = self._nodes, self._nodes.graph
        if nodes.sleeping[number]:
            doing = f"asleep in {graph.call}"
        elif number == len(graph.steps) - 1:
            doing = f"{graph.call} {outcome(graph)}"
        else:
            doing = f"in {graph.call}"
        room = int((self._places.width - self._places.lanes["call"][0] - 40) / 9)
        program = " ".join([graph.program, *graph.args])
        return f"{fitted(program, room - len(doing) - 2)}: {doing}"

    def end(self) -> Film:
        """The finished film."""
        named = f"The way of {title(self._nodes.graph)} through the kernel"
        markup = self._canvas.markup(self._places.height, named)
        return self._shooting.end(named, markup, len(self._nodes.graph.steps))


def _tip(path: str) -> tuple[float, float, str]:
    """Where a path ends and the outline of the tip there: it ends in V (up or down) or H (to the right).

    >>> _tip("M5.0 10.0V20.0")
    (0.0, 12.0, 'h10l-5 8z')
    """
    x = y = before = 0.0
    last = "V"
    for command, numbers in _commands(path):
        before = y
        if command == "M":
            x, y = numbers
        elif command == "V":
            y = numbers[0]
        elif command == "v":
            y += numbers[0]
        else:
            x = numbers[0]
        last = command
    if last == "H":
        return x - 8, y - 5, "v10l8 -5z"
    return (x - 5, y - 8, "h10l-5 8z") if y >= before else (x - 5, y + 8, "h10l-5 -8z")


def _commands(path: str) -> list[tuple[str, tuple[float, ...]]]:
    found: list[tuple[str, tuple[float, ...]]] = []
    word = ""
    for char in [*path, "M"]:
        if char.isalpha():
            if word:
                found.append((word[0], tuple(float(number) for number in word[1:].split())))
            word = char
        else:
            word += char
    return found


def _two_lines(text: str) -> list[str]:
    """A layer's name in the room beside it.

    >>> _two_lines("the file's own code"), _two_lines("driver")
    (["the file's", 'own code'], ['driver'])
    """
    words = text.split()
    return [text] if len(text) <= 14 else [" ".join(words[:2]), " ".join(words[2:])]
