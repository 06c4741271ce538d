"""What copying a file costs, against the size of the buffer: time at full speed, system calls from recordings."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.capture.run import run
from labkit.decode.account import pairs
from labkit.decode.copy_calls import copy_calls, filesystem
from labkit.decode.verdict import verdict
from labkit.errors import LabkitError
from labkit.model import CopyCost, CopyCosts, Program, Recording, Run

WAYS = {"fgetc, fputc": "timed_chars", "fread, fwrite": "timed_blocks", "read, write": "timed_descriptors"}
SIZES = tuple(4**power for power in range(11))  # 1 B to 1 MiB
_LEAST, _USUAL, _MOST = 32 << 10, 512 << 10, 2 << 20  # bytes copied to time a copy
_SYNCED = 128 << 10  # the same for every size: fsync(2) costs by the call, not by the byte
_BLOCKS = 128  # buffers full that are copied to count the calls
_TRIES, _MORE_TRIES = 3, 15  # the shortest is kept; more of those that take only moments
_SYNCED_TRIES = 5  # of a copy that waits for storage each time
_MOMENTS = 5_000  # system calls
_SECONDS = 30.0  # for all the copies of one way


def measure_copying(
    *, sync: bool = False, sizes: Sequence[int] = SIZES, ways: Sequence[str] = tuple(WAYS)
) -> CopyCosts:
    """The cost of each of the three ways with buffers of each of `sizes` bytes, the files in the page cache.

    With `sync`, each copy ends with fsync(2), so that storage has its bytes; then all copies are of the same 128 KiB,
    which does not fill larger buffers. Every time is the shortest of several, and not under the recorder. Takes a few
    seconds with all sizes. Raises LabkitError for a size that is no buffer and a way that there is not, and what
    `labkit.run` and `labkit.record` raise.
    """
    if not ways or not set(ways) <= set(WAYS):
        raise LabkitError(f"Ways to copy are: {'; '.join(WAYS)}. Asked for: {'; '.join(ways) or 'none'}.")
    if not sizes or min(sizes) < 1 or max(sizes) > SIZES[-1]:
        raise LabkitError(f"Buffers have 1 to {SIZES[-1]:,} bytes; asked for: {', '.join(map(str, sizes)) or 'none'}.")
    chosen = sorted(set(sizes))
    costs: list[CopyCost] = []
    where, recordings = "", []
    for way in ways:
        program = build(WAYS[way])
        timed, counted = _timed(program, chosen, sync), _counted(program, chosen, sync)
        costs += _costs(way, chosen, sync, timed, counted)
        where = filesystem(counted)
        recordings.append(counted)
    return CopyCosts(tuple(costs), sync, where, tuple(recordings))


def amount(size: int, sync: bool) -> int:
    """How many bytes are copied to time a copy with buffers of `size` bytes.

    >>> [amount(size, False) for size in (1, 4, 4096, 1 << 20)], amount(1, True)
    ([32768, 131072, 524288, 2097152], 131072)
    """
    return _SYNCED if sync else max(min(_LEAST * size, _USUAL), min(2 * size, _MOST))


def tries(size: int, sync: bool) -> int:
    """How often a copy is timed.

    >>> tries(1, False), tries(4096, False), tries(4096, True)
    (3, 15, 5)
    """
    if 2 * amount(size, sync) // size > _MOMENTS:
        return _TRIES
    return _SYNCED_TRIES if sync else _MORE_TRIES


def _rounds(sizes: Sequence[int], sync: bool) -> list[int]:
    """The sizes as often as each is tried, one after another, so that a busy moment does not hit all tries of one.

    >>> _rounds([1, 65536], False)[:8]
    [1, 65536, 1, 65536, 1, 65536, 65536, 65536]
    """
    return [size for turn in range(_MORE_TRIES) for size in sizes if turn < tries(size, sync)]


def _counting(size: int, sync: bool) -> int:
    """How many bytes are copied to count the calls: under the recorder, each call takes longer."""
    return min(amount(size, sync), _BLOCKS * size)


def _timed(program: Program, sizes: Sequence[int], sync: bool) -> Run:
    files = {str(size): bytes(amount(size, sync)) for size in sizes}
    return run(program, _arguments(sync, _rounds(sizes, sync)), files=files, seconds=_SECONDS)


def _counted(program: Program, sizes: Sequence[int], sync: bool) -> Recording:
    files = {str(size): bytes(_counting(size, sync)) for size in sizes}
    return record(program, _arguments(sync, sizes), files=files, data_limit=16, seconds=_SECONDS)


def _arguments(sync: bool, sizes: Sequence[int]) -> list[str]:
    return ["fsync" if sync else "cached", *map(str, sizes)]


def _costs(way: str, sizes: Sequence[int], sync: bool, timed: Run, counted: Recording) -> list[CopyCost]:
    untold = [] if timed.status == 0 else [f"not timed: {verdict(timed).rstrip('.')}"]
    if counted.status != 0:
        untold.append(f"not counted: the recorded copy ended with {counted.signal or f'status {counted.status}'}")
    seconds = _shortest(timed.output()) if timed.status == 0 else {}
    calls = copy_calls(counted, {str(size) for size in sizes}) if counted.status == 0 else {}
    return [
        CopyCost(
            way=way,
            size=size,
            timed=amount(size, sync),
            tries=tries(size, sync),
            seconds=seconds.get(size),
            counted=_counting(size, sync),
            calls=calls.get(str(size)),
            untold="; ".join(untold),
        )
        for size in sizes
    ]


def _shortest(said: bytes) -> dict[int, float]:
    """The shortest time of each size, in seconds, from the lines `size: time ns` of a program.

    >>> _shortest(b"1: 3000 ns\\n1: 2000 ns\\n4: 500 ns\\n")
    {1: 2e-06, 4: 5e-07}
    """
    times: dict[int, float] = {}
    for line in said.splitlines():
        for size, time in pairs(line).items():
            times[int(size)] = min(times.get(int(size), float("inf")), int(time.removesuffix(" ns")) / 1e9)
    return times
