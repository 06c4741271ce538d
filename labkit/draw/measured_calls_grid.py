"""The measured costs of single calls as a table. Pure."""

from __future__ import annotations

from labkit.decode.filesystems import IN_MEMORY
from labkit.draw.cost_grid import significant
from labkit.draw.grid import Grid, cells
from labkit.model import CallCosts


def measured_calls_grid(costs: CallCosts) -> Grid:
    """A row a call: what it does, its time, and the time as a multiple of the first one's."""
    first = costs.costs[0]
    rows = (
        (cost.call, cost.does, significant(cost.nanoseconds), significant(cost.nanoseconds / first.nanoseconds))
        for cost in costs
    )
    where = f"{costs.filesystem} has no storage but memory: fsync has nothing to wait for."
    memory = (where,) if costs.filesystem in IN_MEMORY else ()
    return Grid(
        f"How long one takes here{f', on {costs.filesystem}' if costs.filesystem else ''}",
        ("call", "what it does", "nanoseconds", f"times {first.call}"),
        tuple(cells(*row) for row in rows),
        ("Each is the shortest of 40 rounds, at full speed.", *memory),
        right=frozenset({2, 3}),
        steady=f"How long one takes: {', '.join(cost.call for cost in costs)}",
    )
