"""The calls that slept as a table: on what, where in the kernel, what ran meanwhile, who woke them. Pure."""

from __future__ import annotations

from labkit.decode.provenance import notes
from labkit.decode.sleeps import Sleep, sleeps
from labkit.decode.text import visible
from labkit.draw.grid import Cell, Grid, cells
from labkit.errors import LabkitError
from labkit.model import Recording

_HEAD = ("who", "asleep in", "waits for", "state", "sleeps in the kernel's", "what ran meanwhile", "woken by", "got")
_NOTES = ("State S: asleep, takes no processor (proc_pid_stat(5)). The function is the kernel's wchan.",)
_MOST = 6  # of what ran meanwhile


def waits(recording: Recording, *calls: str) -> Grid:
    """A row for each call of these names (none: all) that slept; LabkitError if none did."""
    found = sleeps(recording, *calls)
    if not found:
        raise LabkitError(f"No call of {recording.name} slept: {', '.join(calls) or 'any'}.")
    return Grid(
        f"Who slept in {visible(recording.title)}", _HEAD, tuple(map(_row, found)), (*_NOTES, *notes([recording]))
    )


def _row(sleep: Sleep) -> tuple[Cell, ...]:
    more = [f"… ({len(sleep.meanwhile)} steps)"] if len(sleep.meanwhile) > _MOST else []
    meanwhile = ", ".join([*sleep.meanwhile[:_MOST], *more]) or "nothing"
    woken = sleep.woken_by or ("time, or somebody outside" if sleep.ended else "nobody")
    where = sleep.function or "not told"
    return cells(sleep.who, sleep.call, sleep.on, sleep.state, where, meanwhile, woken, sleep.ended or "never")
