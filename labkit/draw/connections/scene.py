"""The connection picture of a recording: who is connected with whom, through what, and who waits where, at every step.

Pure: a recording in, a `Scene` out. What there is, is `labkit.decode.connections`'; where it stands, `places`'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from labkit.decode.connections.roles import roles
from labkit.decode.connections.values import Connected, Connection, End
from labkit.decode.connections.walk import connected
from labkit.decode.names import Names, names
from labkit.decode.once import once
from labkit.decode.ports import split
from labkit.decode.replay import replay
from labkit.decode.text import one_line, visible
from labkit.draw.connections.drawing import Drawing
from labkit.draw.connections.places import GROUPS, SINGLE, Block, Grouping, Plan, busiest, everything, one, plan
from labkit.draw.connections.shown import ListenerBox, Row, Shown, lines
from labkit.draw.connections.wording import Words, host_title
from labkit.draw.film import Key, Lines, Scene
from labkit.draw.wording import doing
from labkit.model import Recording, State

_LEGEND = (
    "A row is a connection: its two ends in the kernel, and outside the dashed system-call lines the processes whose "
    "descriptors lead to each; after fork there may be several. On the left is the end that called connect, on the "
    "right the one that accept made. Read along a row, protocol, two addresses and two ports are its five-tuple; ports "
    "that the kernel chose have names. Above the rows is the listening socket that they came through, with its queues: "
    "connections asked for, of which only those in this recording are known, and complete ones that wait for accept "
    "(the kernel takes one more than the limit). "
    "An end with a dashed frame has no descriptor yet; with a dotted one, none any more: what is left of it in the "
    "kernel follows from the other end. Hatched: asleep on this very socket. What this step changed has a thick frame "
    "and a ◆. Where there are many connections, alike ones are counted in one row, and those that act have their own."
)


def worth_drawing(recording: Recording) -> bool:
    """Whether there is more to see than sockets that lead nowhere, as libc's questions to a name service are."""
    known = roles(recording)
    internet = any(not protocol.startswith("UNIX") for protocol in known.protocols.values())
    return bool(known.listening or known.pair or internet)


def connections(recording: Recording, subjects: Mapping[Key, int] | None = None) -> Scene:
    """The connection picture of every step, from one layout of everything that is ever there."""
    steps = _connected(recording)
    made = plan(steps)
    shown = list(_described(recording, steps, made))
    title = f"Connections of {one_line(recording.title)}"
    titles = {host: host_title(host) for host in made.hosts}
    drawing = Drawing(made, titles, shown, subjects or {})
    twin = Lines()
    twin.declare(_order(made))
    for number, step in enumerate(shown):
        drawing.step(number, step)
        twin.step(number, lines(step, titles))
    return Scene("connections", "connections", drawing.end(title), twin.end(title, len(shown)), _LEGEND)


def described(recording: Recording) -> Iterator[Shown]:
    """What the picture says at each step, from the first to the last."""
    steps = _connected(recording)
    return _described(recording, steps, plan(steps))


def best_step(recording: Recording) -> int:
    """The step with most to see, counted from 0."""
    return busiest(_connected(recording))


@once
def _connected(recording: Recording) -> tuple[Connected, ...]:
    return tuple(connected(recording))


def _order(made: Plan) -> list[Key]:
    found: list[Key] = []
    for host, blocks in made.hosts.items():
        found.append(("host", host))
        for block in blocks:
            found += [("listener", block), ("queues", block)]
            found += [(side, block, number) for number in range(made.blocks[block]) for side in ("left", "right")]
    return found


def _described(recording: Recording, steps: Sequence[Connected], made: Plan) -> Iterator[Shown]:
    telling = _Telling(recording, names(recording), made)
    for (step, _, after), found in zip(replay(recording).walk(), steps, strict=True):
        yield telling.step(recording.events[step.event].pid, after, found)


