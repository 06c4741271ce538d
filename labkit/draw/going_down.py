"""What was measured on the way down to storage, as tables. Pure."""

from __future__ import annotations

from labkit.decode.cost_findings import size_label
from labkit.decode.provenance import notes
from labkit.draw.grid import Cell, Grid, cells
from labkit.model import BlocksBelow, Layer, Layers, WrittenDown

_UNKNOWN = "?"


def layers_grid(layers: Layers) -> Grid:
    """A row for each layer, from the top down.

    >>> rows = Layer("C library", "fputs", 1000, 10000), Layer("block device", "request", None, None, "not shown here")
    >>> print(str(layers_grid(Layers(rows))))
    The same bytes, layer by layer
      layer         units  of what   bytes
      C library     1,000  fputs    10,000
      block device      ?  request       ?  not shown here
    """
    exact = [f"{layer.units:,} {layer.unit}" for layer in layers.layers[:2] if layer.units is not None]
    exactly = all(layer.exact for layer in layers.layers)
    shared = [] if exactly else ["The last row is what all programs gave to the device, the least of several runs."]
    return Grid(
        "The same bytes, layer by layer",
        ("layer", "units", "of what", "bytes", ""),
        tuple(map(_layer, layers.layers)),
        (*shared, *notes([layers.recording])),
        right=frozenset({1, 3}),
        steady=f"The same bytes, layer by layer: {', '.join(exact)}, …",
    )


def writing_grid(written: WrittenDown) -> Grid:
    """A row for each call: how long it took, and the pages of the file when it had returned."""
    rows = tuple(
        cells(stage.call, _time(stage.seconds), _count(stage.cached), _count(stage.dirty)) for stage in written.stages
    )
    where = f", on {written.filesystem}" if written.filesystem else ""
    return Grid(
        f"{size_label(written.size)} written, then made durable{where}",
        ("call", "took", "pages in the page cache", "dirty: not on storage"),
        rows,
        ("The times are the shortest of five runs at full speed.", *notes([written.recording])),
        right=frozenset({1, 2, 3}),
        steady=f"{size_label(written.size)} written, then made durable: time and dirty pages after each call",
    )


def blocks_grid(blocks: BlocksBelow) -> Grid:
    """What was asked for, and the units in which the layers below work."""
    brought = _UNKNOWN if blocks.brought is None else f"{blocks.brought:,}"
    direct = f"{blocks.direct} bytes" if blocks.direct.isdigit() else blocks.direct
    rows = (
        cells("the program asked for", f"{blocks.asked:,}", "the last byte of one block, two of the next"),
        cells("and got", f"{blocks.got:,}", ""),
        cells("the page cache was filled with", brought, f"in pages of {blocks.page:,}"),
        cells("st_blksize", f"{blocks.st_blksize:,}", "what stat calls a good size to ask for"),
        cells("the device's block", _UNKNOWN if blocks.device is None else f"{blocks.device:,}", "the least it moves"),
        (Cell("the same without page cache"), Cell(direct, not blocks.direct.isdigit()), Cell("O_DIRECT: no help")),
    )
    return Grid(
        "Three bytes, and the blocks below",
        ("", "bytes", ""),
        rows,
        (*([blocks.untold] if blocks.untold else []), *notes([blocks.recording])),
        right=frozenset({1}),
        steady=f"Three bytes, and the blocks below: {blocks.asked} asked for, {blocks.got} got, …",
    )


def _layer(layer: Layer) -> tuple[Cell, ...]:
    return cells(layer.name, _count(layer.units), layer.unit, _count(layer.bytes), layer.note)


def _count(count: int | None) -> str:
    return _UNKNOWN if count is None else f"{count:,}"


def _time(seconds: float | None) -> str:
    """A time in microseconds.

    >>> _time(4.6e-05), _time(None)
    ('46 µs', '?')
    """
    return _UNKNOWN if seconds is None else f"{seconds * 1e6:,.0f} µs"
