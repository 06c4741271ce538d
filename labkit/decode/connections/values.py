"""What there is of connections at one step: ends, connections, listening sockets. Values only; knows nobody's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OPEN, QUEUED, TAKEN, INCOMPLETE, CLOSED, OUTSIDE = "open", "queued", "taken", "incomplete", "closed", "outside"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection, or a socket alone. `what` says in which way it is there:

    "open": descriptors lead to it, `inode` is its number. "queued": the kernel has completed the connection, and it
    waits in the listening socket's queue. "taken": out of the queue, by an accept that has not returned. "incomplete":
    asked for, not yet complete. "closed": no descriptor leads to it any more. "outside": not in the recording.

    `state` is the TCP state ("" where there is none or it is not known), `address` its own, `to` the one it asked
    connect for. `queue` bytes wait to be read, `unsent` are not acknowledged or taken yet; None where not known.
    `holders` are (process, descriptor), `sleepers` (thread, call).
    """

    what: str
    inode: int | None
    address: str
    state: str = ""
    queue: int | None = None
    unsent: int | None = None
    holders: tuple[tuple[int, int], ...] = ()
    sleepers: tuple[tuple[int, str], ...] = ()
    to: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """Two ends; `right` is the one made by accept, where one was. `key` is the id of the inode known first.

    `listener` is the inode of the listening socket it came through, None if there was none in the recording. An end is
    None while there is none: of a socket that is not yet connected, the other.
    """

    key: int
    protocol: str
    listener: int | None
    left: End | None
    right: End | None


@dataclass(frozen=True, slots=True)
class Listening:
    """A listening socket: `count` connections wait in its queue for accept, which has room for `limit` and one more.

    `waiting` are the keys of those in the recording, the next to be accepted first; `incomplete` those of connections
    that have been asked for and are not complete. The kernel is not asked for the number of those: others may be.
    """

    end: End
    protocol: str
    count: int
    limit: int
    waiting: tuple[int, ...]
    incomplete: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alone:
    """A socket that is no end of a connection in this recording and never listens: one for datagrams, one unused."""

    end: End
    protocol: str


@dataclass(frozen=True, slots=True)
class Connected:
    """Everything at one step, by key or inode; `acting` are the keys and inodes that the step changed or worked on."""

    connections: Mapping[int, Connection]
    listeners: Mapping[int, Listening]
    alone: Mapping[int, Alone]
    acting: frozenset[int]
