"""How long one call takes: a byte into a stream's buffer, a system call, a write, a read, a write that is made safe."""

from __future__ import annotations

from labkit.capture.run import run
from labkit.decode.filesystems import name_of
from labkit.decode.verdict import verdict
from labkit.errors import LabkitError
from labkit.model import CallCost, CallCosts

_DOES = {
    "fputc": "a byte into the buffer of a stream; every 4,096th empties it",
    "getppid": "a system call with next to nothing to do",
    "read": "a byte from the page cache",
    "write": "a byte into the page cache",
    "write, fsync": "a byte into the page cache, and from there to storage",
}
_SECONDS = 30.0


def measure_calls() -> CallCosts:
    """The cost of each of the calls that `programs/timed_calls.c` times, in a folder for temporary files.

    Takes less than a second. Raises LabkitError when the program cannot do its calls, and what `labkit.run` raises.
    """
    timed = run("timed_calls", seconds=_SECONDS)
    if timed.status != 0:
        said = timed.output(2).decode(errors="replace").strip()
        raise LabkitError(f"The calls could not be timed. {verdict(timed)} {said}".strip())
    return read_costs(timed.output())


def read_costs(said: bytes) -> CallCosts:
    """The costs, from the lines of the program.

    >>> costs = read_costs(b"on: ef53\\nfputc: 8192 ns for 4096\\n")
    >>> costs["fputc"].nanoseconds, costs.filesystem
    (2.0, 'ext4')
    """
    where, costs = "", []
    for line in said.decode().splitlines():
        call, _, told = line.partition(": ")
        if call == "on":
            where = name_of(int(told, 16))
            continue
        nanoseconds, _, count = told.partition(" ns for ")
        costs.append(CallCost(call, _DOES[call], int(nanoseconds) / int(count), int(count)))
    return CallCosts(tuple(costs), where)
