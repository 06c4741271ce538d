"""Where everything in the picture of a kernel path goes: bands for layers, lanes for sides, and the lines between.

Boxes stand in rows; lines run only between rows and along the edges of the lanes, so that none crosses a name. Knows
`Nodes`, and nothing of what they look like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from labkit.draw.fitting import fitted
from labkit.draw.kernel_path.nodes import Nodes
from labkit.draw.style import CHAR

BOX, GAP, SQUARE, PITCH = 25.0, 15.0, 12.0, 18.0
_LABEL, _GUTTER = 116.0, 18.0
_LANE = {1: (680.0, 0.0), 2: (590.0, 246.0), 3: (430.0, 246.0)}  # by number of lanes: the call's width, the others'
_NAME = 21  # characters of a name in a box
TOP = 88.0  # of the program and the system-call line
DEVICE = 40.0


@dataclass(frozen=True)
class Spot:
    """A node's rectangle; `text` is the name in it, "" for a square."""

    x: float
    y: float
    width: float
    text: str

    @property
    def middle(self) -> float:
        """Its middle, from left to right."""
        return self.x + self.width / 2


@dataclass
class Places:
    """The picture laid out: `spots` by node, `bands` and `lanes` with where they begin and end, `device`'s top."""

    width: float = 0.0
    height: float = 0.0
    device: float = 0.0
    spots: dict[int, Spot] = field(default_factory=dict)
    bands: dict[str, tuple[float, float]] = field(default_factory=dict)
    lanes: dict[str, tuple[float, float]] = field(default_factory=dict)

    def line(self, start: int, end: int, lane: str) -> str:
        """The path from one node's box to another's, in their lane, with its arrow's end."""
        a, b = self.spots[start], self.spots[end]
        if a.y == b.y and a.x < b.x and b.x - (a.x + a.width) <= GAP + 1:
            return f"M{a.x + a.width:.1f} {a.y + BOX / 2:.1f}H{b.x:.1f}"
        left, right = self.lanes[lane]
        down = b.y > a.y or (a.y == b.y)
        if a.y == b.y:  # over the row
            return f"M{a.middle:.1f} {a.y:.1f}V{a.y - GAP / 2:.1f}H{b.middle:.1f}V{b.y:.1f}"
        leave = a.y + BOX + GAP / 2 if down else a.y - GAP / 2
        arrive = b.y - GAP / 2 if down else b.y + BOX + GAP / 2
        start_y, end_y = (a.y + BOX, b.y) if down else (a.y, b.y + BOX)
        if abs(leave - arrive) < 1:
            return f"M{a.middle:.1f} {start_y:.1f}V{leave:.1f}H{b.middle:.1f}V{end_y:.1f}"
        side = left + _GUTTER / 2 if down else right - _GUTTER / 2
        return f"M{a.middle:.1f} {start_y:.1f}V{leave:.1f}H{side:.1f}V{arrive:.1f}H{b.middle:.1f}V{end_y:.1f}"

    def to_device(self, node: int) -> str:
        """From a box of the call's lane down to the device."""
        spot, side = self.spots[node], self.lanes["call"][0] + _GUTTER / 2
        return f"M{spot.middle:.1f} {spot.y + BOX:.1f}v{GAP / 2:.1f}H{side:.1f}V{self.device:.1f}"

    def from_device(self, node: int, lane: str) -> str:
        """From the device up to the box where its interrupt begins."""
        spot, side = self.spots[node], self.lanes[lane][1] - _GUTTER / 2
        under = spot.y + BOX + GAP / 2
        return f"M{side:.1f} {self.device:.1f}V{under:.1f}H{spot.middle:.1f}V{spot.y + BOX:.1f}"

    def later(self, start: int, end: int) -> str:
        """From a box to the one in the next lane where its work is done later."""
        a, b = self.spots[start], self.spots[end]
        side = b.x - _GUTTER - _GUTTER / 2
        return f"M{a.x + a.width:.1f} {a.y + BOX / 2:.1f}H{side:.1f}V{b.y + BOX / 2:.1f}H{b.x:.1f}"

    def waking(self, waker: int, sleeper: int, lane: str) -> str:
        """From the box where the process is woken back to where it sleeps."""
        if lane == "call":
            return self.line(waker, sleeper, lane)
        a, b, side = self.spots[waker], self.spots[sleeper], self.lanes["call"][1] - _GUTTER / 2
        return f"M{a.middle:.1f} {a.y:.1f}V{a.y - GAP / 2:.1f}H{side:.1f}V{b.y - GAP / 2:.1f}H{b.middle:.1f}V{b.y:.1f}"


def places(nodes: Nodes) -> Places:
    """Lay out all nodes, once, for every step."""
    made = Places()
    call, other = _LANE[len(nodes.lanes)]
    x = _LABEL
    for lane in nodes.lanes:
        made.lanes[lane] = (x, x + (call if lane == "call" else other))
        x = made.lanes[lane][1]
    made.width = x + 2
    y = TOP
    for band in nodes.bands:
        bottom = y + GAP
        for lane in nodes.lanes:
            here = [n for n, node in enumerate(nodes.nodes) if (node.band, node.lane) == (band, lane)]
            bottom = max(bottom, _place(made, nodes, here, lane, y + GAP))
        made.bands[band] = (y, bottom)
        y = bottom
    made.device = y + GAP
    made.height = made.device + DEVICE + 4 if nodes.device else y + 4
    return made


def _place(made: Places, nodes: Nodes, here: Sequence[int], lane: str, top: float) -> float:
    """Boxes in rows, squares below them; gives back where this ends. The interrupt's way goes up, so its rows do."""
    left, right = (edge + sign * _GUTTER for edge, sign in zip(made.lanes[lane], (1, -1), strict=True))
    rows: list[list[tuple[int, str, float]]] = []
    x = right + 1
    for number in here:
        node = nodes.nodes[number]
        if not node.named:
            continue
        text = fitted(node.name, _NAME)
        width = _wide(text)
        if x + width > right:
            rows.append([])
            x = left
        rows[-1].append((number, text, x))
        x += width + GAP
    y, end = top, x
    for row in rows if lane == "call" else reversed(rows):
        for number, text, x in row:
            made.spots[number] = Spot(x, y, _wide(text), text)
        y += BOX + GAP
    squares = [number for number in here if not nodes.nodes[number].named]
    if rows and end + len(squares) * PITCH <= right:  # beside the last boxes
        beside = made.spots[rows[-1][0][0]].y + (BOX - SQUARE) / 2
        for place, number in enumerate(squares):
            made.spots[number] = Spot(end + place * PITCH, beside, SQUARE, "")
        return y
    across = max(1, int((right - left + PITCH - SQUARE) // PITCH))
    for place, number in enumerate(squares):
        made.spots[number] = Spot(left + place % across * PITCH, y + place // across * PITCH, SQUARE, "")
    return y + (PITCH * -(-len(squares) // across) + 4 if squares else 0)


def _wide(text: str) -> float:
    return max(54.0, len(text) * CHAR + 14)
