"""Which bytes wait in a pipe or a socket: what was written there and not yet read, by the calls of the recording.

The kernel tells only how many wait. Which ones is said only where the calls leave no doubt: all data kept, the order of
writes known, and every read got what was expected. Pure; the bytes of a datagram socket are not followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labkit.decode.transfers import Transfer, moves, transfers
from labkit.model import Event, Inode, State, Step

_KEPT = 1 << 20  # bytes remembered of one pipe; no pipe and no socket holds more without being told to (pipe(7))


@dataclass(slots=True)
class _Channel:
    """The bytes that lead to one inode: how many were written and read, and those not yet known to be read."""

    written: int = 0
    read: int = 0
    sent: bytearray = field(default_factory=bytearray)  # the last of the written ones
    unclear: int = 0  # bytes before this position are not known
    claims: list[tuple[int, bytes]] = field(default_factory=list)  # what was read, and from where
    reading: set[int] = field(default_factory=set)  # threads inside a read
    writing: dict[int, Transfer] = field(default_factory=dict)
    overlapped: set[int] = field(default_factory=set)  # threads inside a write, when another one returned
    received: bytearray = field(default_factory=bytearray)  # everything that was read
    received_whole: bool = True

    def write(self, tid: int, moved: Transfer) -> None:
        """A write returned; the order of writes that were under way together is not known."""
        together = bool(self.writing) or tid in self.overlapped
        self.overlapped |= self.writing.keys()
        self.overlapped.discard(tid)
        self.written += moved.size
        if together or not moved.whole:
            self.unclear = self.written
        self.sent += moved.data if moved.whole else bytes(moved.size)
        if len(self.sent) > 2 * _KEPT:
            del self.sent[:-_KEPT]
            self.unclear = max(self.unclear, self.written - _KEPT)

    def take(self, moved: Transfer) -> None:
        """A read returned."""
        if moved.whole:
            self.claims.append((self.read, moved.data))
        if moved.took:
            self.received += moved.data
            self.received_whole &= moved.whole and len(self.received) <= 8 * _KEPT
            self.read += moved.size

    def span(self, start: int, end: int, more: bytes = b"") -> bytes | None:
        """The written bytes from position `start` to `end`, with `more` behind; None where they are not known."""
        if start < self.unclear or end > self.written + len(more):
            return None
        first = self.written - len(self.sent)
        return bytes((bytes(self.sent[start - first :]) + more)[: end - start])

    def contradicted(self) -> bool:
        """Whether a read got other bytes than those written; those it cannot tell yet are kept for later."""
        later = []
        wrong = False
        for start, data in self.claims:
            if start + len(data) > self.written:
                later.append((start, data))
            else:
                expected = self.span(start, start + len(data))
                wrong |= expected is not None and expected != data
        self.claims = later
        return wrong


class Waiting:
    """The bytes that wait, step by step: `step` goes on, `bytes_in` tells.

    Made from all steps in advance, because what a read gets later says what waits now; `moved` is what `transfers`
    gives for each event.
    """

    def __init__(
        self,
        walked: Iterable[tuple[Step, State, State]],
        events: Sequence[Event],
        moved: Sequence[tuple[Transfer, ...]],
    ) -> None:
        self._events = events
        self._moved = moved
        self._channels: dict[int, _Channel] = {}
        self._inside: dict[int, list[tuple[int, bool]]] = {}  # thread → inodes it reads from and writes to
        self._doubtful: set[int] = set()
        for walk in walked:
            self.step(*walk)
        self._whole = self._channels
        for inode, channel in self._whole.items():
            if channel.written and (channel.contradicted() or channel.claims):
                self._doubtful.add(inode)
        self._channels = {}
        self._inside = {}

    def step(self, step: Step, before: State, after: State) -> None:
        """Go on by a step, from the state before it to the one after."""
        event = self._events[step.event]
        if event.kind == "exit":
            self._died(event.tid)
        if not moves(event):
            return
        if step.part == "enters":
            for moved in transfers(event, under_way=True):
                inode = _leads_to(after, event.pid, moved)
                if inode is not None:
                    self._enter(event.tid, inode, moved)
            return
        self._leave(event.tid)
        for moved in self._moved[event.index]:
            inode = _leads_to(before, event.pid, moved)
            if inode is None:
                inode = _leads_to(after, event.pid, moved)
            if inode is None:
                continue
            channel = self._channels.setdefault(inode, _Channel())
            if moved.into:
                channel.write(event.tid, moved)
            else:
                channel.take(moved)
            if channel.claims and channel.written and channel.contradicted():
                self._doubtful.add(inode)

    def bytes_in(self, inode: Inode) -> bytes | None:
        """The bytes that wait in `inode` now, `inode.queue` of them; None where the recording does not tell."""
        count = inode.queue
        if not count:
            return None if count is None else b""
        channel, whole = self._channels.get(inode.id), self._whole.get(inode.id)
        if whole is None or inode.id in self._doubtful or _in_packets(inode):
            return None
        channel = channel or _Channel()
        if not whole.written:  # somebody outside writes: what is read later waits now
            known = whole.received_whole and not channel.reading
            ahead = bytes(whole.received[channel.read : channel.read + count])
            return ahead if known and len(ahead) == count else None
        return self._between(inode, channel, count, bool(whole.read))

    def taken_outside(self, inode: Inode) -> int | None:
        """How many bytes somebody outside the recording has taken from `inode` so far; None where nobody can tell."""
        channel = self._channels.get(inode.id)
        if inode.kind != "pipe" or inode.queue is None or channel is None or channel.writing or channel.read:
            return None
        return max(0, channel.written - inode.queue) or None

    def _between(self, inode: Inode, channel: _Channel, count: int, read_inside: bool) -> bytes | None:
        if (read_inside or inode.kind == "socket") and not channel.reading:
            if len(channel.writing) > 1:
                return None
            if not channel.writing and inode.kind == "pipe" and count != channel.written - channel.read:
                return None
            more = next((moved.data for moved in channel.writing.values()), b"")
            return channel.span(channel.read, channel.read + count, more)
        start = channel.written - count
        if channel.writing or inode.kind == "socket" or start < channel.read:
            return None
        return channel.span(start, channel.written)

    def _enter(self, tid: int, inode: int, moved: Transfer) -> None:
        channel = self._channels.setdefault(inode, _Channel())
        if moved.into:
            channel.writing[tid] = moved
        else:
            channel.reading.add(tid)
        self._inside.setdefault(tid, []).append((inode, moved.into))

    def _leave(self, tid: int) -> list[tuple[int, bool]]:
        left = self._inside.pop(tid, [])
        for inode, _ in left:
            self._channels[inode].writing.pop(tid, None)
            self._channels[inode].reading.discard(tid)
        return left

    def _died(self, tid: int) -> None:
        """How much of its write the kernel had taken is not known."""
        self._doubtful |= {inode for inode, into in self._leave(tid) if into}


def _leads_to(state: State, pid: int, moved: Transfer) -> int | None:
    """The pipe or socket in which the bytes of this call wait, or waited; what goes to a terminal does not wait."""
    if pid not in state.processes:
        return None
    row = state.fds(pid).get(moved.fd)
    opened = state.open_files.get(row.open_file) if row else None
    inode = state.inodes.get(opened.inode) if opened else None
    if inode is None or inode.kind not in ("pipe", "socket", "terminal"):
        return None
    if not moved.into:
        return inode.id
    if inode.kind == "socket":
        return inode.socket.peer_inode if inode.socket is not None and not _in_packets(inode) else None
    return inode.id if inode.kind == "pipe" else None


def _in_packets(inode: Inode) -> bool:
    """Whether what is waiting keeps the boundaries of what was sent: then the queue's length is that of one message."""
    return inode.kind == "socket" and (inode.socket is None or "STREAM" not in inode.socket.type)
