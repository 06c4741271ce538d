"""What would be left of a program's bytes after each step, as a table. Pure; counts nothing itself."""

from __future__ import annotations

from labkit.decode.provenance import notes
from labkit.decode.survival import Survival, Whereabouts
from labkit.draw.grid import Cell, Grid
from labkit.draw.wording import many

_PLACES = {"file": "page cache", "pipe": "pipe, or read", "socket": "socket, or received"}
_HEAD = ("step", "after", "FILE buffer", "", "storage", "exit keeps", "kill -9 keeps", "power cut keeps")


def survival_grid(survival: Survival) -> Grid:
    """A row for each step at which bytes moved: where they are, and how many are certain to be left after three ends.

    >>> moment = Whereabouts(30, "12: fflush(f);", 0, 13, 0, dirty=1)
    >>> print(survival_grid(Survival("diary", "file", "ext4", False, (moment,))))
    Where the bytes of diary are, and how many are certain to be left
      step  after           FILE buffer        page cache  storage  exit keeps  kill -9 keeps  power cut keeps
      30    12: fflush(f);            0  13, 1 page dirty        0          13             13                0
    diary is on ext4. The kernel may write dirty pages to storage at any time; only fsync makes sure.
    """
    head = [*_HEAD]
    head[3] = _PLACES.get(survival.kind, "kernel, or beyond")
    return Grid(
        f"Where the bytes of {survival.name} are, and how many are certain to be left",
        tuple(head),
        tuple(_row(moment) for moment in survival),
        (*_notes(survival), *notes([survival.recording])),
        right=frozenset(range(2, len(head))),
    )


def _row(moment: Whereabouts) -> tuple[Cell, ...]:
    kernel = f"{moment.kernel:,}"
    if moment.kernel and moment.dirty is not None:
        kernel += f", {many(moment.dirty, 'page')} dirty"
    kept = (moment.left("exit"), moment.left("kill -9"), moment.left("power cut"))
    where = (Cell(f"{moment.step}"), Cell(moment.after), Cell(f"{moment.buffer:,}"), Cell(kernel))
    ends = (Cell(f"{left:,}", refused=left < moment.total) for left in kept)
    return (*where, Cell(f"{moment.storage:,}"), *ends)


def _notes(survival: Survival) -> list[str]:
    name = survival.name
    if survival.kind != "file":
        return [f"{name} is memory: what nobody has taken out of it is gone with the machine."]
    on = f"on {survival.filesystem}" if survival.filesystem else "on a file system that is not known"
    if survival.in_memory:
        return [f"{name} is {on}, which has no storage but memory: no call makes its bytes outlive the power."]
    said = [f"{name} is {on}. The kernel may write dirty pages to storage at any time; only fsync makes sure."]
    if survival.named:
        said.append("Its folder was not synced: if the file is new, its name is not certain to be there (fsync(2)).")
    return said
