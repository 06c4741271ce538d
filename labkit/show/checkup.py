"""`labkit.doctor()`: the report on this machine as it shows itself in a notebook. Decides nothing and tries nothing."""

from __future__ import annotations

from typing import Any

from labkit.draw.checkup_html import checkup_html
from labkit.draw.checkup_text import checkup_text
from labkit.model import Report
from labkit.probe.examine import examine


class Checkup(Report):
    """A report that shows itself: a table in a notebook and in `print`, one stable line where only text is kept."""

    def __str__(self) -> str:
        return checkup_text(self)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return checkup_html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.summary())


def doctor(*names: str) -> Checkup:
    """What this machine allows, found by trying it: everything the course needs, or only `names`.

    Takes a second or two, changes nothing and leaves nothing running. `doctor()["ptrace"].works` answers one question.
    LabkitError for a name it does not know.
    """
    return Checkup(examine(*names).probes)
