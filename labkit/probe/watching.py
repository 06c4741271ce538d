"""Tries to be told of changes in a folder (inotify(7))."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from labkit.probe.entry import NotWorking
from labkit.probe.kernel import checked, libc

IN_CREATE = 0x100


def notice_a_new_file(home: Path) -> str:
    """Watch a folder, make a file in it, and read its name from the kernel."""
    watcher = checked("inotify_init1", libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    checked("inotify_add_watch", libc.inotify_add_watch(watcher, os.fsencode(home), IN_CREATE))
    (home / "new.txt").touch()
    event = os.read(watcher, 4096)
    kind, length = struct.unpack_from("@4xI4xI", event)
    name = event[16 : 16 + length].rstrip(b"\0")
    if (kind, name) != (IN_CREATE, b"new.txt"):
        raise NotWorking(f"made new.txt in a watched folder, and the event was {event!r}")
    return "the kernel told of a new file by name"
