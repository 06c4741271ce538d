"""The words of the connection picture: an end, a connection, a group of alike ones, a queue. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from labkit.decode.connections.values import CLOSED, INCOMPLETE, OPEN, OUTSIDE, QUEUED, TAKEN, Connection, End
from labkit.decode.connections.values import Listening as ListeningSocket
from labkit.decode.names import Names
from labkit.decode.ports import split
from labkit.draw.connections.places import Host
from labkit.draw.connections.shown import EndBox, Holder, ListenerBox, QueueBox, Row
from labkit.draw.wording import many

Doing = Callable[[int], tuple[str, str]]  # process → who it is, what it is about

CELLS = 4  # names in a queue
HOLDERS = 2  # of an end
_WHAT = {
    QUEUED: "queued", TAKEN: "accepting", INCOMPLETE: "asked for", CLOSED: "closed", OUTSIDE: "outside",
}  # fmt: skip
_BYTES = {
    QUEUED: "waits for accept",
    TAKEN: "accept has not returned",
    INCOMPLETE: "no answer yet",
    OUTSIDE: "not in this recording",
}
_KEPT = {"TIME_WAIT": "the kernel keeps it a minute", "": "no descriptor any more"}


def host_title(host: Host) -> str:
    """What a frame is called.

    >>> host_title(("internet", "127.0.0.1")), host_title(("internet", "[::]"))
    ('127.0.0.1: this machine (loopback, IPv4)', '[::]: every address of this machine (IPv6, often IPv4 too)')
    """
    kind, name = host
    if kind == "unix":
        return "UNIX: names on this machine, or none"
    if not kind:
        return "no address yet"
    if name.startswith("127."):
        return f"{name}: this machine (loopback, IPv4)"
    if name.startswith("[::ffff:127."):
        return f"{name}: this machine (loopback, IPv4 as IPv6 writes it)"
    return _HOSTS.get(name, f"{name} ({'IPv6' if name.startswith('[') else 'IPv4'})")


_HOSTS = {
    "[::1]": "[::1]: this machine (loopback, IPv6)",
    "[::]": "[::]: every address of this machine (IPv6, often IPv4 too)",
    "0.0.0.0": "0.0.0.0: every address of this machine (IPv4)",
}


class Words:
    """Says things by their names in one recording; `doing` tells who a process is and what it is about."""

    def __init__(self, called: Names, doing: Doing) -> None:
        self._called = called
        self._doing = doing

    # ---- ends

    def end(self, end: End, protocol: str) -> EndBox:
        """One end in words."""
        name = self._called.inode(end.inode) if end.inode is not None else _WHAT[end.what]
        look = "open" if end.what == OPEN else "lost" if end.what == CLOSED else "still"
        return EndBox(
            name, end.state, self._place(end, protocol), self._bytes(end), bool(end.queue), look,
            self._holders(end), ("inode", end.inode) if end.inode is not None else (),
        )  # fmt: skip

    def _place(self, end: End, protocol: str) -> str:
        if end.to:
            return f"to {self._called.address(end.to)}"
        if protocol.startswith("UNIX"):
            return self._called.address(end.address) if end.address else "no name"
        return self._called.address(end.address) if split(end.address)[1] else "no address yet"

    def _bytes(self, end: End) -> str:
        if end.what == OPEN:
            words = [] if end.queue is None else [f"{many(end.queue, 'byte')} to read"]
            words += [f"{end.unsent:,} unsent"] if end.unsent else []
            return ", ".join(words)
        if end.what == CLOSED:
            return _KEPT.get(end.state, _KEPT[""])
        return f"waits, {many(end.queue, 'byte')} to read" if end.queue else _BYTES[end.what]

    def _holders(self, end: End) -> tuple[Holder, ...]:
        asleep = {self._called.thread(tid): call for tid, call in end.sleepers}
        found = []
        for pid, fd in end.holders:
            title, doing = self._doing(pid)
            name = self._called.process(pid)
            own = {who: call for who, call in asleep.items() if who.partition(".")[0] == name}
            words = ", ".join(f"asleep in {call}" for call in dict.fromkeys(own.values()))
            found.append(Holder(title, f"fd {fd}", words or doing, bool(own), ("descriptor", pid, fd)))
        if len(found) > HOLDERS:
            rest = found[HOLDERS - 1 :]
            sleeping = [holder for holder in rest if holder.asleep]
            words = f"{len(sleeping)} asleep" if sleeping else "share it"
            found[HOLDERS - 1 :] = [Holder(f"and {len(rest)} more", "", words, bool(sleeping))]
        return tuple(found)

    # ---- connections

    def row(self, connection: Connection) -> Row:
        """A connection in words."""
        protocol = connection.protocol
        left = self.end(connection.left, protocol) if connection.left is not None else None
        right = self.end(connection.right, protocol) if connection.right is not None else None
        made = _complete(connection)
        both = left is not None and right is not None
        return Row(left, right, protocol.partition(" ")[0] if both else "", made, _ends(protocol, left, right))

    def group(self, members: Sequence[Connection]) -> Row:
        """Alike connections together, in words."""
        first, count = members[0], len(members)
        if count == 1:
            return self.row(first)
        left = self._several([known.left for known in members if known.left is not None], first.protocol)
        right = self._several([known.right for known in members if known.right is not None], first.protocol)
        made = _complete(first)
        both = left is not None and right is not None
        wire = f"{count:,} × {first.protocol.partition(' ')[0]}" if both else ""
        return Row(left, right, wire, made, _ends(f"{count:,} × {first.protocol}", left, right))

    def rest(self, members: Sequence[Connection], states: int) -> Row:
        """Connections of which there are too many kinds to show."""
        box = EndBox(f"{len(members):,} more", "", f"in {states:,} other ways", "", False, "still", ())
        said = (f"and {many(len(members), 'connection')} more, in {states:,} other ways", "")
        return Row(box, None, "", True, said)

    def _several(self, ends: Sequence[End], protocol: str) -> EndBox | None:
        if not ends:
            return None
        first = self.end(ends[0], protocol)
        count = len(ends)
        name = f"{count:,} sockets" if ends[0].what == OPEN else f"{count:,} {_WHAT[ends[0].what]}"
        places = {end.to or end.address for end in ends}
        place = first.address
        if len(places) > 1:
            host, port = split(ends[0].to or ends[0].address)
            to = "to " if ends[0].to else ""
            place = f"{to}{host}, {len(places):,} ports" if port is not None else f"{len(places):,} names"
        content = f"{first.content} each" if first.content.endswith(("to read", "unsent")) else first.content
        return EndBox(name, first.state, place, content, first.full, first.look, self._crowd(ends))

    def _crowd(self, ends: Sequence[End]) -> tuple[Holder, ...]:
        holders = Counter(pid for end in ends for pid, _ in end.holders)
        asleep = Counter(call for end in ends for _, call in end.sleepers)
        if not holders:
            return ()
        words = ", ".join(f"{count:,} asleep in {call}" for call, count in sorted(asleep.items()))
        descriptors = f"{sum(holders.values()):,} fds"
        if len(holders) == 1:
            (pid,) = holders
            title, doing = self._doing(pid)
            if words:
                words = f"asleep in {next(iter(asleep))}"
            return (Holder(title, descriptors, words or doing, bool(words), ("process", pid)),)
        return (Holder(f"{len(holders):,} processes", descriptors, words, bool(words)),)

    # ---- listening sockets

    def listener(self, listening: ListeningSocket, ends: Callable[[int], End | None]) -> ListenerBox:
        """A listening socket and its queues; `ends` gives the end that called, of a connection."""
        box = self.end(listening.end, listening.protocol)
        count = max(0, listening.count)
        elsewhere = max(0, count - len(listening.waiting))
        here = tuple(self._caller(ends(key)) for key in listening.waiting[:CELLS])
        asked = tuple(self._caller(ends(key)) for key in listening.incomplete[:CELLS])
        title = f"wait for accept: {count:,} (limit {listening.limit:,})" if listening.count >= 0 else "no queue yet"
        complete = QueueBox(title, here, len(listening.waiting) - len(here) + elsewhere)
        known = f"{len(listening.incomplete):,} seen" if listening.incomplete else "none seen"
        begun = QueueBox(f"asked for, not complete: {known}", asked, len(listening.incomplete) - len(asked))
        shown = EndBox(
            box.name, box.state, box.address, f"{count:,} of {listening.limit:,} to be accepted" if listening.count >= 0
            else "", count > 0, box.look, box.holders, box.subject,
        )  # fmt: skip
        said = f"{listening.protocol} {_said(shown)}"
        return ListenerBox(shown, begun, complete, (said, f"{_queue(complete)}; {_queue(begun)}"))

    def _caller(self, end: End | None) -> str:
        """What one calls a connection in a queue: by the port it comes from, else by its socket."""
        if end is None:
            return "?"
        port = split(end.address)[1]
        if port:
            return self._called.port(port).replace("client port", "client")
        return self._called.inode(end.inode) if end.inode is not None else "closed"


def _queue(queue: QueueBox) -> str:
    first = f": {', '.join(queue.first)}" if queue.first else ""
    return f"{queue.title}{first}{f' and {queue.more:,} more' if queue.more else ''}"


def _complete(connection: Connection) -> bool:
    """Whether it can carry bytes: neither end has yet to be made, and none is closed."""
    ends = [end.what for end in (connection.left, connection.right) if end is not None]
    return INCOMPLETE not in ends and CLOSED not in ends


def _ends(what: str, left: EndBox | None, right: EndBox | None) -> tuple[str, str]:
    """A connection as two lines of text: one end, the other."""
    if left is None:
        return f"{what} ↔ {_said(right)}" if right is not None else "", ""
    return f"{what} {_said(left)}", f"↔ {_said(right)}" if right is not None else ""


def _said(box: EndBox) -> str:
    words = ", ".join(word for word in (box.name, box.state, box.content) if word)
    held = ", ".join(_held(holder) for holder in box.holders)
    return f"{box.address}: {words}{f'; {held}' if held else ''}"


def _held(holder: Holder) -> str:
    """A holder by its process's short name: "P4 fd 3 asleep in read"."""
    name = holder.title if holder.subject[:1] == () else holder.title.partition(" ")[0]
    return " ".join(word for word in (name, holder.fd, holder.doing) if word)
