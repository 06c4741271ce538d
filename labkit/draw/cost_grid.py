"""The measured costs of copying as tables: what is the same each time, and all the numbers. Pure."""

from __future__ import annotations

from labkit.decode.cost_findings import findings, longest, size_label
from labkit.decode.provenance import notes
from labkit.draw.grid import Grid, cells
from labkit.model import CopyCost, CopyCosts

KIB = 1 << 10


def calls_grid(costs: CopyCosts) -> Grid:
    """The system calls for each KiB copied, a row a buffer size, a column a way; below, what the times show.

    >>> made = CopyCosts((CopyCost("read, write", 1, 100, 3, 0.1, 128, 257),))
    >>> print(calls_grid(made))
    Copying through buffers of several sizes: system calls for each KiB copied
      buffer  read, write
      1 B           2,100
    """
    caption = "Copying through buffers of several sizes: system calls for each KiB copied"
    rows = tuple(
        cells(size_label(size), *(_calls(costs[way, size]) for way in costs.ways if _has(costs, way, size)))
        for size in costs.sizes
    )
    notes = (
        *(["Each copy ended with fsync, which is one call more."] if costs.sync else []),
        *findings(costs),
        *_where(costs),
    )
    return Grid(caption, ("buffer", *costs.ways), rows, notes, right=frozenset(range(1, len(costs.ways) + 1)))


def numbers_grid(costs: CopyCosts) -> Grid:
    """Every number behind the chart: of each copy its time and its system calls, and of how many bytes."""
    head = ("way", "buffer", "ns a byte", "shortest of", "bytes timed", "calls a byte", "calls", "bytes counted")
    where = f", on {costs.filesystem}" if costs.filesystem else ""
    ended = "each ended with fsync" if costs.sync else "the files in the page cache"
    return Grid(
        f"What copying cost here: {ended}{where}",
        head,
        tuple(cells(*_numbers(cost)) for cost in costs),
        tuple(note for note in (longest(costs), *_untold(costs), *_where(costs)) if note),
        right=frozenset(range(1, len(head))),
        steady=f"Time and system calls for each byte ({len(costs.costs)} measured)",
    )


def significant(value: float) -> str:
    """Two digits that matter, thousands set apart, no exponent.

    >>> [significant(value) for value in (2056.0, 31.4, 8.0, 0.0314, 0.0)]
    ['2,100', '31', '8.0', '0.031', '0']
    """
    if value == 0:
        return "0"
    if value >= 9.95:
        rounded = float(f"{value:.1e}")
        return f"{rounded:,.0f}"
    digits = next(n for n in range(1, 20) if value * 10 ** (n - 1) >= 0.995)
    return f"{value:.{digits}f}"


def _untold(costs: CopyCosts) -> list[str]:
    return [f"{cost.way}, {size_label(cost.size)}: {cost.untold}" for cost in costs if cost.untold]


def _where(costs: CopyCosts) -> tuple[str, ...]:
    return tuple(f"System calls: {note}" for note in notes(costs.recordings))


def _has(costs: CopyCosts, way: str, size: int) -> bool:
    return any((cost.way, cost.size) == (way, size) for cost in costs)


def _calls(cost: CopyCost) -> str:
    return "?" if cost.calls_a_byte is None else significant(cost.calls_a_byte * KIB)


def _numbers(cost: CopyCost) -> list[str]:
    return [
        cost.way,
        size_label(cost.size),
        "?" if cost.nanoseconds_a_byte is None else significant(cost.nanoseconds_a_byte),
        f"{cost.tries} tries",
        f"{cost.timed:,}",
        "?" if cost.calls_a_byte is None else f"{cost.calls_a_byte:.2g}",
        "?" if cost.calls is None else f"{cost.calls:,}",
        f"{cost.counted:,}",
    ]
