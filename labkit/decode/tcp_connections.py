"""The TCP connections of a recording: which segments are whose, who is client, and the state of both ends all along.

Pure. A connection is what a five-tuple stands for from one SYN to the next: a port used again is another connection.
The state of an end is what the kernel said of its socket, where the recorder asked; between, and when no descriptor
leads to the socket any more (TIME_WAIT), it follows from the segments by RFC 9293.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.decode.essential_segments import essential
from labkit.decode.inferred_segments import plain, segment_address
from labkit.decode.once import once
from labkit.decode.ports import split
from labkit.decode.replay import replay
from labkit.decode.tcp_machine import gets, sends
from labkit.decode.wakings import inode_of
from labkit.model import Change, Event, Inode, Recording, Segment

CLIENT, SERVER = "client", "server"


@dataclass(frozen=True, slots=True)
class Connection:
    """Connection `number`, counted from 1: `client` is the address that sent the first SYN, `server` the other one.

    `segments` are the numbers of its segments in `Recording.segments`; `first` are the numbers that the two ends began
    to count with, None where their SYN is not among them.
    """

    number: int
    client: str
    server: str
    segments: tuple[int, ...]
    first: tuple[int | None, int | None]

    def from_client(self, segment: Segment) -> bool:
        """Whether the client sent it."""
        return segment.source == self.client

    def relative(self, segment: Segment) -> tuple[int, int | None]:
        """Its numbers, counted from the SYN of the end that counts; the second is None without ACK.

        >>> syn = Segment(0.0, 0, "a:1", "b:2", ("SYN",), 7000, 0, 0)
        >>> both = Segment(0.0, 0, "b:2", "a:1", ("SYN", "ACK"), 9000, 7001, 0)
        >>> [Connection(1, "a:1", "b:2", (0, 1), (7000, 9000)).relative(one) for one in (syn, both)]
        [(0, None), (0, 1)]
        """
        own, other = self.first if self.from_client(segment) else self.first[::-1]
        acked = (segment.ack - (other or 0)) % 2**32 if "ACK" in segment.flags else None
        return (segment.seq - (own or 0)) % 2**32, acked


@dataclass(slots=True)
class Standing:
    """The `end` is in `state` from `moment` on: after `segment` (its number in the recording), or as the kernel said.

    `told`: the kernel named this state before it changed again; else it follows from RFC 9293.
    """

    moment: int
    end: str
    state: str
    segment: int | None = None
    told: bool = False


@dataclass(slots=True)
class _Group:
    client: str
    server: str
    segments: list[int] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, segment: Segment) -> None:
        self.segments.append(number)
        if "SYN" in segment.flags:
            self.first[segment.source] = segment.seq


@once
def connections(recording: Recording) -> tuple[Connection, ...]:
    """The connections, in the order of their first segments."""
    groups: list[_Group] = []
    latest: dict[frozenset[str], _Group] = {}
    for number, segment in enumerate(recording.segments):
        pair = frozenset((segment.source, segment.target))
        known = latest.get(pair)
        opens = "SYN" in segment.flags and "ACK" not in segment.flags
        # The same SYN, sent again; of what is inferred all count from 0, and nothing is sent again.
        again = known is not None and known.first.get(segment.source) == segment.seq and not segment.inferred
        if known is None or (opens and not again):
            ends = (segment.source, segment.target)
            client, server = ends[::-1] if "SYN" in segment.flags and not opens else ends
            known = latest[pair] = _Group(client, server)
            groups.append(known)
        known.add(number, segment)
    return tuple(
        Connection(
            number, one.client, one.server, tuple(one.segments), (one.first.get(one.client), one.first.get(one.server))
        )
        for number, one in enumerate(groups, 1)
    )


@dataclass(frozen=True, slots=True)
class Ends:
    """The inodes of a connection's sockets, None where no recorded process had one; `listener` waited for it."""

    client: int | None
    server: int | None
    listener: int | None


def ends(recording: Recording, connection: Connection) -> Ends:
    """Whose sockets the ends of `connection` are."""
    since, upto = _span(recording, connection)
    found: dict[str, int] = {}
    listener, closed = None, _closed(recording)
    for moment, inode in _sockets(recording):
        assert inode.socket is not None
        own, peer = plain(inode.socket.local), plain(inode.socket.peer)
        if inode.socket.state == "LISTEN":
            if moment <= since < closed.get(inode.id, since + 1) and _same_place(own, connection.server):
                listener = inode.id
        elif not since < moment <= upto:
            continue
        elif (own, peer) == (connection.client, connection.server):
            found.setdefault(CLIENT, inode.id)
        elif (own, peer) == (connection.server, connection.client) or (
            not peer and _accepted_then(recording, moment, inode, connection.server)
        ):
            found.setdefault(SERVER, inode.id)
    if CLIENT not in found and (asked := _asking(recording, connection)) is not None:
        found[CLIENT] = asked
    return Ends(found.get(CLIENT), found.get(SERVER), listener)