class _Telling:
    """Goes along the steps; what did not change is said once."""

    def __init__(self, recording: Recording, called: Names, made: Plan) -> None:
        self._events = recording.events
        self._called = called
        self._plan = made
        self._words = Words(called, self._who)
        self._state: State | None = None
        self._known: dict[int, tuple[str, str]] = {}
        self._now: Connected | None = None
        self._members: defaultdict[Block, dict[int, Connection]] = defaultdict(dict)
        self._alike: defaultdict[Block, defaultdict[Key, dict[int, Connection]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        self._group_of: dict[int, Key] = {}
        self._grouping = {block: Grouping() for block in made.grouped}

    def step(self, pid: int, state: State, found: Connected) -> Shown:
        """What a step shows, in which process `pid` did something."""
        self._state = state
        self._known.pop(pid, None)
        self._now = found
        first = not self._members
        for key in sorted({known.key for known in everything(found)} if first else found.acting):
            self._update(key, one(found, key))
        rows: dict[tuple[Block, int], Row] = {}
        acting: set[Key] = set()
        for block, members in self._members.items():
            if block in self._grouping:
                self._grouped(block, members, found, rows, acting)
                continue
            for key, known in members.items():
                place = (block, self._plan.row[key])
                rows[place] = self._words.row(known)
                if key in found.acting:
                    acting.add(("row", *place))
        listeners: dict[Block, ListenerBox] = {}
        for block in self._plan.blocks:
            listening = found.listeners.get(block[1])
            if listening is not None:
                listeners[block] = self._words.listener(listening, self._caller(found))
                if block[1] in found.acting:
                    acting.add(("listener", block))
        hosts = frozenset(block[0] for block in (*listeners, *(place[0] for place in rows)))
        return Shown(hosts, listeners, rows, frozenset(acting))

    def _caller(self, found: Connected) -> Callable[[int], End | None]:
        def end(key: int) -> End | None:
            known = found.connections.get(key)
            return known.left if known is not None else None

        return end

    def _who(self, pid: int) -> tuple[str, str]:
        """Who a process is and what it is about; only its own steps change that."""
        known = self._known.get(pid)
        if known is None:
            assert self._state is not None
            process = self._state.processes.get(pid)
            if process is None:
                return self._called.process(pid), ""
            name = visible(process.name.encode("utf-8", "surrogateescape"))
            title = f"{self._called.process(pid)} {name}".rstrip()
            known = self._known[pid] = (title, doing(self._state, process, self._events))
        return known

    # ---- blocks with groups

    def _update(self, key: int, known: Connection | None) -> None:
        block = self._plan.home.get(key)
        if block is None:
            return
        if block in self._grouping and key in self._group_of:
            alike = self._alike[block]
            before = self._group_of.pop(key)
            alike[before].pop(key, None)
            if not alike[before]:
                del alike[before]
        if known is None:
            self._members[block].pop(key, None)
            return
        self._members[block][key] = known
        if block in self._grouping:
            self._group_of[key] = _common(known)
            self._alike[block][self._group_of[key]][key] = known

    def _grouped(
        self,
        block: Block,
        members: Mapping[int, Connection],
        found: Connected,
        rows: dict[tuple[Block, int], Row],
        acting: set[Key],
    ) -> None:
        grouping, alike = self._grouping[block], self._alike[block]
        mine = [key for key in sorted(found.acting) if key in members]
        grouping.singles(mine, members)
        alone = grouping.rows
        for key, row in alone.items():
            rows[block, row] = self._words.row(members[key])
            if key in found.acting:
                acting.add(("row", block, row))
        hidden = [(self._group_of[key], key) for key in alone]
        counted = {common: len(those) for common, those in alike.items()}
        for common, _ in hidden:
            counted[common] -= 1
        counted = {common: count for common, count in counted.items() if count}
        places = grouping.gather(counted)
        for common, row in places.items():
            those = [known for key, known in sorted(alike[common].items()) if key not in alone]
            rows[block, row] = self._words.group(those)
            if any(key in found.acting for key in mine if self._group_of.get(key) == common and key not in alone):
                acting.add(("row", block, row))
        rest = [known for common in counted if common not in places for known in alike[common].values()]
        if rest:
            kinds = sum(common not in places for common in counted)
            rows[block, SINGLE + GROUPS - 1] = self._words.rest(rest, kinds)


def _common(connection: Connection) -> Key:
    """What connections of one group have in common."""
    found: list[object] = [connection.protocol]
    for end in (connection.left, connection.right):
        if end is None:
            found.append(None)
        else:
            sleeps = tuple(sorted({call for _, call in end.sleepers}))
            held = min(len(end.holders), 2)
            host = split(end.to or end.address)[0]
            found.append((end.what, end.state, end.queue, end.unsent, held, sleeps, host, bool(end.to)))
    return tuple(found)
