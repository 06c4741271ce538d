"""`labkit.fopen_table()`, `labkit.kinds_of_file()`, `labkit.copy_costs()`: measured values that show themselves.

Decides nothing and measures nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from labkit.decode.cost_findings import longer
from labkit.draw.cost_grid import calls_grid, numbers_grid
from labkit.draw.fopen_grid import fopen_grid
from labkit.draw.grid import Grid
from labkit.draw.kinds_grid import kinds_grid
from labkit.measure.copying import SIZES, WAYS, measure_copying
from labkit.measure.fopen_modes import measure_fopen
from labkit.measure.kinds_of_file import measure_kinds
from labkit.model import CopyCosts, FopenTable, KindsOfFile
from labkit.show.unsteady import declared


class ShownFopenTable(FopenTable):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(fopen_grid(self))

    def _repr_html_(self) -> str:
        return fopen_grid(self)._repr_html_()


class ShownKinds(KindsOfFile):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(kinds_grid(self))

    def _repr_html_(self) -> str:
        return kinds_grid(self)._repr_html_()


class ShownCosts(CopyCosts):
    """Shows itself as a chart in a notebook; as text by what is the same each time. `numbers` are those behind it."""

    @property
    def numbers(self) -> Grid:
        """All the numbers, as a table."""
        return numbers_grid(self)

    def longer(self, way: str, small: int, large: int) -> str:
        """How much longer a byte takes with buffers of `small` bytes than with `large`, in powers of ten."""
        return longer(self[way, small], self[way, large])

    def __repr__(self) -> str:
        return str(calls_grid(self))

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        import matplotlib  # noqa: PLC0415  # only where a chart is shown

        from labkit.draw import chart, cost_chart  # noqa: PLC0415

        return cost_chart.cost_chart(self), declared((chart, cost_chart), matplotlib.__version__)


def fopen_table(*modes: str) -> ShownFopenTable:
    """What each of `modes` (default: r w a r+ w+ a+ rb) of fopen(3) does, found by recording it.

    A row for each mode on a file that exists and on a missing one: created? truncated? the first position, may it be
    read, may it be written, where do writes land. `fopen_table()["a", True].recording` is the run a row was read from.
    Takes about a second. LabkitError for a mode the C library refuses.
    """
    table = measure_fopen(*modes)
    return ShownFopenTable(table.rows, table.size)


def kinds_of_file() -> ShownKinds:
    """The same five calls tried on nine kinds of file, and what the kernel answered, found by recording them.

    `kinds_of_file()["directory"]["read"].errno` is one answer, `…["directory"].recording` the run it was read from. A
    kind that this machine does not allow is a row that says why. Takes about a second.
    """
    return ShownKinds(measure_kinds().kinds)


def copy_costs(*, sync: bool = False, sizes: Sequence[int] = SIZES, ways: Sequence[str] = tuple(WAYS)) -> ShownCosts:
    """What copying costs a byte, against the size of the buffer (1 B to 1 MiB): time, and system calls.

    Three ways, or those of `ways`: "fgetc, fputc", "fread, fwrite", "read, write". Times are the shortest of several
    runs at full speed, calls are counted in recordings. With `sync` each copy ends with fsync(2). Takes a few seconds.
    The value shows itself as a chart; `.numbers` is the table behind it, `["read, write", 4096].nanoseconds_a_byte`
    one of them, `.longer(way, 1, 4096)` roughly how much longer a byte takes with the first size than with the second.
    LabkitError for a size that is no buffer, or a way that there is not.
    """
    costs = measure_copying(sync=sync, sizes=sizes, ways=ways)
    return ShownCosts(costs.costs, costs.sync, costs.filesystem, costs.recordings)
