"""`labkit.call_costs()`: how long single calls took, as a value that shows itself. Measures nothing itself."""

from __future__ import annotations

from labkit.draw.measured_calls_grid import measured_calls_grid
from labkit.measure.calls import measure_calls
from labkit.model import CallCosts


class ShownCallCosts(CallCosts):
    """Shows itself as a table in a notebook; as text by what is the same each time."""

    def __repr__(self) -> str:
        return repr(measured_calls_grid(self))

    def __str__(self) -> str:
        return str(measured_calls_grid(self))

    def _repr_html_(self) -> str:
        return measured_calls_grid(self)._repr_html_()


def call_costs() -> ShownCallCosts:
    """How long one fputc, getppid, write, read, and write with fsync take on this machine, measured now at full speed.

    It shows itself as a table. `call_costs()["write"].nanoseconds` is one of its numbers, and `.longer("write",
    "fputc")` says whether the first takes more than 10 times as long. Takes less than a second. LabkitError if the
    calls cannot be made here.
    """
    costs = measure_calls()
    return ShownCallCosts(costs.costs, costs.filesystem)
