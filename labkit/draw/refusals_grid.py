"""System calls that the kernel refused, as a table: with which error, and how far each had come. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.decode.errnos import name_of
from labkit.decode.kernel_rules import OWN, folded, points
from labkit.decode.provenance import notes
from labkit.draw.grid import Cell, Grid
from labkit.model import CallGraph

_CHECKS = ("vfs_read", "vfs_write", "rw_verify_area")


def refusals(*graphs: CallGraph) -> Grid:
    """A row for each of `graphs`: its arguments, what it returned, and which functions it reached."""
    head = ("read of", "returned", *_asked(graphs), "the file's own read")
    return Grid("How far the read came", head, tuple(_row(graph, _asked(graphs)) for graph in graphs), notes(graphs))


def _asked(graphs: Sequence[CallGraph]) -> tuple[str, ...]:
    reached = {name for graph in graphs for name in graph.functions()}
    return tuple(name for name in _CHECKS if name in reached)


def _row(graph: CallGraph, names: Sequence[str]) -> tuple[Cell, ...]:
    result = name_of(-graph.result) if graph.result < 0 else f"{graph.result:,} bytes"
    reached = graph.functions()
    own = [
        step.name
        for step, point, why in zip(graph.steps, points(graph), folded(graph), strict=True)
        if point is OWN and not why
    ]
    return (
        Cell(" ".join(graph.args) or graph.program),
        Cell(result, refused=graph.result < 0),
        *(Cell("entered" if name in reached else "–") for name in names),
        Cell(own[0] if own else "–"),
    )
