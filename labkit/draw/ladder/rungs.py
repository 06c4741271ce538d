"""What a ladder shows, row by row: the calls of both sides, the segments between them, the state of each end.

Pure, and without any place or line: the drawing and its text twin are both made from this. Rows count in the order of
moments, never in seconds: tracing makes some calls much slower than others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.decode.names import Names, names
from labkit.decode.once import once
from labkit.decode.replay import replay
from labkit.decode.tcp_connections import CLIENT, SERVER, Connection, Ends, Standing, ends, standings, telling
from labkit.decode.wakings import inode_of
from labkit.draw.ladder.words import asked, given
from labkit.model import Event, Inode, Recording

_OF_LISTENER = ("socket", "bind", "listen")  # of the calls on a listening socket, besides the accept that took this one
_SEVERAL = frozenset(("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait"))


When = tuple[int, int]  # a moment, and its part: what happens at it is 0; segments that pass after it are LATER
LATER = 2


@dataclass
class Bar:
    """A call from row `first` to row `last`, in column `lane` of its side, 0 next to the kernel.

    `asked` is the call of name `call`, `given` what it returned, `asleep` what it waited for, "" if it did not sleep.
    `apart`: what it returned has a row of its own. `event` is the number of the event; it is over at `until`.
    """

    side: str
    who: str
    event: int
    call: str
    first: int
    last: int
    asked: str
    given: str
    asleep: str = ""
    apart: bool = False
    lane: int = 0
    until: When | None = None


@dataclass(frozen=True, slots=True)
class Stood:
    """`end` gets into `state` in `row`, by the segment there if there is one; `told` as in `Standing`."""

    row: int
    end: str
    state: str
    told: bool
    when: When


@dataclass
class Rungs:
    """All of one ladder. `rows[n]` is the number of the segment in row n, None in a row with calls only.

    `folds` says of a row what it stands for, in two lines, where the ladder was too long. `happened` is what is in the
    rows in the order of time: when, and in which row.
    """

    connection: Connection
    ends: Ends
    rows: list[int | None] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    stood: list[Stood] = field(default_factory=list)
    people: dict[str, list[str]] = field(default_factory=dict)  # side → names of its processes
    folds: dict[int, tuple[str, str]] = field(default_factory=dict)
    happened: list[tuple[When, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Item:
    moment: int
    rank: int  # what happens at a moment, then the segments before the next one
    kind: str  # "begin", "end", "segment"
    number: int  # of the event or segment


def rungs(recording: Recording, connection: Connection) -> Rungs:
    """All that the ladder of `connection` has to show."""
    called = names(recording)
    whose = ends(recording, connection)
    sides = dict(_concerned(recording, whose))
    shown = telling(recording, connection)
    items = sorted(_items(recording, sides, shown), key=lambda item: (item.moment, item.rank, item.number))
    made = Rungs(connection, whose)
    _place(recording, called, sides, items, made)
    made.stood = list(_stood(standings(recording, connection, shown), made))
    _lanes(made.bars)
    for bar in made.bars:
        who = made.people.setdefault(bar.side, [])
        if bar.who not in who:
            who.append(bar.who)
    return made


# ---- which calls concern a connection


@once
def _touched(recording: Recording) -> dict[int, frozenset[int]]:
    """By event, the inodes of the sockets that its descriptors lead to when it is made, or that it makes or ends."""
    touched: dict[int, set[int]] = {}
    for step, before, _ in replay(recording).walk():
        event = recording.events[step.event]
        if event.kind not in ("call", "exit"):
            continue
        found = touched.setdefault(event.index, set())
        if event.kind == "call" and step.part != "returns":
            for argument in event.args:
                if argument.kind == "fd" and isinstance(argument.value, int):
                    inode = inode_of(before, event.tid, argument.value)
                    found |= set() if inode is None else {inode}
            if event.call in _SEVERAL and event.wait is not None and event.pid in before.processes:
                rows = before.fds(event.pid).values()
                found |= {before.open_files[row.open_file].inode for row in rows if row.open_file in before.open_files}
        for change in event.changes if step.part != "enters" else ():
            fresh = isinstance(change.value, Inode) and change.key[0] not in before.inodes
            gone = event.kind == "exit" and change.value is None
            if change.what == "inodes" and (fresh or gone):
                found.add(change.key[0])
    return {number: frozenset(found) for number, found in touched.items()}


def _concerned(recording: Recording, whose: Ends) -> Iterator[tuple[int, str]]:
    """The numbers of the events that concern a connection, and on which side."""
    for number, inodes in _touched(recording).items():
        event = recording.events[number]
        if whose.client in inodes and whose.client is not None:
            yield number, CLIENT
        elif whose.server in inodes and whose.server is not None:
            yield number, SERVER
        elif whose.listener in inodes and whose.listener is not None:
            waits = event.call in ("accept", "accept4") and whose.server is None and event.end is None
            last = any(change.key == (whose.listener,) and change.value is None for change in event.changes)
            if event.call in _OF_LISTENER or waits or (last and whose.server is None):
                yield number, SERVER


def _items(recording: Recording, sides: dict[int, str], shown: tuple[int, ...]) -> Iterator[_Item]:
    leaving = {event.pid: event for event in recording.calls("exit_group")}
    for number in sides:
        event = recording.events[number]
        if event.kind == "exit":
            left = leaving.get(event.pid)
            begin = (left.begin, 0) if left is not None else (event.begin - 1, 1)
            yield _Item(*begin, "begin", number)
            yield _Item(event.begin, 0, "end", number)
            continue
        yield _Item(event.begin, 0, "begin", number)
        if event.end is not None:
            yield _Item(event.end, 0, "end", number)
    for number in shown:
        yield _Item(recording.segments[number].moment, LATER, "segment", number)


# ---- rows


def _place(recording: Recording, called: Names, sides: dict[int, str], items: list[_Item], made: Rungs) -> None:
    """Give every item its row."""
    under_way: dict[int, Bar] = {}
    for place, item in enumerate(items):
        row = len(made.rows)
        if item.kind == "begin":
            event = recording.events[item.number]
            bar = under_way[item.number] = _bar(called, event, sides[item.number], row)
            made.bars.append(bar)
            inside = _inside(items, place, item.number)
            bar.apart = inside is not None and any(other.kind != "segment" for other in inside)
            if items[place + 1 : place + 2] and items[place + 1].kind == "segment":
                made.happened.append(
                    ((item.moment, item.rank), row)
                )  # it shares the row of the segment that comes next
                continue
        elif item.kind == "end":
            bar = under_way.pop(item.number)
            bar.last = row = row if bar.apart else row - 1
            bar.until = item.moment, item.rank
        if row == len(made.rows):
            made.rows.append(item.number if item.kind == "segment" else None)
        made.happened.append(((item.moment, item.rank), row))
    for bar in under_way.values():
        bar.last = len(made.rows) - 1


def _inside(items: list[_Item], place: int, number: int) -> list[_Item] | None:
    """What happens between the beginning of a call and its end; None if it never ends."""
    for after in range(place + 1, len(items)):
        if items[after].kind == "end" and items[after].number == number:
            return items[place + 1 : after]
    return None


def _bar(called: Names, event: Event, side: str, row: int) -> Bar:
    who = called.thread(event.tid)
    if event.kind == "exit":
        return Bar(side, who, event.index, "", row, row, "is killed" if "SIG" in event.detail else "ends", "")
    asleep = event.wait.on if event.wait is not None else ""
    return Bar(side, who, event.index, event.call, row, row, asked(called, event), given(called, event), asleep)


def _lanes(bars: list[Bar]) -> None:
    """Bars of one side that last through the same rows stand side by side."""
    for number, bar in enumerate(bars):
        others = [other for other in bars[:number] if other.side == bar.side and other.last >= bar.first]
        taken = {other.lane for other in others}
        bar.lane = next(lane for lane in range(len(bars)) if lane not in taken)


def _stood(all_of: list[Standing], made: Rungs) -> Iterator[Stood]:
    """The changes of state by row; of two in one row and of one end, the later."""
    row_of = {number: row for row, number in enumerate(made.rows) if number is not None}
    last: dict[tuple[int, str], Stood] = {}
    for one in all_of:
        when = one.moment, 0 if one.segment is None else LATER
        if one.segment is not None:
            row = row_of[one.segment]
        else:
            row = max((row for then, row in made.happened if then <= when), default=-1)
        if row >= 0:
            last[row, one.end] = Stood(row, one.end, one.state, one.told, when)
    yield from last.values()
