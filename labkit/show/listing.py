"""`labkit.listing`: a C program of the course or of the learner's, as it is read in a notebook."""

from __future__ import annotations

from pathlib import Path

from labkit.capture.build import read_source
from labkit.draw.listing import Listing, draw_listing
from labkit.model import Program


def listing(program: Program | str | Path, *marked: str) -> Listing:
    """The highlighted source of `program` (as for `build`), the named places in `marked` set off.

    A place is a line that ends in `// step: name`. Raises LabkitError when there is no such program or place.
    """
    if isinstance(program, Program):
        return draw_listing(f"{program.name}.c", program.source, marked)
    text, name, _ = read_source(program)
    return draw_listing(f"{name}.c", text, marked)
