"""Tries to lay out a graph with boxes of a given size, as the diagrams need it (Graphviz inside pygraphviz)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pygraphviz

from labkit.probe.entry import NotWorking

POINTS_AN_INCH = 72
WIDTH, HEIGHT = 120, 40


def place_boxes(home: Path) -> str:
    """Lay out two joined boxes: they keep their size and do not overlap, and the picture is SVG."""
    graph = pygraphviz.AGraph(name="g", directed=True)
    size = {"width": WIDTH / POINTS_AN_INCH, "height": HEIGHT / POINTS_AN_INCH, "fixedsize": "true", "shape": "box"}
    for node in ("descriptor", "inode"):
        graph.add_node(node, **size)
    graph.add_edge("descriptor", "inode")
    graph.layout(prog="dot")
    upper, lower = (graph.get_node(name).attr for name in ("descriptor", "inode"))
    apart = float(upper["pos"].split(",")[1]) - float(lower["pos"].split(",")[1])
    kept = [round(float(node["width"]) * POINTS_AN_INCH) for node in (upper, lower)] == [WIDTH, WIDTH]
    drawn = graph.draw(format="svg")
    if apart < HEIGHT or not kept or b"<svg" not in drawn:
        raise NotWorking(
            f"two boxes {HEIGHT} pt high were laid {apart:g} pt apart, sizes {'kept' if kept else 'changed'}"
        )
    return f"pygraphviz {version('pygraphviz')} placed boxes of a given size and drew them"
