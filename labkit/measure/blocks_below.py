"""Three bytes read across a block's border, and the blocks that the page cache, the file system and the device use."""

from __future__ import annotations

from labkit.capture.block_device import device_below
from labkit.capture.on_storage import folder_on_storage
from labkit.capture.record import record
from labkit.decode.account import pairs
from labkit.decode.pages_after import file_after
from labkit.errors import LabkitError
from labkit.model import PAGE_SIZE, BlocksBelow

ASKED = 3  # bytes, by programs/blocks_below.c


def measure_blocks() -> BlocksBelow:
    """What reading three bytes of a file at 4,095 moved, `programs/blocks_below.c`, recorded.

    The file is on storage where this machine has a folder there. Takes a moment. Raises what `labkit.record` raises,
    and LabkitError if the program fails.
    """
    with folder_on_storage() as folder:
        recording = record("blocks_below", folder=folder)
        device = device_below(folder)
    if recording.status != 0:
        raise LabkitError(
            f"blocks_below ended with {recording.signal or f'status {recording.status}'}; record it to see"
        )
    read, *past = [event for event in recording.calls("pread64") if event.place.line is not None]
    forgotten = file_after(recording, recording.calls("fadvise64")[-1])
    held = file_after(recording, read)
    known = forgotten is not None and held is not None and forgotten.cached == 0 and held.cached
    return BlocksBelow(
        asked=ASKED,
        got=read.result or 0,
        page=PAGE_SIZE,
        brought=held.cached * PAGE_SIZE if known and held is not None and held.cached else None,
        st_blksize=int(pairs(recording.output())["st_blksize"]),
        device=None if device is None else device.logical_block,
        direct=next((event.errno or str(event.result) for event in past), "O_DIRECT is refused at open"),
        untold="" if known else "here the kernel kept the file in memory when asked to forget it",
        recording=recording,
    )
