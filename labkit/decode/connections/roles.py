"""What each socket of a recording is in the end: a listening one, one end of a connection (with which other), or alone.

Pure. The whole recording is looked at once, so that a socket has its place in a picture from the moment it is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labkit.decode.connections.addresses import plain, serves
from labkit.decode.once import once
from labkit.decode.replay import replay
from labkit.model import Change, Event, Inode, Recording, Socket, State

FAMILIES = ("AF_INET", "AF_INET6", "AF_UNIX")


@dataclass(frozen=True)
class Roles:
    """By inode: `pair` the key of its connection, `right` those made by accept, `listening` those that ever listen.

    `members` are the inodes of each connection; `protocols` what each socket speaks.
    """

    pair: dict[int, int]
    members: dict[int, tuple[int, ...]]
    right: frozenset[int]
    listening: frozenset[int]
    protocols: dict[int, str]


def sockets(changes: Iterable[Change]) -> Iterable[tuple[int, Socket]]:
    """The sockets that these changes tell of, with their inodes."""
    for change in changes:
        socket = change.value.socket if isinstance(change.value, Inode) else None
        if socket is not None and socket.family in FAMILIES:
            yield change.key[0], socket


def protocol(socket: Socket) -> str:
    """What it speaks, in a word or two.

    >>> protocol(Socket("AF_INET", "SOCK_STREAM")), protocol(Socket("AF_UNIX", "SOCK_DGRAM"))
    ('TCP', 'UNIX datagrams')
    """
    if socket.family == "AF_UNIX":
        return {"SOCK_STREAM": "UNIX stream", "SOCK_DGRAM": "UNIX datagrams"}.get(socket.type, "UNIX packets")
    return {"SOCK_STREAM": "TCP", "SOCK_DGRAM": "UDP"}.get(socket.type, socket.type)


@once
def roles(recording: Recording) -> Roles:
    """The roles of all sockets of the internet and of UNIX, but those with which a library function asks others."""
    found = _Found()
    found.take(recording.start)
    for event in recording.events:
        found.take(event.entered)
        found.take(event.changes)
        if event.call == "socket" and len(event.place.via) > 1:
            found.aside |= {number for number, _ in sockets(event.changes)}
    walked = replay(recording).walk() if any(event.call == "connect" for event in recording.events) else ()
    for step, before, _ in walked:
        event = recording.events[step.event]
        if event.call == "connect":
            number = called(event, before)
            kind = found.protocols.get(number, "") if number is not None else ""
            # A UNIX socket that was refused is none: libc asks for name services that are not there.
            if number is not None and (kind == "TCP" or (kind == "UNIX stream" and not event.errno)):
                found.calling.add(number)
    return found.roles()


def called(event: Event, state: State) -> int | None:
    """The inode of the first descriptor among the arguments of a call, None if it leads nowhere."""
    fd = next((argument.value for argument in event.args if argument.kind == "fd"), None)
    row = state.fds(event.pid).get(fd) if isinstance(fd, int) and event.pid in state.processes else None
    opened = state.open_files.get(row.open_file) if row is not None else None
    return opened.inode if opened is not None else None


class _Found:
    def __init__(self) -> None:
        self.protocols: dict[int, str] = {}
        self.listening: dict[int, str] = {}  # → its own address
        self.connected: dict[int, tuple[str, str]] = {}  # → its own address and its peer's
        self.peers: dict[int, int] = {}
        self.ends: dict[tuple[str, str], int] = {}
        self.calling: set[int] = set()
        self.aside: set[int] = set()  # made by a library function for its own ends: getaddrinfo(3) asks name services

    def take(self, changes: Iterable[Change]) -> None:
        for number, socket in sockets(changes):
            self.protocols[number] = protocol(socket)
            if socket.backlog is not None:
                self.listening[number] = socket.local
            if socket.peer_inode is not None:
                self.peers[number] = socket.peer_inode
            if socket.local and socket.peer:
                self._addressed(number, plain(socket.local), plain(socket.peer))
            elif socket.peer or (socket.local and socket.peer_inode is not None):
                self.connected.setdefault(number, (socket.local, socket.peer))

    def _addressed(self, number: int, local: str, peer: str) -> None:
        """Two sockets whose addresses are each other's are one connection, in whatever families they have them."""
        if self.connected.get(number) == (local, peer):
            return
        self.connected[number] = (local, peer)
        if self.protocols[number] != "TCP":
            return
        self.ends[local, peer] = number
        other = self.ends.get((peer, local))
        if other is not None and other != number and other not in self.peers and number not in self.peers:
            self.peers[number], self.peers[other] = other, number

    def roles(self) -> Roles:
        for number in self.aside - self.listening.keys() - self.peers.keys():
            if self.protocols[number] != "TCP":
                for known in (self.protocols, self.connected):
                    known.pop(number, None)
                self.calling.discard(number)
        right = {
            number
            for number, (local, _) in self.connected.items()
            if number not in self.listening and any(serves(own, local) for own in self.listening.values())
        }
        pair: dict[int, int] = {}
        members: dict[int, tuple[int, ...]] = {}
        for number in sorted({*self.connected, *self.peers, *self.calling} - self.listening.keys()):
            if self.protocols.get(number, "") == "UDP" and number not in self.peers:
                continue
            other = self.peers.get(number)
            both = (number,) if other is None or other in self.listening else tuple(sorted({number, other}))
            pair[number] = both[0]
            members[both[0]] = both
        for both in members.values():
            if len(both) == 2 and not right & set(both):
                right.add(both[1])
        return Roles(pair, members, frozenset(right), frozenset(self.listening), self.protocols)
