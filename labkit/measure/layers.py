"""The bytes of one program counted at each layer that they pass on their way down to storage."""

from __future__ import annotations

from pathlib import Path

from labkit.capture.block_device import SECTOR, Device, device_below
from labkit.capture.build import build
from labkit.capture.on_storage import folder_on_storage
from labkit.capture.record import record
from labkit.capture.run import run
from labkit.decode.account import pairs
from labkit.decode.pages_after import file_after
from labkit.errors import LabkitError
from labkit.model import PAGE_SIZE, Layer, Layers, Program, Recording

LINE = 10  # bytes of a line of programs/down.c
LIBRARY, KERNEL, CACHE, DEVICE = "C library", "system calls", "page cache", "block device"
_TRIES = 5  # of what other programs write, too, the least is kept
_HIDDEN = "this machine shows no block device below the file"
_MEMORY = "memory is all the storage that there is on tmpfs"
_UNTOLD = "here the kernel does not tell of dirty pages"


def measure_layers(lines: int = 1000) -> Layers:
    """`lines` calls of fputs, ten bytes each, then fflush and fsync (`programs/down.c`), from the top down.

    The program counts its own calls of the library, a recording the system calls and the pages, sysfs the requests to
    the device; those are of all programs, so that they are the least of several runs. Takes a second. Raises what
    `labkit.run` and `labkit.record` raise, and LabkitError if the program fails or `lines` is below 1.
    """
    if lines < 1:
        raise LabkitError(f"It takes a line at least to follow bytes down, not {lines}.")
    program = build("down")
    with folder_on_storage() as folder:
        recording = record(program, [str(lines)], folder=folder)
        if recording.status != 0:
            raise LabkitError(f"down ended with {recording.signal or f'status {recording.status}'}; record it to see")
        below = _least(program, lines, folder)
    calls = int(pairs(recording.output()).get("fputs", "0"))
    return Layers((Layer(LIBRARY, "fputs", calls, calls * LINE), *_in_kernel(recording), below), recording)


def _in_kernel(recording: Recording) -> tuple[Layer, Layer]:
    """The writes of the stream, and the pages they made dirty."""
    writes = [event for event in recording.calls("write") if event.place.line is not None and event.args[0].value != 1]
    moved = sum(event.result or 0 for event in writes)
    file = file_after(recording, writes[-1]) if writes else None
    dirty = file.dirty if file else None
    pages = dirty or None
    why = "" if pages else _MEMORY if file and file.fs == "tmpfs" else _UNTOLD
    size = None if pages is None else pages * PAGE_SIZE
    return Layer(KERNEL, "write", len(writes), moved), Layer(CACHE, "dirty page", pages, size, why)


def _least(program: Program, lines: int, folder: Path) -> Layer:
    """What reached the device during a run, as little as it can have been."""
    found: list[tuple[int, int]] = []
    for number in range(_TRIES):
        before = device_below(folder)
        ran = run(program, [str(lines), str(folder / f"lines{number}")])
        after = device_below(folder)
        if before is None or after is None or ran.status != 0:
            return Layer(DEVICE, "request", None, None, _HIDDEN, exact=False)
        found.append(_since(before, after))
    requests, sectors = min(found)
    return Layer(DEVICE, "request", requests, sectors * SECTOR, "the file system's own notes among them", exact=False)


def _since(before: Device, after: Device) -> tuple[int, int]:
    """The write requests and sectors from one look to the next.

    >>> _since(Device(512, 10, 80), Device(512, 12, 112))
    (2, 32)
    """
    return after.requests - before.requests, after.sectors - before.sectors
