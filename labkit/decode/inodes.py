"""What the kernel said about one descriptor, as values of the model: which kind of object, its queue, its socket.

A pure translation of one `RawFd`; knows nothing of who shares it, of processes or of calls.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from labkit.decode.flags import names
from labkit.decode.sockaddr import short
from labkit.model import Inode, Socket

if TYPE_CHECKING:
    from labkit.capture.rawlog import RawFd

# Major numbers of terminals: 4 tty*, 5 /dev/tty and console, 136…143 pts (Documentation/admin-guide/devices.txt).
_TERMINALS = frozenset((4, 5, *range(136, 144)))
_ANONYMOUS = {"eventpoll": "epoll"}
_LISTEN = 10  # TCP_LISTEN


def kind_of(raw: RawFd) -> str:
    """What a descriptor leads to: "file", "dir", "pipe", "socket", "terminal", "device", "memfd", "epoll", …"""
    if raw.link.startswith("anon_inode:"):
        name = raw.link.removeprefix("anon_inode:").strip("[]")
        return _ANONYMOUS.get(name, name)
    if raw.link.startswith("pipe:"):
        return "pipe"
    if raw.link.startswith("socket:"):
        return "socket"
    if raw.link.startswith("pidfd:"):
        return "pidfd"
    if raw.mode is None:
        return "file" if raw.link.startswith("/") else "unknown"
    kind = stat.S_IFMT(raw.mode)
    if kind == stat.S_IFREG:
        return "memfd" if raw.link.startswith("/memfd:") else "file"
    if kind == stat.S_IFDIR:
        return "dir"
    if kind == stat.S_IFIFO:
        return "pipe"
    if kind == stat.S_IFSOCK:
        return "socket"
    if kind == stat.S_IFCHR and raw.rdev is not None and (raw.rdev >> 8 & 0xFFF) in _TERMINALS:
        return "terminal"
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        return "device"
    return "unknown"


def has_offset(kind: str) -> bool:
    """Whether reading and writing move an offset: not so in a stream of bytes or of events."""
    return kind in ("file", "dir", "memfd", "device")


def identity(raw: RawFd, kind: str) -> tuple[int, int] | None:
    """What tells its inode from all others alive; None where the kernel lends one inode to many objects (eventfd…)."""
    if raw.ino is None or raw.link.startswith("anon_inode:"):
        return None
    return (raw.dev or 0, raw.ino)


def inode_of(raw: RawFd, kind: str, number: int) -> Inode:
    """The inode behind a descriptor, seen for the first time; it gets the id `number`."""
    fresh = Inode(
        number, kind, raw.link, raw.ino or 0, raw.dev or 0, socket=_socket(raw, None) if kind == "socket" else None
    )
    return refreshed(fresh, raw)


def refreshed(inode: Inode, raw: RawFd) -> Inode:
    """The inode with what the kernel says of it now; facts it does not say stay as they were."""
    size, queue = inode.size, inode.queue
    if raw.size is not None and inode.kind in ("file", "memfd", "dir"):
        size = raw.size
    if raw.queue is not None and inode.kind in ("pipe", "socket", "terminal"):
        queue = raw.queue
    capacity = inode.capacity if raw.capacity is None else raw.capacity
    socket = _socket(raw, inode.socket) if inode.kind == "socket" else None
    if (size, queue, capacity, socket) == (inode.size, inode.queue, inode.capacity, inode.socket):
        return inode
    # Written out: dataclasses.replace costs four times as much, and this is done at every read and write.
    return Inode(
        inode.id, inode.kind, inode.path, inode.ino, inode.dev, size, queue, capacity, socket,
        inode.cached, inode.dirty, inode.writeback, inode.fs,
    )  # fmt: skip


def _socket(raw: RawFd, before: Socket | None) -> Socket | None:
    if raw.sodomain is None and before is None:
        return None
    if raw.sodomain is None or raw.sotype is None:
        return before
    listening = raw.tcp_state == _LISTEN
    state = names("tcpstate", raw.tcp_state) if raw.tcp_state else ""
    if not state and raw.backlog is not None:
        state, listening = "LISTEN", True
    return Socket(
        family=names("domain", raw.sodomain),
        type=names("socktype", raw.sotype & 0xF),
        state=state,
        local=short(raw.local) if raw.local is not None else before.local if before else "",
        peer=short(raw.peer) if raw.peer is not None else before.peer if before else "",
        unsent=None if listening else raw.outqueue,
        backlog=(raw.accept_queue, raw.backlog) if raw.accept_queue is not None and raw.backlog is not None else None,
        peer_inode=before.peer_inode if before else None,
    )
