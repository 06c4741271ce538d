"""`labkit.survival`: where a program's bytes were after each step, and what would be left of them; shows itself.

Decides nothing itself.
"""

from __future__ import annotations

from labkit.decode import survival as of_bytes
from labkit.draw.survival_grid import survival_grid
from labkit.model import Recording


class ShownSurvival(of_bytes.Survival):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(survival_grid(self))

    def _repr_html_(self) -> str:
        return survival_grid(self)._repr_html_()


def survival(recording: Recording, name: str) -> ShownSurvival:
    """Where the bytes that went to `name` are after each step of `recording`, and what three ends would leave of them.

    `name` is what pictures call the thing: the name of a file, "output pipe", "pipe A", or "stdout" for what that leads
    to. Counted are bytes in stdio's buffers, in the kernel, and on storage as far as fsync(2), fdatasync(2) or sync(2)
    made sure of it. Record with `lines=True`, so that each line is a step.

    It shows itself as a table. `.after("fflush")` is its row after the last line with these words, and
    `.after("fflush").kept("kill -9")` says what is left if the program is killed then: "nothing", "all of it", or how
    many bytes; other ends are "exit" and "power cut". LabkitError for a name that the recording does not have.
    """
    found = of_bytes.survival(recording, name)
    return ShownSurvival(found.name, found.kind, found.filesystem, found.named, found.moments, found.recording)
