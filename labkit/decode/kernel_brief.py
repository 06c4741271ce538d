"""A kernel path without what is folded at first: smaller, and the same each time. Pure.

How often a lock is taken or a clock is read on the way is chance; which points it comes to is not.
"""

from __future__ import annotations

from dataclasses import replace

from labkit.decode.kernel_rules import FOLDED, levels
from labkit.decode.kernel_tree import depths
from labkit.model import CallGraph


def shown_only(graph: CallGraph) -> CallGraph:
    """The steps of `graph` that are shown at first; each is as deep as the shown functions that it is inside of."""
    rows = zip(graph.steps, levels(graph), depths(graph), strict=True)
    return replace(graph, steps=tuple(replace(step, depth=depth) for step, level, depth in rows if level < FOLDED))
