"""How many system calls a copy took, counted in a recording of `programs/timed_*.c`. Pure."""

from __future__ import annotations

from labkit.model import Inode, Recording

FROM, TO = "from", "copy"  # the names the programs open
_NOT_COPYING = ("close", "fstat", "newfstatat")  # once a file, however it is copied


def copy_calls(recording: Recording) -> int:
    """The calls made on the two files between their opening and their closing: read, write, lseek, fsync.

    LookupError if the program did not open them.
    """
    opened = [event for event in recording.calls("open", "openat") if event.argument("path") in (FROM, TO)]
    fds = {event.result for event in opened if not event.errno}
    if len(fds) != 2:
        raise LookupError("the program did not open its two files")
    first = max(event.begin for event in opened)
    return sum(
        event.begin > first and event.args[0].value in fds and event.call not in _NOT_COPYING
        for event in recording.calls()
        if event.args and event.args[0].kind == "fd"
    )


def filesystem(recording: Recording) -> str:
    """The type of the file system the copy was on, as the kernel names it; "" where not known."""
    inodes = (change.value for event in recording.events for change in event.changes if change.what == "inodes")
    return next((i.fs for i in inodes if isinstance(i, Inode) and i.fs and i.path.endswith(f"/{TO}")), "")
