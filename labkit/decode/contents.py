"""What is in regular files, as far as the calls of a recording tell: all that was written, or read, since it was known.

Pure. Said only while every change is known, and the length is the size that the kernel gives; what somebody outside
writes over, without changing the size, is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from labkit.decode.replay import step_changes
from labkit.decode.transfers import Transfer, moves
from labkit.model import Event, Inode, OpenFile, State, Step

_MOST = 1 << 18  # bytes followed of one file
_MAP_SHARED, _PROT_WRITE = 1, 2  # mmap(2): the program may then write without a call
_RESIZING = ("ftruncate", "truncate", "fallocate", "open", "openat", "openat2", "creat")


class Contents:
    """The contents of files, step by step: `step` goes on, `of` tells.

    `moved` is what `transfers` gives for each event.
    """

    def __init__(self, events: Sequence[Event], moved: Sequence[tuple[Transfer, ...]]) -> None:
        self._events = events
        self._moved = moved
        self._known: dict[int, bytearray] = {}
        self._mapped: set[int] = set()
        self._under_way: dict[int, tuple[int, ...]] = {}  # thread → inodes it is writing to

    def step(self, step: Step, before: State, after: State) -> None:
        """Go on by a step, from the state before it to the one after."""
        event = self._events[step.event]
        if moves(event):
            if step.part == "enters":
                self._enter(event, after)
            else:
                own = self._under_way.pop(event.tid, ())
                busy = {inode for others in self._under_way.values() for inode in others}
                for moved in self._moved[event.index]:
                    self._move(event, moved, before, after, own, busy)
        elif event.call == "mmap" and event.kind == "call":
            self._map(event, after)
        resizes = event.kind == "call" and event.call in _RESIZING
        for change in step_changes(event, step):
            if change.what == "inodes":
                if isinstance(change.value, Inode):
                    self._seen(change.value, resizes)
                else:
                    self._known.pop(change.key[0], None)
                    self._mapped.discard(change.key[0])

    def of(self, inode: Inode) -> bytes | None:
        """Every byte of the file, None where not all are known; of a long one its first and last 80."""
        known = self._known.get(inode.id)
        if known is None or len(known) != inode.size:
            return None
        return bytes(known) if len(known) <= 160 else bytes(known[:80] + known[-80:])

    def _seen(self, inode: Inode, resizes: bool) -> None:
        if inode.kind not in ("file", "memfd") or inode.size is None or inode.id in self._mapped:
            return
        known = self._known.get(inode.id)
        if inode.size == 0:
            self._known[inode.id] = bytearray()
        elif known is not None and len(known) != inode.size:
            if resizes and inode.size <= _MOST:
                del known[inode.size :]
                known.extend(bytes(inode.size - len(known)))
            else:
                del self._known[inode.id]

    def _enter(self, event: Event, state: State) -> None:
        args = [argument.value for argument in event.args if argument.kind == "fd"]
        inodes = tuple(found[0].id for fd in args if isinstance(fd, int) and (found := _file(state, event.pid, fd)))
        self._under_way[event.tid] = inodes

    def _move(
        self, event: Event, moved: Transfer, before: State, after: State, own: tuple[int, ...], busy: set[int]
    ) -> None:
        found = _file(after, event.pid, moved.fd) or _file(before, event.pid, moved.fd)
        if found is None or found[0].id in self._mapped:
            return
        inode, opened = found
        start = moved.at
        if start is None:
            start = None if opened.offset is None else opened.offset - moved.size
        elif moved.into and "O_APPEND" in opened.flags.split("|"):  # pwrite(2), BUGS: Linux appends nevertheless
            start = None if inode.size is None else inode.size - moved.size
        known = self._known.get(inode.id)
        if start is None or start < 0 or not moved.whole or (inode.id in busy and own):
            if moved.into:
                self._known.pop(inode.id, None)
            return
        if not moved.into:
            if start == 0 and moved.size == inode.size and inode.size <= _MOST:
                self._known[inode.id] = bytearray(moved.data)
            elif known is not None and bytes(known[start : start + moved.size]) != moved.data:
                del self._known[inode.id]
        elif known is not None:
            if start + moved.size > _MOST:
                del self._known[inode.id]
                return
            known.extend(bytes(max(0, start - len(known))))  # lseek(2): a hole reads as zeros
            known[start : start + moved.size] = moved.data

    def _map(self, event: Event, state: State) -> None:
        given = {argument.name: argument.value for argument in event.args}
        flags, protection, fd = given.get("flags"), given.get("prot"), given.get("fd")
        if not (isinstance(flags, int) and isinstance(protection, int) and isinstance(fd, int)):
            return
        found = _file(state, event.pid, fd)
        if found is not None and flags & _MAP_SHARED and protection & _PROT_WRITE:
            self._mapped.add(found[0].id)
            self._known.pop(found[0].id, None)


def _file(state: State, pid: int, fd: int) -> tuple[Inode, OpenFile] | None:
    """The file that a descriptor leads to, and its open file description."""
    if pid not in state.processes:
        return None
    row = state.fds(pid).get(fd)
    opened = state.open_files.get(row.open_file) if row is not None else None
    inode = state.inodes.get(opened.inode) if opened is not None else None
    if opened is None or inode is None or inode.kind not in ("file", "memfd"):
        return None
    return inode, opened
