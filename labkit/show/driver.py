"""`labkit.driver`: the course's driver, whole or part by part, as it is read in a notebook."""

from __future__ import annotations

from labkit.decode.c_parts import part
from labkit.draw.listing import Listing, draw_listing
from labkit.kernel_box.module import DRIVER


def driver(*names: str) -> Listing:
    """The highlighted source of /dev/lab's driver, or of what defines `names`; its `source` is the text.

    Raises LabkitError for a name that it does not define.
    """
    source = (DRIVER / "lab.c").read_text().expandtabs(4)  # the kernel's eight are too wide for a notebook
    parts = dict.fromkeys(part(source, name) for name in names)
    return draw_listing(f"lab.c: {', '.join(names)}" if names else "lab.c", "\n\n".join(parts) or source)
