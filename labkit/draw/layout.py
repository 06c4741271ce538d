"""Where boxes go: Graphviz lays out boxes whose sizes are given. Knows nothing of what is in them.

Graphviz comes as a library with the pygraphviz wheels, so no `dot` program is needed and every machine has the same
version. It never measures text: labkit sizes every box itself, so fonts cannot change a picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_POINTS = 72.0  # Graphviz counts sizes in inches, positions in points


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes by name, in pixels from the top left, and the `width` and `height` of it all."""

    centres: dict[str, tuple[float, float]]
    width: float
    height: float


def lay_out(
    sizes: Mapping[str, tuple[float, float]],
    edges: Iterable[tuple[str, str] | tuple[str, str, int]],
    *,
    direction: str = "TB",
    apart: float = 40.0,
    ranks_apart: float = 60.0,
    same_rank: Iterable[Iterable[str]] = (),
    in_order: Sequence[str] = (),
    beside: Iterable[tuple[str, str]] = (),
    ports: Mapping[str, int] | None = None,
) -> Layout:
    """Lay out boxes of the given `sizes` (width, height in pixels) joined by `edges`, in layers (dot).

    `direction` is Graphviz's rankdir; boxes are at least `apart` pixels apart within a layer, layers `ranks_apart`.
    The boxes of each group in `same_rank` share a layer; those `in_order` stand in this order within theirs; each pair
    of `beside`, in one layer, near each other. A box with `ports` has so many side by side; an edge (tail, head, port)
    leaves from one, so that few edges cross.
    """
    import pygraphviz  # noqa: PLC0415  # 50 ms that only pictures with boxes need

    graph = pygraphviz.AGraph(directed=True, rankdir=direction, nodesep=apart / _POINTS, ranksep=ranks_apart / _POINTS)
    for name, (width, height) in sizes.items():
        size = {"fixedsize": "true", "width": width / _POINTS, "height": height / _POINTS}
        cells = "".join(f'<TD PORT="p{port}"></TD>' for port in range((ports or {}).get(name, 0)))
        # An HTML-like label, because a box of Graphviz's own with ports, a record, cannot have a neighbour `in_order`.
        graph.add_node(name, shape="box", label=f"<<TABLE><TR>{cells}</TR></TABLE>>" if cells else "", **size)
    for tail, head, *port in edges:
        graph.add_edge(tail, head, **({"tailport": f"p{port[0]}:s"} if port else {}))
    for tail, head in [*pairwise(in_order), *beside]:
        graph.add_edge(tail, head, style="invis")
    for group in same_rank:
        graph.add_subgraph(list(group), rank="same")
    graph.layout(prog="dot")
    left, bottom, right, top = map(float, graph.graph_attr["bb"].split(","))
    centres = {}
    for name in sizes:
        x, y = map(float, graph.get_node(name).attr["pos"].rstrip("!").split(","))
        centres[name] = (x - left, top - y)  # Graphviz counts y upwards
    return Layout(centres, right - left, top - bottom)
