"""What copying a file costs, against the size of the buffer: time at full speed, system calls from recordings."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.capture.run import run
from labkit.decode.copy_calls import FROM, copy_calls, filesystem
from labkit.decode.verdict import verdict
from labkit.errors import LabkitError
from labkit.model import CopyCost, CopyCosts, Program, Recording, Run

WAYS = {"fgetc, fputc": "timed_chars", "fread, fwrite": "timed_blocks", "read, write": "timed_descriptors"}
SIZES = tuple(4**power for power in range(11))  # 1 B to 1 MiB
_LEAST, _USUAL, _MOST = 32 << 10, 512 << 10, 4 << 20  # bytes copied to time a copy
_SYNCED = 256 << 10  # the same for every size: fsync(2) costs by the call, not by the byte
_BLOCKS = 128  # buffers full that are copied to count the calls
_SLOW = 50_000  # so many system calls take long enough that two tries tell as much as four


def measure_copying(*, sync: bool = False, sizes: Sequence[int] = SIZES) -> CopyCosts:
    """The cost of each of the three ways with buffers of each of `sizes` bytes, the files in the page cache.

    With `sync`, each copy ends with fsync(2), so that storage has its bytes; then all copies are of the same 256 KiB,
    which larger buffers are not filled by. Every time is the shortest of several tries, and not under the recorder.
    Takes a few seconds with all sizes. Raises LabkitError for a size that is no buffer, and what `labkit.run` and
    `labkit.record` raise.
    """
    if not sizes or min(sizes) < 1 or max(sizes) > _MOST:
        raise LabkitError(f"Buffers have 1 to {_MOST:,} bytes; asked for: {', '.join(map(str, sizes)) or 'none'}.")
    costs = []
    recording = None
    for way, name in WAYS.items():
        program = build(name)
        for size in sorted(set(sizes)):
            recording = _counted(program, size, sync)
            costs.append(_cost(way, size, recording, _timed(program, size, sync), sync))
    assert recording is not None
    return CopyCosts(tuple(costs), sync, filesystem(recording))


def amount(size: int, sync: bool) -> int:
    """How many bytes are copied to time a copy with buffers of `size` bytes.

    >>> [amount(size, False) for size in (1, 4, 4096, 1 << 20)], amount(1, True)
    ([32768, 131072, 524288, 4194304], 262144)
    """
    return _SYNCED if sync else max(min(_LEAST * size, _USUAL), min(4 * size, _MOST))


def _tries(size: int, sync: bool) -> int:
    return 2 if 2 * amount(size, sync) // size > _SLOW else 4


def _counting(size: int, sync: bool) -> int:
    """How many bytes are copied to count the calls."""
    return min(amount(size, sync), _BLOCKS * size)


def _timed(program: Program, size: int, sync: bool) -> Run:
    files = {FROM: bytes(amount(size, sync))}
    return run(program, _arguments(size, _tries(size, sync), sync), files=files)


def _counted(program: Program, size: int, sync: bool) -> Recording:
    return record(program, _arguments(size, 1, sync), files={FROM: bytes(_counting(size, sync))}, data_limit=16)


def _arguments(size: int, tries: int, sync: bool) -> list[str]:
    return [str(size), str(tries), *(["fsync"] if sync else [])]


def _cost(way: str, size: int, recording: Recording, timed: Run, sync: bool) -> CopyCost:
    times = [int(line.split()[0]) for line in timed.output().splitlines() if line.endswith(b" ns")]
    untold = [] if timed.status == 0 and times else [f"not timed: {verdict(timed)}"]
    calls: int | None = None
    if recording.status == 0:
        calls = copy_calls(recording)
    else:
        untold.append(f"not counted: the recorded copy ended with status {recording.status}")
    return CopyCost(
        way=way,
        size=size,
        timed=amount(size, sync),
        tries=_tries(size, sync),
        seconds=min(times) / 1e9 if times and timed.status == 0 else None,
        counted=_counting(size, sync),
        calls=calls,
        untold="; ".join(untold),
    )
