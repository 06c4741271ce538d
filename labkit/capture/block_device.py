"""The block device below a file: its block size, and what it has been given so far, as sysfs tells.

Follows the kernel's Documentation/ABI/stable/sysfs-block. What it counts is of all programs together.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512  # bytes; sysfs counts in these whatever the device's own blocks are


@dataclass(frozen=True)
class Device:
    """A block device: its `logical_block` in bytes, and the write `requests` and written `sectors` since the start."""

    logical_block: int
    requests: int
    sectors: int


def device_below(path: Path) -> Device | None:
    """The device that the file or folder `path` is stored on; None where there is none to be seen (network, memory)."""
    number = path.stat().st_dev
    folder = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    try:
        written = [int(word) for word in (folder / "stat").read_text().split()]
        whole = folder if (folder / "queue").exists() else folder.resolve().parent  # a partition has no queue
        return Device(int((whole / "queue/logical_block_size").read_text()), written[4], written[6])
    except (OSError, ValueError, IndexError):
        return None
