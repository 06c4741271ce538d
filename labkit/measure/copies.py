"""Programs that should copy their standard input to their standard output, each run on the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.capture.build import build
from labkit.capture.run import run
from labkit.decode.arrived import arrived
from labkit.decode.verdict import ending
from labkit.model import Arrived, Copies, Program


def measure_copies(data: str | bytes, programs: Sequence[str | Program]) -> Copies:
    """A row for each of `programs` on `data`; what came out is compared byte by byte. Raises what `run` raises."""
    given = data.encode() if isinstance(data, str) else data
    rows = []
    for program in programs:
        built = program if isinstance(program, Program) else build(program)
        done = run(built, stdin=given)
        came = done.output()
        rows.append(Arrived(built.name, len(given), len(came), arrived(given, came), ending(done)))
    return Copies(tuple(rows))
