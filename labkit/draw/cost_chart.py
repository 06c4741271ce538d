"""The measured costs of copying as a chart: time a byte and system calls a byte, against the size of the buffer."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from labkit.decode.cost_findings import size_label
from labkit.decode.provenance import elsewhere
from labkit.draw.chart import SERIES, look, panels, png
from labkit.model import CopyCost, CopyCosts

_LABELS = 6  # of buffer sizes below the axis: more run into each other


def cost_chart(costs: CopyCosts) -> bytes:
    """A PNG, both axes logarithmic; a cost that could not be had is a gap in its line."""
    with look():
        figure, (times, calls) = panels(2)
        _panel(times, costs, lambda cost: cost.nanoseconds_a_byte)
        _panel(calls, costs, lambda cost: cost.calls_a_byte)
        times.set_title(f"Nanoseconds a byte, {'with fsync' if costs.sync else 'cached'}")
        calls.set_title(f"System calls a byte{', recorded elsewhere' if elsewhere(costs.recordings) else ''}")
        calls.legend(loc="upper right")  # where no line ever is: calls grow fewer
        return png(figure)


def _panel(axes: Axes, costs: CopyCosts, value: Callable[[CopyCost], float | None]) -> None:
    for way, (colour, marker, line) in zip(costs.ways, SERIES, strict=False):
        points = [(cost.size, value(cost)) for cost in costs if cost.way == way]
        sizes = [size for size, _ in points]
        values = [float("nan") if known is None else known for _, known in points]
        axes.plot(sizes, values, color=colour, marker=marker, linestyle=line, label=way)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    if all(value(cost) is None for cost in costs):
        axes.set_ylim(0.1, 10)  # an empty panel has no scale of its own
    axes.set_xlabel("size of the buffer")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: plain(number)))
    axes.xaxis.set_minor_locator(NullLocator())
    step = -(-len(costs.sizes) // _LABELS)
    axes.set_xticks(costs.sizes[::step], [size_label(size) for size in costs.sizes[::step]])


def plain(number: float) -> str:
    """A power of ten without an exponent.

    >>> plain(1000.0), plain(1.0), plain(0.00001)
    ('1,000', '1', '0.00001')
    """
    return f"{number:,.9f}".rstrip("0").rstrip(".")
