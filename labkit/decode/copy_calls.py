"""How many system calls a copy took, counted in a recording of `programs/timed_*.c`. Pure."""

from __future__ import annotations

from collections.abc import Collection

from labkit.model import Inode, Recording

TO = "copy"  # the name of every copy
_NOT_COPYING = ("close", "fstat", "newfstatat")  # once a file, however it is copied


def copy_calls(recording: Recording, names: Collection[str]) -> dict[str, int]:
    """For each file of `names` that was copied, the calls made on it and on its copy: read, write, lseek, fsync.

    One copy is made after another; of a file that is copied again, the last copy counts.
    """
    counts: dict[str, int] = {}
    name, fds = "", set[int | None]()
    for event in recording.calls():
        if event.call in ("open", "openat") and not event.errno:
            path = str(event.argument("path"))
            if path in names:
                name, fds = path, {event.result}
                counts[name] = 0
            elif path == TO and name:
                fds.add(event.result)
        elif event.args and event.args[0].kind == "fd" and event.args[0].value in fds:
            counts[name] += event.call not in _NOT_COPYING
    return counts


def filesystem(recording: Recording) -> str:
    """The type of the file system the copy was on, as the kernel names it; "" where not known."""
    inodes = (change.value for event in recording.events for change in event.changes if change.what == "inodes")
    return next((i.fs for i in inodes if isinstance(i, Inode) and i.fs and i.path.endswith(f"/{TO}")), "")