def standings(recording: Recording, connection: Connection, shown: tuple[int, ...] | None = None) -> list[Standing]:
    """Every change of state of both ends, in order; `shown` are the segments to go by, by default all of them.

    An end whose first state nobody told begins with its first segment.
    """
    numbers = connection.segments if shown is None else shown
    happened: list[tuple[int, int, object]] = [(recording.segments[number].moment, 1, number) for number in numbers] + [
        (moment, 0, (end, state)) for moment, end, state in _reports(recording, connection)
    ]
    happened.sort(key=lambda one: one[:2])
    course = _Course(recording, connection)
    for moment, _, what in happened:
        if isinstance(what, int):
            course.passes(what)
        elif isinstance(what, tuple):
            end, state = what
            course.report(moment, end, state) if state else course.leaves(moment, end)
    return course.made


class _Course:
    """The two states on their way through a connection."""

    def __init__(self, recording: Recording, connection: Connection) -> None:
        self._recording, self._connection = recording, connection
        self._now: dict[str, Standing] = {}
        self._fins: dict[str, int] = {}  # end → the number after its FIN
        self.made: list[Standing] = []
        answers = (recording.segments[n] for n in connection.segments)
        self._refused = "RST" in next((one.flags for one in answers if not connection.from_client(one)), ())

    def passes(self, number: int) -> None:
        """A segment is sent, and arrives."""
        segment, connection = self._recording.segments[number], self._connection
        sender, receiver = (CLIENT, SERVER) if connection.from_client(segment) else (SERVER, CLIENT)
        self._become(number, sender, sends(self._state(sender), segment.flags))
        if "FIN" in segment.flags:
            self._fins[sender] = (segment.seq + segment.length + 1) % 2**32
        if self._refused and receiver == SERVER and "SYN" in segment.flags:
            if SERVER not in self._now:  # no socket at all: that is what the RFC calls CLOSED
                self._now[SERVER] = Standing(segment.moment, SERVER, "CLOSE", number)
                self.made.append(self._now[SERVER])
            return
        of_fin = "ACK" in segment.flags and segment.ack == self._fins.get(receiver)
        self._become(number, receiver, gets(self._state(receiver), segment.flags, of_fin=of_fin))

    def report(self, moment: int, end: str, state: str) -> None:
        """The kernel says in which state an end is."""
        now = self._now.get(end)
        if now is not None and now.state == "TIME_WAIT" and state == "CLOSE":
            return  # the kernel goes on without the socket (tcp_time_wait), which a descriptor may still lead to
        if state == "LISTEN" and now is not None and now.state not in ("LISTEN", "CLOSE"):
            return
        if now is None or now.state != state:
            now = self._now[end] = Standing(moment, end, state)
            self.made.append(now)
        now.told = True

    def leaves(self, moment: int, end: str) -> None:
        """The socket is closed: as good as a FIN (RFC 9293, 3.10.4), which may have to wait behind data."""
        state = sends(self._state(end), ("FIN", "ACK"))
        if end in self._now and state != self._state(end):
            self._now[end] = Standing(moment, end, state)
            self.made.append(self._now[end])

    def _state(self, end: str) -> str:
        return self._now[end].state if end in self._now else "CLOSE"

    def _become(self, number: int, end: str, state: str) -> None:
        if state != self._state(end):
            self._now[end] = Standing(self._recording.segments[number].moment, end, state, number)
            self.made.append(self._now[end])


def _reports(recording: Recording, connection: Connection) -> Iterator[tuple[int, str, str]]:
    """What the kernel said of the sockets of a connection: when, of which end, and the state."""
    whose = ends(recording, connection)
    since, upto = _span(recording, connection)
    for moment, inode in _sockets(recording):
        assert inode.socket is not None
        if inode.id == whose.listener and moment <= since:
            yield moment, SERVER, inode.socket.state
        elif inode.id == whose.client and moment <= upto:
            yield moment, CLIENT, inode.socket.state
        elif inode.id == whose.server and moment <= upto:
            yield moment, SERVER, inode.socket.state
    refused = _connecting(recording, connection)
    if refused is not None and refused.errno and refused.end is not None and whose.client is not None:
        # It is as it was before, so that no change was noted.
        told = replay(recording).at(refused.end).inodes.get(whose.client)
        if told is not None and told.socket is not None and told.socket.state:
            yield refused.end, CLIENT, told.socket.state


