"""What a mode of fopen(3) did, read from a recording of `programs/fopen_modes.c`: flags, offsets, sizes, errno.

Pure; what the program prints is not looked at.
"""

from __future__ import annotations

from labkit.decode.replay import replay
from labkit.model import Event, Inode, ModeFacts, OpenFile, Recording

FILE = "letters"  # the name the program opens
_OPENING = ("open", "openat", "openat2")


def fopen_facts(recording: Recording, mode: str, existing: bool) -> ModeFacts:
    """The facts of one mode on a file that was there when the program began, or was not; LookupError if it opened none.

    `existing` is what cannot be seen in a recording: O_CREAT makes a file only where there is none (open(2)).
    """
    opened = next((event for event in recording.calls(*_OPENING) if event.argument("path") == FILE), None)
    if opened is None or opened.end is None:
        raise LookupError("the program opened no file")
    flags = next(argument.text for argument in opened.args if argument.name == "flags")
    if opened.errno:
        return ModeFacts(mode, existing, opened.errno, flags, recording=recording)
    assert opened.result is not None
    after = [event for event in recording.calls() if event.begin > opened.begin and _fd(event) == opened.result]
    returned = max([event.end or 0 for event in after if event.place.via[:1] == ("fopen",)], default=opened.end)
    reads, writes = ([e for e in after if e.call == call and not e.errno and e.end is not None] for call in _TRANSFERS)
    return ModeFacts(
        mode,
        existing,
        flags=flags,
        created=not existing,
        truncated=existing and _behind(recording, opened.result, opened.pid, opened.end)[1].size == 0,
        first=_behind(recording, opened.result, opened.pid, returned)[0].offset,
        may_read=bool(reads),
        may_write=bool(writes),
        lands=_lands(recording, writes[-1]) if writes else "",
        recording=recording,
    )


_TRANSFERS = ("read", "write")


def _lands(recording: Recording, event: Event) -> str:
    """Where the bytes of a write went: the offset it left, less what it wrote, against the file's size before it."""
    fd, end = _fd(event), event.end
    assert fd is not None and end is not None and event.result is not None
    size = _behind(recording, fd, event.pid, event.begin)[1].size
    offset = _behind(recording, fd, event.pid, end)[0].offset
    at = None if offset is None else offset - event.result
    return {0: "at the start", size: "at the end"}.get(at, f"at {at}")


def _behind(recording: Recording, fd: int, pid: int, moment: int) -> tuple[OpenFile, Inode]:
    """The open file description and the inode that `fd` leads to at a moment."""
    state = replay(recording).at(moment)
    open_file = state.open_files[state.fds(pid)[fd].open_file]
    return open_file, state.inodes[open_file.inode]


def _fd(event: Event) -> int | None:
    """The descriptor a call is about: its first argument, where that is one."""
    if event.args and event.args[0].kind == "fd" and isinstance(event.args[0].value, int):
        return event.args[0].value
    return None
