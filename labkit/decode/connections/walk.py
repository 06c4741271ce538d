"""The connections of a recording at every step, kept up to date by what each step changes.

Pure: a recording in, values out. What no call can ask of the kernel is worked out from what it told: which connections
wait in a queue (those complete, with no descriptor, the last `count` of them), and what is left of a closed end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from labkit.decode.connections import closing
from labkit.decode.connections.addresses import serves
from labkit.decode.connections.roles import FAMILIES, called, roles
from labkit.decode.connections.sleeping import Sleeping
from labkit.decode.connections.values import (
    CLOSED,
    INCOMPLETE,
    OPEN,
    OUTSIDE,
    QUEUED,
    TAKEN,
    Alone,
    Connected,
    Connection,
    End,
    Listening,
)
from labkit.decode.replay import replay, step_changes
from labkit.decode.sockaddr import in_short
from labkit.decode.transfers import moves, transfers
from labkit.model import Change, Descriptor, Event, Inode, OpenFile, Process, Recording, Socket, State, Step

_ACCEPTS = frozenset(("accept", "accept4"))
_ALIVE = ("ESTABLISHED", "CLOSE_WAIT", closing.FIN_WAIT, "LAST_ACK", "CLOSING", "TIME_WAIT")


def connected(recording: Recording) -> Iterator[Connected]:
    """The connections at each step, from the first to the last."""
    walk = _Walk(recording)
    for step, before, after in replay(recording).walk():
        yield walk.step(step, before, after)


class _Walk:
    def __init__(self, recording: Recording) -> None:
        self._events = recording.events
        self._roles = roles(recording)
        self._sleeping = Sleeping()
        self._leads: dict[int, int] = {}  # open file → inode, also of those that are gone
        self._rows: dict[tuple[int, int], int] = {}  # (table, fd) → socket
        self._rows_of: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        self._sockets_in: defaultdict[int, set[int]] = defaultdict(set)  # table → sockets, maybe more than there are
        self._table_of: dict[int, int] = {}  # process → table
        self._users: defaultdict[int, set[int]] = defaultdict(set)  # table → processes
        self._inodes: dict[int, Inode] = {}
        self._targets: dict[int, str] = {}  # socket → the address it asked connect for
        self._met: set[int] = set()  # sockets that have had a peer
        self._calling: dict[int, int] = {}  # thread inside connect → socket
        self._accepting: dict[int, int] = {}  # thread inside accept → listening socket
        self._seen: set[int] = set()  # connections whose right end has been there
        self._sent: defaultdict[int, int] = defaultdict(int)  # bytes written to a connection that is not accepted yet
        self._order: dict[int, int] = {}  # connection → when it was complete
        self._listener_of: dict[int, int] = {}
        self._reset: set[int] = set()  # connections whose listening socket went before they were accepted
        self._kept: list[tuple[float, int, bool]] = []  # until when, connection, whether its left end
        self._connections: dict[int, Connection] = {}
        self._listeners: dict[int, Listening] = {}
        self._alone: dict[int, Alone] = {}
        self._there = self._take(recording.start)  # what no step has told of yet

    def step(self, step: Step, before: State, after: State) -> Connected:
        """Go on by a step."""
        event = self._events[step.event]
        touched = self._take(step_changes(event, step)) | self._there
        self._there = set()
        touched |= self._sleeping.step(event, step, before, after)
        touched |= self._inside(event, step, before)
        touched |= self._written(event, step, before)
        keys = self._affected(touched)
        keys |= self._expired(event.at if event.until is None or step.part == "enters" else event.until)
        worked_on = called(event, before) if event.kind == "call" else None
        acting: set[int] = set()
        for number in sorted(touched):
            if number in self._roles.listening:
                self._listen(number)
            elif number not in self._roles.pair and number in self._roles.protocols:
                self._stand(number)
        for key in sorted(keys):
            acting |= self._connect(key, event)
        for number in sorted(self._queues(touched, keys)):
            acting |= self._line_up(number, event)
        if worked_on is not None:
            acting.add(self._roles.pair.get(worked_on, worked_on))
        acting |= {number for number in touched if number in self._listeners or number in self._alone}
        return Connected(dict(self._connections), dict(self._listeners), dict(self._alone), frozenset(acting))

    # ---- what there is

    def _take(self, changes: Iterable[Change]) -> set[int]:
        """Take over changes; gives back the sockets that they bear on."""
        touched: set[int] = set()
        changes = list(changes)
        for change in changes:
            if isinstance(change.value, OpenFile):
                self._leads[change.value.id] = change.value.inode
            elif change.what == "inodes":
                number, value = change.key[0], change.value
                if isinstance(value, Inode) and value.socket is not None and value.socket.family in FAMILIES:
                    self._inodes[number] = value
                    touched.add(number)
                elif self._inodes.pop(number, None) is not None:
                    touched.add(number)
            elif change.what == "processes":
                touched |= self._process(change)
        for change in changes:
            if change.what == "tables":
                touched |= self._row((change.key[0], change.key[1]), change.value)
        return touched

    def _process(self, change: Change) -> set[int]:
        pid = change.key[0]
        table = change.value.table if isinstance(change.value, Process) else None
        before = self._table_of.get(pid)
        if table == before:
            return set()
        if before is not None:
            self._users[before].discard(pid)
        if table is None:
            del self._table_of[pid]
        else:
            self._table_of[pid] = table
            self._users[table].add(pid)
        return {number for one in (before, table) if one is not None for number in self._sockets_in[one]}

    def _row(self, row: tuple[int, int], value: object) -> set[int]:
        before = self._rows.pop(row, None)
        touched = set()
        if before is not None:
            self._rows_of[before].discard(row)
            touched.add(before)
        number = self._leads.get(value.open_file) if isinstance(value, Descriptor) else None
        if number is not None and number in self._inodes:
            self._rows[row] = number
            self._rows_of[number].add(row)
            self._sockets_in[row[0]].add(number)
            touched.add(number)
        return touched

    def _inside(self, event: Event, step: Step, before: State) -> set[int]:
        """Who is inside connect or accept."""
        touched: set[int] = set()
        if step.part != "enters" or event.kind != "call":
            for calls in (self._calling, self._accepting):
                left = calls.pop(event.tid, None)
                if left is not None:
                    touched.add(left)
        if event.call == "connect" or event.call in _ACCEPTS:
            number = called(event, before)
            if number is not None and number in self._inodes:
                touched.add(number)
                if event.call == "connect":
                    self._targets[number] = in_short(event.argument("addr"))
                if step.part == "enters":
                    (self._calling if event.call == "connect" else self._accepting)[event.tid] = number
        return touched

    def _written(self, event: Event, step: Step, before: State) -> set[int]:
        """Bytes for an end that no descriptor leads to yet: the kernel keeps them and tells when it is accepted."""
        touched: set[int] = set()
        if step.part != "enters" and moves(event) and event.pid in before.processes:
            for moved in transfers(event):
                number = self._rows.get((before.processes[event.pid].table, moved.fd)) if moved.into else None
                key = self._roles.pair.get(number, -1) if number is not None else -1
                if number is not None and key in self._connections and key not in self._seen:
                    self._sent[key] += moved.size
                    touched.add(number)
        return touched

    def _affected(self, touched: Iterable[int]) -> set[int]:
        """The connections that these sockets are ends of, or may come through."""
        pair = self._roles.pair
        return {pair[number] for number in touched if number in pair}

    def _expired(self, now: float) -> set[int]:
        """The connections of which the kernel has forgotten an end by now."""
        found: set[int] = set()
        while self._kept and self._kept[0][0] <= now:
            _, key, left = self._kept.pop(0)
            known = self._connections.get(key)
            end = None if known is None else known.left if left else known.right
            if (
                known is not None
                and end is not None
                and end.what == CLOSED
                and end.state in ("TIME_WAIT", closing.FIN_WAIT)
            ):
                self._put(known, End(CLOSED, None, end.address), left)
                found.add(key)
        return found

    # ---- sockets

    def _end(self, number: int) -> End | None:
        inode = self._inodes.get(number)
        if inode is None or inode.socket is None:
            return None
        holders = tuple(sorted((pid, fd) for table, fd in self._rows_of[number] for pid in self._users[table]))
        state = inode.socket.state
        if state == "CLOSE" and number in self._calling.values():
            state = "SYN_SENT"  # the kernel was asked before the call went on; it waits in no other state (tcp(7))
        if inode.socket.peer and state != "SYN_SENT":
            self._met.add(number)
        to = "" if number in self._met or number in self._roles.listening else self._targets.get(number, "")
        return End(
            OPEN, number, inode.socket.local, state, inode.queue, inode.socket.unsent, holders,
            self._sleeping.on(number), to,
        )  # fmt: skip

    def _socket(self, number: int) -> Socket | None:
        inode = self._inodes.get(number)
        return inode.socket if inode is not None else None

    def _listen(self, number: int) -> None:
        end, socket = self._end(number), self._socket(number)
        if end is None or socket is None:
            self._listeners.pop(number, None)
            return
        count, limit = socket.backlog or (-1, -1)
        known = self._listeners.get(number)
        waiting, incomplete = (known.waiting, known.incomplete) if known is not None else ((), ())
        self._listeners[number] = Listening(end, self._roles.protocols[number], count, limit, waiting, incomplete)

    def _stand(self, number: int) -> None:
        end, socket = self._end(number), self._socket(number)
        if end is None or socket is None:
            self._alone.pop(number, None)
        else:
            self._alone[number] = Alone(end, self._roles.protocols[number])

    # ---- connections

    def _connect(self, key: int, event: Event) -> set[int]:
        """Make the connection anew from what is known of its ends; gives back its key if it is different."""
        members = self._roles.members[key]
        rights = [number for number in members if number in self._roles.right]
        lefts = [number for number in members if number not in self._roles.right]
        left = self._end(lefts[0]) if lefts else None
        right = self._end(rights[0]) if rights else None
        known = self._connections.get(key)
        listener = self._listener(key, left, right)
        if right is not None:
            self._seen.add(key)
        left, right = self._both(key, known, left, right, event)
        if left is None and right is None:
            self._connections.pop(key, None)
            return {key} if known is not None else set()
        made = Connection(key, self._roles.protocols[members[0]], listener, left, right)
        if made == known:
            return set()
        self._connections[key] = made
        return {key}

    def _listener(self, key: int, left: End | None, right: End | None) -> int | None:
        """The listening socket of the connection, the oldest of several."""
        if key not in self._listener_of:
            socket = self._socket(right.inode) if right is not None and right.inode is not None else None
            address = socket.local if socket is not None else ""
            if not address and left is not None and left.inode is not None:
                own = self._socket(left.inode)
                address = (own.peer if own is not None else "") or left.to
            for number, other in self._listeners.items():
                if other.count >= 0 and serves(other.end.address, address):
                    self._listener_of[key] = number
                    break
        return self._listener_of.get(key)

    def _both(
        self, key: int, known: Connection | None, left: End | None, right: End | None, event: Event
    ) -> tuple[End | None, End | None]:
        """Both ends, with what is known of one that no descriptor leads to."""
        was = (known.left, known.right) if known is not None else (None, None)
        now = [left, right]
        if self._roles.protocols[key] == "TCP":
            now = self._settle(key, was, now, event)
        else:
            for side, end in enumerate(now):
                before = was[side]
                if end is None and before is not None and before.what in (OPEN, CLOSED):
                    now[side] = End(CLOSED, None, before.address)
        left, right = now
        if right is None and left is not None:
            right = self._other(key, left, was[1])
        elif left is None and right is not None and right.what == OPEN:
            socket = self._socket(right.inode) if right.inode is not None else None
            if socket is not None and socket.peer:
                left = End(OUTSIDE, None, socket.peer)
        if all(end is None or (end.what in (CLOSED, OUTSIDE) and not end.state) for end in (left, right)):
            return None, None
        return left, right

    def _settle(
        self, key: int, was: tuple[End | None, End | None], now: list[End | None], event: Event
    ) -> list[End | None]:
        """The ends of a TCP connection, with the states of both as they follow from the step."""
        told = [None if end is None else "CLOSE" if key in self._reset else closing.settled(end.state) for end in now]
        gone = [side for side in (0, 1) if now[side] is None and _is(was[side], OPEN)]
        gone.sort(key=lambda side: -_highest(was[side]))  # of an end of a process, the last descriptor closes first
        before = [closing.settled(end.state) if end is not None else "" for end in was]
        unread = [(end.queue or 0) if end is not None else 0 for end in was]
        states = closing.settle(before, told, gone, unread, event.call)
        for side, state in enumerate(states):
            end, past = now[side], was[side]
            if end is not None:
                now[side] = replace(end, state=state, unsent=closing.unsent(end.state, end.unsent))
            elif past is not None and past.what in (OPEN, CLOSED):
                alone = _is(was[1 - side], OUTSIDE)  # nobody tells when the other end closes
                state = "" if alone or state == "CLOSE" else state
                now[side] = End(CLOSED, None, past.address, state)
                if state and (past.what == OPEN or past.state != state):
                    until = (event.at if event.until is None else event.until) + closing.KEPT
                    self._kept.append((until, key, side == 0))
        return now

    def _other(self, key: int, left: End, was: End | None) -> End | None:
        """The other end while no descriptor leads to it yet."""
        own = self._socket(left.inode) if left.inode is not None else None
        peer = own.peer if own is not None else ""
        listener = self._listeners.get(self._listener_of.get(key, -1))
        waiting = self._sent[key] - (left.unsent or 0)
        if left.what == CLOSED and was is not None:
            early = was.what in (QUEUED, TAKEN)
            return End(was.what, None, was.address, _answer(left.state), waiting) if early else was
        if peer and (left.state in _ALIVE or not left.state):
            if listener is None:
                return was if was is not None else End(OUTSIDE, None, peer)
            self._order.setdefault(key, len(self._order))
            what = was.what if was is not None and was.what in (QUEUED, TAKEN) else QUEUED
            return End(what, None, peer, _answer(left.state), waiting)
        if left.to and (left.state == "SYN_SENT" or left.inode in self._calling.values()):
            return End(INCOMPLETE if listener is not None else OUTSIDE, None, left.to)
        return was if was is not None and was.what == OUTSIDE else None

    def _put(self, known: Connection, end: End, left: bool) -> None:
        self._connections[known.key] = Connection(
            known.key, known.protocol, known.listener, end if left else known.left, known.right if left else end
        )

    # ---- queues

    def _queues(self, touched: set[int], keys: set[int]) -> set[int]:
        """The listening sockets whose queues may be different now, also those that are gone."""
        found = touched & self._roles.listening
        return found | {self._listener_of[key] for key in keys if key in self._listener_of}

    def _line_up(self, number: int, event: Event) -> set[int]:
        """Say which connections wait in a queue, which have been taken from it, which are not complete."""
        listening = self._listeners.get(number)
        mine = [key for key, other in self._listener_of.items() if other == number and key in self._connections]
        unaccepted = [key for key in mine if key not in self._seen]
        ready = sorted((key for key in unaccepted if key in self._order), key=self._order.__getitem__)
        asking = tuple(key for key in unaccepted if key not in self._order and self._asks(key))
        changed: set[int] = set()
        if listening is None:  # listen(2): what waits in the queue of a socket that is closed is reset
            for key in unaccepted:
                known = self._connections[key]
                if known.right is not None and known.right.what != CLOSED:
                    self._put(known, End(CLOSED, None, known.right.address), left=False)
                    if known.right.what != INCOMPLETE:
                        self._reset.add(key)
                        changed |= self._connect(key, event)
                    changed.add(key)
            return changed
        extra = max(0, len(ready) - max(0, listening.count))
        takers = sum(other == number for other in self._accepting.values())
        taken = min(extra, takers)
        late = extra - taken
        kinds = [TAKEN] * taken + [QUEUED] * (len(ready) - extra) + [INCOMPLETE] * late
        for key, what in zip(ready, kinds, strict=True):
            known = self._connections[key]
            right = known.right
            if right is not None and right.what != what:
                self._put(
                    known,
                    End(what, None, right.address, "" if what == INCOMPLETE else right.state, right.queue),
                    left=False,
                )
                changed.add(key)
        waiting = tuple(ready[taken : len(ready) - late])
        incomplete = (*ready[len(ready) - late :], *asking)
        made = Listening(listening.end, listening.protocol, listening.count, listening.limit, waiting, incomplete)
        if made != listening:
            self._listeners[number] = made
            changed.add(number)
        return changed

    def _asks(self, key: int) -> bool:
        right = self._connections[key].right
        return right is not None and right.what == INCOMPLETE


def _answer(left: str) -> str:
    """The state of an end that only the kernel has: it acknowledges by itself.

    >>> _answer("ESTABLISHED"), _answer("FIN_WAIT1/2"), _answer("")
    ('ESTABLISHED', 'CLOSE_WAIT', '')
    """
    return "CLOSE_WAIT" if left == closing.FIN_WAIT else left


def _is(end: End | None, what: str) -> bool:
    return end is not None and end.what == what


def _highest(end: End | None) -> int:
    """The highest descriptor that leads to an end."""
    return max((fd for _, fd in end.holders), default=-1) if end is not None else -1