def _closings(recording: Recording, connection: Connection) -> Iterator[tuple[int, str]]:
    """When no descriptor led to a socket of the connection any more."""
    whose, closed = ends(recording, connection), _closed(recording)
    for end, inode in ((CLIENT, whose.client), (SERVER, whose.server)):
        if inode in closed:
            yield closed[inode], end


@once
def _closed(recording: Recording) -> dict[int | None, int]:
    """When each inode that went away did."""
    return {
        change.key[0]: event.begin if event.end is None else event.end
        for event in recording.events
        for change in event.entered + event.changes
        if change.what == "inodes" and change.value is None
    }


@once
def _sockets_told(recording: Recording) -> tuple[tuple[int, Inode], ...]:
    told = [(-1, change.value) for change in recording.start]
    for event in recording.events:
        told += [(event.begin, change.value) for change in event.entered]
        told += [(event.begin if event.end is None else event.end, change.value) for change in event.changes]
    found = [(moment, value) for moment, value in told if isinstance(value, Inode) and value.socket is not None]
    return tuple(sorted(found, key=lambda one: one[0]))


def _sockets(recording: Recording) -> Iterator[tuple[int, Inode]]:
    """Every time the kernel told of a TCP socket, in order."""
    for moment, inode in _sockets_told(recording):
        if inode.socket is not None and inode.socket.type == "SOCK_STREAM" and inode.socket.family != "AF_UNIX":
            yield moment, inode


def _span(recording: Recording, connection: Connection) -> tuple[int, int]:
    """The moment of its first segment, and that of the first of the next connection of the same two addresses."""
    pair = {connection.client, connection.server}
    begins = [
        recording.segments[one.segments[0]].moment
        for one in connections(recording)
        if one.number >= connection.number and {one.client, one.server} == pair
    ]
    return begins[0], begins[1] if len(begins) > 1 else 1 << 62


def _same_place(listening: str, address: str) -> bool:
    host, port = split(listening)
    return port == split(address)[1] and host in (split(address)[0], "0.0.0.0", "[::]")


def _accepted_then(recording: Recording, moment: int, inode: Inode, address: str) -> bool:
    """Whether accept gave this socket when its connection was over: then it has lost the other's address."""
    if inode.socket is None or split(inode.socket.local)[1] != split(address)[1]:
        return False
    return any(
        event.end == moment and Change("inodes", (inode.id,), inode) in event.changes
        for event in recording.calls("accept", "accept4")
    )


def _asking(recording: Recording, connection: Connection) -> int | None:
    """The socket whose connect(2) was under way when the first segment went out."""
    event = _connecting(recording, connection)
    fd = event.args[0].value if event is not None else None
    if event is None or not isinstance(fd, int):
        return None
    return inode_of(replay(recording).at(event.begin), event.tid, fd)


def _connecting(recording: Recording, connection: Connection) -> Event | None:
    moment = recording.segments[connection.segments[0]].moment
    for event in recording.calls("connect"):
        target = next((a.value for a in event.args if a.kind == "address"), None)
        under_way = event.begin <= moment and (event.end is None or moment < event.end)
        if under_way and segment_address(target) == connection.server:
            return event
    return None


def telling(recording: Recording, connection: Connection) -> tuple[int, ...]:
    """Its segments without what hangs on timers (`labkit.decode.essential_segments`).

    An acknowledgement of the first FIN stays, too, when it came before anything else happened: it was sent at once.
    """
    own = [recording.segments[number] for number in connection.segments]
    lasting = {id(segment) for segment in essential(own)}
    fins = {segment.source: segment for segment in own if "FIN" in segment.flags}
    kept = []
    for number, segment in zip(connection.segments, own, strict=True):
        fin = fins.get(segment.target)
        if id(segment) in lasting or (fin is not None and _answers_at_once(fin, segment)):
            kept.append(number)
    return tuple(kept)


def _answers_at_once(fin: Segment, segment: Segment) -> bool:
    """Whether a segment is but the acknowledgement of this FIN, with nothing of the recording between the two."""
    bare = segment.flags == ("ACK",) and not segment.length
    return bare and segment.moment == fin.moment and segment.ack == (fin.seq + fin.length + 1) % 2**32
