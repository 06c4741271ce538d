"""The picture of a kernel path at every step, with its twin in lines of text. Pure: a path in, a `Scene` out."""

from __future__ import annotations

from labkit.decode.kernel_story import SIDES
from labkit.draw.film import Key, Lines, Scene
from labkit.draw.kernel_path.drawing import Drawing
from labkit.draw.kernel_path.nodes import Nodes, nodes
from labkit.model import CallGraph

_LEGEND = (
    "Above the dashed line, the system-call line, is the program; below it the kernel, a band for each layer, down "
    "to the device. A box is a function that the kernel entered, rounded: an event it noted; a small square is "
    "another function of that layer, which says its name when it is pointed at. A line leads from a function to one "
    "that was called inside it. Pale is what comes later; a thick edge: entered and not returned; coloured: this "
    "step. Hatched: the process is asleep; the dashed arrow wakes it. What an interrupt and deferred work do stands "
    "in lanes of their own: in the lecture's words the bottom half, the system call's side the top half. Order and "
    "structure are real, times are not shown: under the tracer, in an emulated machine, they would say nothing. "
    "Click on a box to go to its first step."
)


def path(graph: CallGraph) -> Scene:
    """The picture, laid out once for all steps."""
    known = nodes(graph)
    drawing, twin = Drawing(known), Lines()
    keys: list[Key] = [("program",), ("now",), ("inside",)]
    keys += [(band, lane) for band in known.bands for lane in known.lanes]
    twin.declare(keys)
    seen: dict[int, None] = {}
    for number in range(len(graph.steps)):
        drawing.step(number)
        seen.setdefault(known.of[number])
        twin.step(number, _lines(known, drawing, number, seen))
    film = drawing.end()
    return Scene("path", "path", film, twin.end(film.title, len(graph.steps)), _LEGEND)


def _lines(known: Nodes, drawing: Drawing, number: int, seen: dict[int, None]) -> dict[Key, str]:
    node = known.nodes[known.of[number]]
    inside = [known.nodes[one].name for one in known.open[number] if known.nodes[one].named]
    lines: dict[Key, str] = {
        ("program",): drawing.doing(number),
        ("now",): f"now: {known.graph.steps[number].name} ({node.band}, {SIDES[node.lane]})",
    }
    if inside:
        lines["inside",] = "inside of: " + " > ".join(inside[-6:])
    for band in known.bands:
        for lane in known.lanes:
            here = [one for one in seen if (known.nodes[one].band, known.nodes[one].lane) == (band, lane)]
            if here:
                lines[band, lane] = _layer(known, here, band, lane)
    return lines


def _layer(known: Nodes, here: list[int], band: str, lane: str) -> str:
    """What has been come to in one layer on one side, in order."""
    named = [known.nodes[one].name for one in here if known.nodes[one].named]
    more = len(here) - len(named)
    words = [*named, *([f"{more} more"] if more else [])]
    return f"{band}{'' if lane == 'call' else f', {SIDES[lane]}'}: {', '.join(words)}"
