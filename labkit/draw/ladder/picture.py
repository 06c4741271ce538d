"""The ladder of a recording as a picture: `labkit.ladder`. Pure."""

from __future__ import annotations

from dataclasses import replace

from labkit.decode.inferred_segments import inferred_segments
from labkit.decode.provenance import elsewhere
from labkit.decode.tcp_connections import connections
from labkit.decode.text import one_line
from labkit.draw.ladder.sheet import MOST, Sheet, legend, row_line, wire
from labkit.draw.picture import Picture
from labkit.errors import LabkitError
from labkit.model import Recording


def ladder(recording: Recording, connection: int | None = None) -> Picture:
    """The TCP connections of `recording` as ladders: both programs' calls, the segments between, the state of each end.

    `connection` is the number of one, from 1 in the order they were opened; without it the first three are drawn, one
    below another. Segments that were not captured are inferred (`labkit.decode.inferred_segments`), and the picture
    says so. Raises LabkitError if there is no such connection, or none at all.
    """
    if not recording.wire:
        recording = replace(recording, segments=inferred_segments(recording), wire="inferred")
    found = connections(recording)
    called = one_line(recording.title)
    if not found:
        raise LabkitError(f"{called} opened no TCP connection, so that there is nothing to draw.")
    if connection is not None and not 1 <= connection <= len(found):
        raise LabkitError(f"There is no connection {connection}: {called} has 1 to {len(found)}.")
    sheet = Sheet(recording, found[:MOST] if connection is None else (found[connection - 1],))
    lines = [f"{sheet.title}, {wire(recording)}"]
    for drawn in sheet.drawn:
        lines += [f"  {drawn.heading}", *(f"    {row_line(recording, drawn.made, row)}" for row in drawn.rows)]
    text = "\n".join([*lines, *sheet.rest])
    finished = sheet.canvas.finish(sheet.height, sheet.title, text, legend(recording))
    return replace(finished, where=elsewhere([recording]))
