"""The TCP segments that a recording's calls must have caused, where nobody saw the wire. Pure.

From the calls, and from what the kernel told of the sockets (state, addresses, bytes that wait), by these rules. TCP
is RFC 9293; what it leaves to an implementation is as Linux does it over loopback, where a segment arrives at once.

- connect(2) sends SYN; where a socket listens the answer is SYN+ACK, and ACK (3.5); where none does, RST+ACK
  (3.10.7.1).
- A send gives one segment with ACK and, at its end, PSH (3.9.1.2; Linux sets it unless told MSG_MORE), cut where the
  largest that loopback carries is full. The kernel may have cut it smaller, or joined it with others or with FIN: the
  bytes and their numbers are right, the number of segments is the least of one a call.
- shutdown(2) for writing, and the last close of a socket that had not sent one, send FIN+ACK (3.6). The FIN that comes
  second is acknowledged at once; the first, if after the shutdown the kernel says FIN_WAIT2.
- The last close sends RST+ACK instead when bytes wait that nobody read (RFC 2525, 2.17), or SO_LINGER says so
  (socket(7)); closing a listening socket resets what waits to be accepted. Bytes for a socket that is gone, or shut
  down both ways, are answered with RST (3.10.7.4).

What cannot be known is not claimed: acknowledgements of data and else of the first FIN (timers decide whether they come
alone, 3.8.6.3), windows, what was sent twice, what a send that never returned sent, what was on its way when the other
end reset the connection, what the processes' ends sent when a limit of the recording killed them together, and whatever
an end outside the recording sent, except that it opened the connection. Moments and times are those at which the call
began; of a process that a signal killed, those at which its end was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from labkit.decode.ports import split
from labkit.decode.replay import replay
from labkit.decode.transfers import transfers
from labkit.decode.wakings import inode_of
from labkit.model import Event, Inode, Recording, Segment, State, Value

LARGEST = 65_483  # bytes: loopback's MTU of 65,536 without the headers of IPv4 and TCP with timestamps, RFC 7323
_INTERNET = ("AF_INET", "AF_INET6")
_At = tuple[float, int]  # seconds, and the last moment before
_MORE = 0x8000  # MSG_MORE, send(2)


@dataclass(slots=True)
class _End:
    """One end: its socket's inode where it has one, the next number it sends, how many bytes it read.

    `ended`: it sent FIN; `deaf`: it is shut down for reading; `gone`: no descriptor leads to it any more.
    """

    address: str
    inode: int | None = None
    sent: int = 0
    read: int = 0
    ended: bool = False
    deaf: bool = False
    gone: bool = False


@dataclass(slots=True)
class _Link:
    """A connection being set up or used: `listener` is the inode it waits at until it is accepted."""

    client: _End
    server: _End
    listener: int | None = None
    first: int = 0  # of its segments, among all
    opened: bool = False
    dead: bool = False

    def of(self, inode: int) -> tuple[_End, _End]:
        """The end with this inode, and the other one."""
        return (self.client, self.server) if self.client.inode == inode else (self.server, self.client)


@dataclass(slots=True)
class _Wire:
    """The segments so far, and the connections by the inodes of their ends."""

    made: list[Segment] = field(default_factory=list)
    links: dict[int, _Link] = field(default_factory=dict)
    waiting: list[_Link] = field(default_factory=list)  # at listening sockets, the oldest first
    resetting: set[int] = field(default_factory=set)  # inodes with SO_LINGER on and no time

    def send(self, at: _At, end: _End, other: _End, *flags: str, size: int = 0, data: bytes = b"") -> None:
        """One segment from `end`; a SYN and a FIN take a number each (RFC 9293, 3.4)."""
        numbers = end.sent, other.sent if "ACK" in flags else 0
        self.made.append(Segment(*at, end.address, other.address, flags, *numbers, size, data=data, inferred=True))
        end.sent += size + ("SYN" in flags) + ("FIN" in flags)
        end.ended |= "FIN" in flags

    def arrived(self, link: _Link, before: State) -> None:
        """The connection is reset: only what an end has got by then was surely sent to it."""
        for sender, receiver in ((link.client, link.server), (link.server, link.client)):
            kept = None if receiver.inode is None else before.inodes.get(receiver.inode)
            if kept is not None and kept.queue and not link.dead:
                self.retract(link, sender, 1 + receiver.read + kept.queue)

    def retract(self, link: _Link, end: _End, upto: int) -> None:
        """Unsay what `end` sent from number `upto` on: it may have waited for room when the connection was reset."""
        if end.sent <= upto + end.ended:
            return
        kept = self.made[: link.first]
        other = link.server if end is link.client else link.client
        for segment in self.made[link.first :]:
            if (segment.source, segment.target) == (end.address, other.address) and segment.length + segment.seq > upto:
                if segment.seq >= upto:
                    continue
                size = upto - segment.seq
                segment = replace(segment, length=size, data=segment.data[:size], flags=("ACK",))
            kept.append(segment)
        self.made, end.sent, end.ended = kept, upto, False


def inferred_segments(recording: Recording) -> tuple[Segment, ...]:
    """What went over the wire as far as it can be known, in order, all `inferred`; numbers count from 0 at each end.

    The rules are those at the top of this module.
    """
    wire = _Wire()
    exits = {event.pid: event for event in recording.events if event.kind == "exit"}
    leaving: set[int] = set()
    for step, before, _ in replay(recording).walk():
        event = recording.events[step.event]
        if event.call in ("accept", "accept4"):
            if step.part != "enters" and event.result is not None and not event.errno:
                _accepted(wire, event, before)
        elif event.kind == "call" and step.part != "returns":
            _called(wire, event, before)
        if step.part != "returns":
            _opened_late(wire, event)
        if event.kind == "exit" and (event.pid in leaving or (recording.ended_by and "SIGKILL" in event.detail)):
            continue
        if event.call == "exit_group" and event.pid in exits:  # its descriptors close before it is seen to end
            leaving.add(event.pid)
            _closed(wire, exits[event.pid], (event.at, event.begin), before)
        elif event.kind == "exit":
            _closed(wire, event, (event.at, event.begin - 1), before)
        elif step.part != "returns":
            _closed(wire, event, (event.at, event.begin), before)
    return tuple(sorted(wire.made, key=lambda segment: segment.moment))


def _called(wire: _Wire, event: Event, before: State) -> None:
    fd = event.args[0].value if event.args and event.args[0].kind == "fd" else None
    inode = inode_of(before, event.tid, fd) if isinstance(fd, int) else None
    if event.call == "connect" and inode is not None:
        _connected(wire, event, before, inode)
    elif event.call == "shutdown" and inode in wire.links and not event.errno:
        end, other = wire.links[inode].of(inode)
        end.deaf |= event.args[1].text != "SHUT_WR"
        if event.args[1].text != "SHUT_RD" and not end.ended:
            _fin(wire, (event.at, event.begin), wire.links[inode], end, other)
            told = _told(event, inode)
            if told is not None and told.socket is not None and told.socket.state == "FIN_WAIT2":
                wire.send((event.at, event.begin), other, end, "ACK")
    elif event.call == "setsockopt" and inode is not None and not event.errno:
        _lingers(wire, event, inode)
    for moved in transfers(event):
        target = inode_of(before, event.tid, moved.fd)
        if target not in wire.links:
            continue
        if moved.into:
            _sent(wire, event, before, target, moved.size, moved.data)
        elif moved.took:
            wire.links[target].of(target)[0].read += moved.size


def _told(event: Event, inode: int) -> Inode | None:
    """What the kernel said of a socket when the call returned."""
    return next((c.value for c in event.changes if c.key == (inode,) and isinstance(c.value, Inode)), None)


def _connected(wire: _Wire, event: Event, before: State, inode: int) -> None:
    told = _told(event, inode) or before.inodes.get(inode)
    socket = told.socket if told is not None else None
    if socket is None or socket.type != "SOCK_STREAM" or socket.family not in _INTERNET or inode in wire.links:
        return
    target = segment_address(next((a.value for a in event.args if a.kind == "address"), None))
    client = _on_wire(socket.local, target)
    unknown = not split(client)[1] and event.errno != "ECONNREFUSED"
    if not target or unknown or client == target:  # nothing was sent, as far as is known; or to itself
        return
    link = _Link(_End(client, inode), _End(target), _listener(before, target), len(wire.made))
    at = event.at, event.begin
    wire.send(at, link.client, link.server, "SYN")
    if event.errno == "ECONNREFUSED" or (event.errno == "EINPROGRESS" and socket.state == "CLOSE"):
        wire.send(at, link.server, link.client, "RST", "ACK")
        return
    wire.links[inode] = link
    if event.errno in ("", "EINPROGRESS") and socket.state not in ("SYN_SENT", "CLOSE", ""):
        late = event.wait is not None and event.until is not None and event.end is not None
        _open(wire, (event.until or 0.0, (event.end or 0) - 1) if late else at, link)


def _open(wire: _Wire, at: _At, link: _Link) -> None:
    link.opened = True
    wire.send(at, link.server, link.client, "SYN", "ACK")
    wire.send(at, link.client, link.server, "ACK")
    wire.waiting.append(link)


def _opened_late(wire: _Wire, event: Event) -> None:
    """A connection that was on its way when connect returned, and that the kernel now says is there."""
    for change in event.changes:
        link = wire.links.get(change.key[0]) if change.what == "inodes" else None
        if link is None or link.opened or event.call == "connect" or not isinstance(change.value, Inode):
            continue
        if change.value.socket is not None and change.value.socket.state == "ESTABLISHED":
            ended = event.end is not None
            _open(wire, (event.at, (event.end if ended and event.end is not None else event.begin) - 1), link)


def _accepted(wire: _Wire, event: Event, before: State) -> None:
    fresh = next((c.value for c in event.changes if isinstance(c.value, Inode) and c.key[0] not in before.inodes), None)
    fd = event.args[0].value
    listener = inode_of(before, event.tid, fd) if isinstance(fd, int) else None
    if fresh is None or fresh.socket is None or listener is None or fresh.socket.family not in _INTERNET:
        return
    socket = fresh.socket
    known = [link for link in wire.waiting if plain(socket.peer) == link.client.address] if socket.peer else []
    link = next(iter(known or [link for link in wire.waiting if link.listener == listener and not socket.peer]), None)
    if link is None:  # from outside the recording
        if not socket.peer:
            return
        at = event.until or event.at, (event.begin if event.end is None else event.end) - 1
        link = _Link(_End(plain(socket.peer)), _End(plain(socket.local)), listener, len(wire.made))
        wire.send(at, link.client, link.server, "SYN")
        _open(wire, at, link)
    wire.waiting.remove(link)
    link.server.inode = fresh.id
    wire.links[fresh.id] = link
    if listener in wire.resetting:  # socket(7): what is accepted inherits it
        wire.resetting.add(fresh.id)


def _sent(wire: _Wire, event: Event, before: State, inode: int, size: int, data: bytes) -> None:
    link, at = wire.links[inode], (event.at, event.begin)
    end, other = link.of(inode)
    if link.dead or end.ended or not link.opened:
        return
    flags = next((a.value for a in event.args if a.name == "flags"), 0)
    push = ("PSH",) if not (isinstance(flags, int) and flags & _MORE) else ()
    refused = other.gone or (other.ended and other.deaf)
    if refused:
        wire.arrived(link, before)
    size = min(size, LARGEST) if refused else size  # the answer may come before the rest has left
    while size > 0:
        part = min(size, LARGEST)
        last = push if part == size else ()
        wire.send(at, end, other, *last, "ACK", size=part, data=data[:part])
        size, data = size - part, data[part:]
    if refused:
        wire.send(at, other, end, "RST")
        link.dead = True


def _fin(wire: _Wire, at: _At, link: _Link, end: _End, other: _End) -> None:
    if link.dead or not link.opened:
        return
    wire.send(at, end, other, "FIN", "ACK")
    if other.ended:
        wire.send(at, other, end, "ACK")


def _closed(wire: _Wire, event: Event, at: _At, before: State) -> None:
    """The sockets that no descriptor leads to any more when this is over."""
    for change in event.entered + event.changes:
        inode = change.key[0]
        if change.what != "inodes" or change.value is not None:
            continue
        for link in [link for link in wire.waiting if link.listener == inode]:
            wire.waiting.remove(link)
            if not link.dead:
                wire.send(at, link.server, link.client, "RST", "ACK")
            link.dead = link.server.gone = True
        if inode in wire.links:
            link = wire.links.pop(inode)
            end, other = link.of(inode)
            resets = _resets(wire, event, inode, other, before)
            if resets:
                wire.arrived(link, before)
            _parted(wire, at, link, (end, other), resets)
            end.gone, end.inode = True, None
        wire.resetting.discard(inode)


def _parted(wire: _Wire, at: _At, link: _Link, ends: tuple[_End, _End], resets: bool) -> None:
    end, other = ends
    if link.dead or not link.opened:
        return
    if resets and not (end.ended and other.ended):
        wire.send(at, end, other, "RST", "ACK")
        link.dead = True
    elif not end.ended:
        _fin(wire, at, link, end, other)


def _resets(wire: _Wire, event: Event, inode: int, other: _End, before: State) -> bool:
    """Whether closing resets the connection: what the kernel then says of the other end decides, if it says so."""
    peer = None if other.inode is None else _told(event, other.inode)
    if peer is not None and peer.socket is not None and not other.ended:
        return peer.socket.state == "CLOSE"
    socket = before.inodes.get(inode)
    return inode in wire.resetting or bool(socket is not None and socket.queue)


def _lingers(wire: _Wire, event: Event, inode: int) -> None:
    for argument in event.args:
        if isinstance(argument.value, dict) and "linger" in argument.value:
            on = bool(argument.value.get("onoff")) and argument.value["linger"] == 0
            (wire.resetting.add if on else wire.resetting.discard)(inode)


# ---- addresses


def segment_address(value: Value) -> str:
    """A decoded socket address as `Socket` has it, "" if it has no port.

    >>> segment_address({"family": "AF_INET6", "host": "::1", "port": 80}), segment_address({"family": "AF_UNIX"})
    ('[::1]:80', '')
    """
    if not isinstance(value, dict) or not value.get("port"):
        return ""
    host = f"[{value['host']!s}]" if value["family"] == "AF_INET6" else str(value["host"])
    return plain(f"{host}:{value['port']!s}")


def plain(address: str) -> str:
    """An IPv4 address as it is on the wire, also where an IPv6 socket has it (ipv6(7)).

    >>> plain("[::ffff:127.0.0.1]:80"), plain("[::1]:80")
    ('127.0.0.1:80', '[::1]:80')
    """
    host, port = split(address)
    mapped = host.removeprefix("[::ffff:").removesuffix("]")
    return f"{mapped}:{port}" if host.startswith("[::ffff:") and "." in mapped else address


def _on_wire(local: str, target: str) -> str:
    """The client's own address; after a refusal the kernel has cleared its host again, and keeps the port.

    Where the kernel could not be asked, the port is 0: not known.

    >>> _on_wire("0.0.0.0:40000", "127.0.0.1:80"), _on_wire("127.0.0.1:4", "127.0.0.1:80"), _on_wire("", "[::1]:80")
    ('127.0.0.1:40000', '127.0.0.1:4', '[::1]:0')
    """
    host, port = split(plain(local))
    if host not in ("0.0.0.0", "[::]", ""):
        return plain(local)
    towards = split(target)[0]
    return f"{'127.0.0.1' if towards.startswith('127.') else towards}:{port or 0}"


def _listener(before: State, target: str) -> int | None:
    """The socket that listens at this address, if it is in the recording: there, or at every address."""
    host, port = split(target)
    for inode in before.inodes.values():
        if inode.socket is not None and inode.socket.state == "LISTEN":
            own, at = split(plain(inode.socket.local))
            if at == port and own in (host, "0.0.0.0", "[::]"):
                return inode.id
    return None
