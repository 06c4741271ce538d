"""A structure of the kernel as a table: its members, by the kernel's own account. Pure."""

from __future__ import annotations

from labkit.decode.provenance import notes
from labkit.draw.grid import Grid, cells
from labkit.model import Layout


def layout_grid(layout: Layout, *names: str) -> Grid:
    """A row for each member, or for those of `names`, in their order in memory.

    >>> from labkit.model import Member
    >>> print(layout_grid(Layout("file", 232, (Member("f_pos", 104, 8, "loff_t"),)), "f_pos"))
    struct file, 232 bytes
      offset  type    member
         104  loff_t  f_pos
    """
    chosen = [member for member in layout.members if not names or member.name in names]
    rows = tuple(cells(f"{member.offset:,}", member.type, member.name) for member in chosen)
    caption = f"struct {layout.name}, {layout.size:,} bytes"
    return Grid(caption, ("offset", "type", "member"), rows, notes([layout]), frozenset({0}))
