"""Where everything in the connection picture stands: frames of addresses, in them blocks of rows; one plan a recording.

Pure: from the connections of all steps. A listening socket and what came through it are a block; so are connections
that came through none, and sockets alone. Where a block has few connections, each has a row of its own, or one that
another has left; where it has many, those that act have rows of their own and the others are counted in groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from labkit.decode.connections.values import OPEN, Connected, Connection, End
from labkit.decode.ports import split
from labkit.draw.descriptors.places import Lives, Places
from labkit.draw.film import Key

MOST = 10  # rows of a block in which nothing is grouped
SINGLE, GROUPS = 4, 6  # rows of a block with groups
NOWHERE = ("", "")  # the host of a socket that never gets an address

Host = tuple[str, str]  # "internet" or "unix" or "", and the address
Block = tuple[Host, int]  # the host and the listening socket, 0 for none


@dataclass
class Plan:
    """`blocks` in the order they stand, each with its number of rows; `grouped` those with groups, after `SINGLE` rows.

    `home` is the block of each connection and socket alone, `row` its row in blocks without groups.
    """

    blocks: dict[Block, int] = field(default_factory=dict)
    grouped: set[Block] = field(default_factory=set)
    home: dict[int, Block] = field(default_factory=dict)
    row: dict[int, int] = field(default_factory=dict)

    @property
    def hosts(self) -> dict[Host, list[Block]]:
        """The blocks of each host."""
        found: dict[Host, list[Block]] = {}
        for block in self.blocks:
            found.setdefault(block[0], []).append(block)
        return found


def everything(step: Connected) -> Iterator[Connection]:
    """The connections of a step, and sockets alone as connections without another end."""
    yield from step.connections.values()
    for number, alone in step.alone.items():
        yield Connection(number, alone.protocol, None, alone.end, None)


def one(step: Connected, key: int) -> Connection | None:
    """The connection or the socket alone that has this key."""
    found = step.connections.get(key)
    alone = step.alone.get(key)
    return found or (Connection(key, alone.protocol, None, alone.end, None) if alone is not None else None)


def plan(steps: Sequence[Connected]) -> Plan:
    """The plan for these steps."""
    made, lives = Plan(), Lives()
    hosts: dict[int, Host] = {}
    through: dict[int, int] = {}
    listening: dict[int, Host] = {}
    for number, step in enumerate(steps):
        for key in sorted(step.acting if number else {*step.connections, *step.alone, *step.listeners}):
            known = one(step, key)
            if known is not None:
                lives.seen(number, [("one", key)])
                hosts[key] = _host(known) or hosts.get(key, NOWHERE)
                if known.listener is not None:
                    through[key] = known.listener
            else:
                span = lives.spans.get(("one", key))
                if span is not None:
                    span[1] = max(span[1], number - 1)
            if key in step.listeners:
                address = step.listeners[key].end.address
                listening[key] = host_of(address, step.listeners[key].protocol) or listening.get(key, NOWHERE)
    last = len(steps) - 1
    for (_, key), span in lives.spans.items():
        if steps and one(steps[last], key) is not None:
            span[1] = last
    for number, host in listening.items():
        made.blocks[host, number] = 0
    for key, host in hosts.items():
        number = through.get(key, 0)
        made.home[key] = (listening.get(number, host), number)
    _rows(made, lives)
    order = {host: place for place, host in enumerate(sorted({block[0] for block in made.blocks}, key=_rank))}
    made.blocks = dict(sorted(made.blocks.items(), key=lambda item: (order[item[0][0]], not item[0][1], item[0][1])))
    return made


def _rows(made: Plan, lives: Lives) -> None:
    places: dict[Block, Places] = {}
    for (_, key), span in sorted(lives.spans.items(), key=lambda item: (item[1][0], item[0])):
        block = made.home[key]
        own: Key = ("one", key)
        made.row[key] = places.setdefault(block, Places()).take(own, span, own)
    for block, taken in places.items():
        made.blocks[block] = len(taken)
        if len(taken) > MOST:
            made.blocks[block] = SINGLE + GROUPS
            made.grouped.add(block)


def host_of(address: str, protocol: str) -> Host | None:
    """Where an address is: the host's of the internet, or the one place of UNIX sockets; None for none.

    >>> host_of("127.0.0.1:80", "TCP"), host_of("/tmp/s", "UNIX stream"), host_of("0.0.0.0:0", "TCP")
    (('internet', '127.0.0.1'), ('unix', ''), None)
    """
    if protocol.startswith("UNIX"):
        return ("unix", "")
    host, port = split(address)
    return ("internet", host) if port else None


def _host(connection: Connection) -> Host | None:
    """The host of the end that was called, else of the one that called."""
    for end in (connection.right, connection.left):
        if end is not None:
            found = host_of(end.address, connection.protocol) or host_of(end.to, connection.protocol)
            if found is not None:
                return found
    return None


def _rank(host: Host) -> tuple[int, str]:
    """IPv4, IPv6, UNIX, nothing."""
    kind, name = host
    return (("internet", "unix", "").index(kind) * 2 + name.startswith("["), name)


def busiest(steps: Sequence[Connected]) -> int:
    """The last of the steps at which most ends are open, and of these fewest about to close; none outside counts."""
    best, found = (-1, 0), 0
    for number, step in enumerate(steps):
        ends = [end for known in everything(step) for end in (known.left, known.right) if _is_open(end)]
        count = (len(ends) + len(step.listeners), sum(end is not None and end.state in _LASTING for end in ends))
        if count >= best:
            best, found = count, number
    return found


_LASTING = ("", "ESTABLISHED")


def _is_open(end: End | None) -> bool:
    return end is not None and end.what == OPEN


@dataclass
class Grouping:
    """Which connections of a block with groups have which rows, step by step; nothing changes its row without need."""

    rows: dict[int, int] = field(default_factory=dict)  # connection → its row
    groups: dict[Key, int] = field(default_factory=dict)  # what its members have in common → its row
    _used: dict[int, int] = field(default_factory=dict)  # row → the step at which its connection last acted
    _now: int = 0

    def singles(self, acting: Sequence[int], there: Mapping[int, object]) -> None:
        """Those that act have rows of their own from now on; of others the ones that acted last keep theirs."""
        self._now += 1
        for key in [key for key in self.rows if key not in there]:
            del self.rows[key]
        for key in acting[:SINGLE]:
            row = self.rows.get(key)
            if row is None:
                taken = {other: used for used, other in self.rows.items()}
                free = [row for row in range(SINGLE) if row not in taken]
                row = free[0] if free else min(taken, key=lambda row: self._used.get(row, 0))
                self.rows.pop(taken.get(row, -1), None)
                self.rows[key] = row
            self._used[row] = self._now

    def gather(self, counted: Mapping[Key, int]) -> dict[Key, int]:
        """The rows of the groups, by what they have in common; the last row is that of all that find none.

        `counted` has the number of members of each group.
        """
        for known in [known for known in self.groups if known not in counted]:
            del self.groups[known]
        for known in sorted(counted, key=lambda known: (-counted[known], str(known))):
            if known not in self.groups:
                free = [row for row in range(SINGLE, SINGLE + GROUPS - 1) if row not in self.groups.values()]
                if not free:
                    break
                self.groups[known] = free[0]
        return dict(self.groups)
