"""What the kernel had of a file in its page cache just after a call on it. Pure."""

from __future__ import annotations

from labkit.decode.replay import replay
from labkit.decode.wakings import inode_of
from labkit.model import Event, Inode, Recording, State


def file_after(recording: Recording, event: Event) -> Inode | None:
    """The inode behind the descriptor that `event` is given, as it was when the call had returned; None if none is."""
    if event.end is None or not event.args or event.args[0].kind != "fd":
        return None
    state: State = replay(recording).at(event.end)
    number = inode_of(state, event.tid, int(str(event.args[0].value)))
    return None if number is None else state.inodes.get(number)
