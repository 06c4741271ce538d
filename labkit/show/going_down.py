"""`labkit.layers()`, `labkit.write_and_fsync()`, `labkit.blocks_below()`: measured values that show themselves.

Decides nothing and measures nothing itself.
"""

from __future__ import annotations

from dataclasses import fields

from labkit.draw.going_down import blocks_grid, layers_grid, writing_grid
from labkit.measure.blocks_below import measure_blocks
from labkit.measure.layers import measure_layers
from labkit.measure.writing_down import measure_writing
from labkit.model import BlocksBelow, Layers, WrittenDown


class ShownLayers(Layers):
    """Shows itself as a table."""

    def __repr__(self) -> str:
        return repr(layers_grid(self))

    def _repr_html_(self) -> str:
        return layers_grid(self)._repr_html_()


class ShownWriting(WrittenDown):
    """Shows itself as a table."""

    def stored(self, call: str) -> str:
        """How many of the file's pages storage had after `call`: "all", "none", "some"; "not known here" otherwise."""
        stage = self[call]
        if not stage.cached or stage.dirty is None:
            return "not known here"
        return {0: "all", stage.cached: "none"}.get(stage.dirty, "some")

    def __repr__(self) -> str:
        return repr(writing_grid(self))

    def _repr_html_(self) -> str:
        return writing_grid(self)._repr_html_()


class ShownBlocks(BlocksBelow):
    """Shows itself as a table."""

    def __repr__(self) -> str:
        return repr(blocks_grid(self))

    def _repr_html_(self) -> str:
        return blocks_grid(self)._repr_html_()


def layers(lines: int = 1000) -> ShownLayers:
    """The bytes of `lines` calls of fputs, counted at each layer down to the block device.

    `labkit.layers()["system calls"].units` is one of the counts. Takes about a second. LabkitError for less than a
    line.
    """
    measured = measure_layers(lines)
    return ShownLayers(measured.layers, measured.recording)


def write_and_fsync() -> ShownWriting:
    """64 KiB written and made durable: how long each call took, and which pages storage did not have after it.

    `.stored("write")` says it in a word. Takes about a second.
    """
    measured = measure_writing()
    return ShownWriting(measured.size, measured.stages, measured.filesystem, measured.recording)


def blocks_below() -> ShownBlocks:
    """Three bytes read from a file of which nothing is in memory, and the blocks that everything below works in."""
    measured = measure_blocks()
    return ShownBlocks(**{field.name: getattr(measured, field.name) for field in fields(measured)})
