"""How a command in the box ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """A command in the box has ended: its exit `status`, or minus the signal; `late` if its time was over."""

    status: int
    late: bool
    output: bytes

    @property
    def text(self) -> str:
        """What it printed, as text."""
        return self.output.decode(errors="replace")
