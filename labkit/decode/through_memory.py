"""How much of a file came into a program's own memory: what its reads of it brought. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

from labkit.decode.replay import replay
from labkit.model import Event, Recording

_READING = ("read", "pread64", "readv", "preadv", "preadv2")


def through_memory(recording: Recording, file: str) -> str:
    """How many bytes of `file` (a name without folders) reads brought into memory: "0", "53".

    What sendfile(2), splice(2) or copy_file_range(2) moves stays in the kernel. Reading by a mapping is not seen.
    """
    return f"{sum(event.result or 0 for event in recording.calls(*_READING) if _of(recording, event, file)):,}"


def _of(recording: Recording, event: Event, file: str) -> bool:
    """Whether the call was about a descriptor that leads to `file`."""
    state = replay(recording).at(event.begin)
    process = state.processes.get(event.pid)
    fd = next((argument.value for argument in event.args if argument.kind == "fd"), None)
    if process is None or not isinstance(fd, int) or (row := state.tables.get(process.table, {}).get(fd)) is None:
        return False
    inode = state.inodes[state.open_files[row.open_file].inode]
    return inode.kind == "file" and PurePosixPath(inode.path).name == file
