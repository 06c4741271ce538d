"""What the picture of time shows, in steps: who lived from when to when, their calls, who woke whom, what came out.

Pure, and without any place or line: the drawing and its text twin are both made from this. Steps count in the order of
moments, never in seconds: tracing makes some calls much slower than others, and differently each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil

from labkit.decode.background import visible
from labkit.decode.names import Names, names
from labkit.decode.repetition import folded
from labkit.decode.replay import replay, step_changes
from labkit.decode.wakings import WRITES, inode_of, wakings
from labkit.draw.film import Key
from labkit.model import Descriptor, Event, OpenFile, Process, Recording, State, Thread, Value

MOST = 400  # columns and bars, at most
_FOLDED = 120  # of more steps, a repetition is one block


@dataclass
class Life:
    """One lane: a thread, from step `born` to step `ended`; `reaped` is when nothing of the process is left.

    `names` are the programs it ran, `parent` the thread that made it, `ending` how its process ended.
    """

    tid: int
    pid: int
    names: list[str]
    born: int
    parent: int | None = None
    ended: int | None = None
    reaped: int | None = None
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """Calls of one thread from step `first` to step `last`; more than one where they had to be merged.

    `kind` is "call", or "signal" for what happened to it. `asleep` is what it waited for between the two steps.
    """

    tid: int
    first: int
    last: int
    kind: str
    label: str
    title: str
    asleep: str = ""
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """Thread `tid` did something at step `step` that woke thread `woken` at step `until`."""

    step: int
    tid: int
    until: int
    woken: int


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes that left a recorded program at `step` through what descriptor `fd` led to at its start.

    `whose` is the program's first process by name, "" where there is one program only.
    """

    step: int
    fd: int
    data: bytes
    size: int
    whose: str = ""


@dataclass
class Timetable:
    """Everything in the picture. `column[step]` is the column a step is in, None for one that is not shown."""

    lives: dict[int, Life]
    column: list[int | None]
    bars: list[Bar]
    arrows: list[Arrow]
    outputs: list[Output]
    said: list[dict[Key, str]]


def timetable(recording: Recording) -> Timetable:
    """All that the picture of time has to show of `recording`."""
    called, woken = names(recording), wakings(recording)
    lives: dict[int, Life] = {}
    outputs: list[Output] = []
    said = []
    sinks = _sinks(recording, called)
    for change in recording.start:
        _live(lives, change.key, change.what, change.value, -1, None)
    steps = replay(recording).steps
    for number, (step, before, after) in enumerate(replay(recording).walk()):
        event = recording.events[step.event]
        for change in step_changes(event, step):
            _live(lives, change.key, change.what, change.value, number, event)
        if step.part != "enters" and event.call in WRITES and event.result and event.result > 0:
            outputs += (
                replace(out, data=called.without_ports(out.data)) for out in _output(event, before, sinks, number)
            )
        said.append(_said(recording, event, after, called, woken if step.part == "returns" else {}))
    column, bars = _fit(recording, called)
    where = _spans(recording)
    arrows = [
        Arrow(where[waker][0], recording.events[waker].tid, where[index][1], recording.events[index].tid)
        for index, waker in woken.items()
    ]
    first = {life.pid: life.born for life in reversed(lives.values())}  # a process before its threads
    order = sorted(lives.values(), key=lambda life: (first[life.pid], life.pid, life.born))
    made = Timetable({life.tid: life for life in order}, column, bars, arrows, outputs, said)
    assert len(steps) == len(column)
    return made


def _live(
    lives: dict[int, Life], key: tuple[int, ...], what: str, value: object, step: int, event: Event | None
) -> None:
    """Births, new names and ends."""
    if isinstance(value, Thread) and value.tid not in lives:
        lives[value.tid] = Life(value.tid, value.pid, [], step)
    elif isinstance(value, Process):
        life = lives.setdefault(value.pid, Life(value.pid, value.pid, [], step))
        if life.parent is None and value.parent in lives and step >= 0:
            life.parent = value.parent
        if not life.names or life.names[-1] != value.name:
            life.names.append(value.name)
        if value.state == "zombie":
            life.ending = value.signal or f"exit {value.status}"
            life.ended = step if life.ended is None else life.ended
    elif what == "threads" and value is None and key[0] in lives:
        if lives[key[0]].ended is None:
            lives[key[0]].ended = step
    elif what == "processes" and value is None and key[0] in lives:
        life = lives[key[0]]
        life.reaped = step
        life.ended = step if life.ended is None else life.ended
    if isinstance(value, Thread) and value.tid != value.pid and lives[value.tid].parent is None:
        lives[value.tid].parent = value.pid


_Sinks = Mapping[int, tuple[int, str]]


def _sinks(recording: Recording, called: Names) -> _Sinks:
    """The inodes that descriptors 1 and 2 of each program lead to at its start: which of the two, and whose."""
    found: dict[int, tuple[int, str]] = {}
    for pid, given in zip(recording.first_processes, recording.given, strict=False):
        rows = {change.key[1]: change.value for change in given if isinstance(change.value, Descriptor)}
        files = {change.key[0]: change.value for change in given if isinstance(change.value, OpenFile)}
        for fd in (1, 2):
            row = rows.get(fd)
            if row is not None and row.open_file in files:
                whose = called.process(pid) if len(recording.programs) > 1 else ""
                found.setdefault(files[row.open_file].inode, (fd, whose))
    return found


def _output(event: Event, before: State, sinks: _Sinks, step: int) -> Iterator[Output]:
    named = {a.name: a.value for a in event.args if a.kind == "fd"}
    fd = named.get("out_fd", named.get("fd_out", next(iter(named.values()), None)))
    inode = inode_of(before, event.tid, fd) if isinstance(fd, int) else None
    if inode is not None and inode in sinks and event.result:
        to, whose = sinks[inode]
        data = b"".join(_bytes(tuple(a.value for a in event.args if a.kind != "path")))[: event.result]
        yield Output(step, to, data, event.result, whose)


def _bytes(value: Value) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _bytes(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _bytes(part)


def _said(recording: Recording, event: Event, after: State, called: Names, woken: dict[int, int]) -> dict[Key, str]:
    """What every thread is in at this step, and who woke whom, as lines."""
    said: dict[Key, str] = {}
    for tid, thread in after.threads.items():
        doing = "running"
        if thread.inside is not None:
            inside = recording.events[thread.inside]
            doing = f"asleep in {inside.call}: waits for {thread.wait.on}" if thread.wait else f"in {inside.call}"
        if tid == event.tid and event.kind == "call":
            doing += f"; this step: {called.call(event)}"
            if event.index in woken:
                waker = recording.events[woken[event.index]]
                doing += f"; woken by {called.thread(waker.tid)}'s {waker.call or waker.kind}"
        said["lane", tid] = f"{called.thread(tid)}: {doing}"
    for pid, process in after.processes.items():
        if process.state == "zombie":
            said["lane", pid] = f"{called.process(pid)}: zombie, {process.signal or f'exit {process.status}'}"
    return said


# ---- columns and bars


def _spans(recording: Recording) -> dict[int, tuple[int, int]]:
    """The first and the last step of every event."""
    spans: dict[int, tuple[int, int]] = {}
    for number, step in enumerate(replay(recording).steps):
        spans[step.event] = (spans.get(step.event, (number, number))[0], number)
    return spans


def _fit(recording: Recording, called: Names) -> tuple[list[int | None], list[Bar]]:
    """A column for every step that is shown, and the bars: a step a column, or as many steps as it takes to fit."""
    steps = replay(recording).steps
    shown = list(visible(recording))
    tids = [recording.events[steps[n].event].tid for n in shown]
    runs: list[tuple[list[int], bool]] = []  # of one thread, or a repetition, which is one column when it is long
    at = 0
    for fold in (*(folded(recording) if len(shown) > _FOLDED else ()), None):
        upto = fold.first if fold else len(shown)
        runs += [([shown[n] for n in run], False) for _, run in groupby(range(at, upto), tids.__getitem__)]
        if fold:
            runs.append((shown[upto : fold.end], True))
            at = fold.end
    each = 1
    while True:
        # First only neighbouring steps of one thread share a column; when that is not enough, whatever is neighbouring.
        parts = [run[at : at + (len(run) if whole else each)]
                 for run, whole in runs for at in range(0, len(run), len(run) if whole else each)]  # fmt: skip
        if len(parts) > MOST and each >= ceil(len(shown) / MOST):
            parts = [shown[at : at + each] for at in range(0, len(shown), each)]
        column: list[int | None] = [None] * len(steps)
        for number, part in enumerate(parts):
            for n in part:
                column[n] = number
        if len(parts) <= MOST:
            bars = list(_bars(recording, called, column))
            if len(bars) <= MOST or each > len(shown):
                return column, bars
        each = max(each + 1, each * 5 // 4)


def _bars(recording: Recording, called: Names, column: list[int | None]) -> Iterator[Bar]:
    """The bars of every thread; its neighbouring calls that are in one column are one bar."""
    spans = _spans(recording)
    pending: dict[int, list[Event]] = {}
    last = len(column) - 1
    for event in recording.events:
        if event.kind not in ("call", "signal", "stop", "continue") or event.index not in spans:
            continue
        first, end = spans[event.index]
        if column[first] is None:
            continue
        group = pending.get(event.tid)
        alone = column[first] != column[end] or (event.kind == "call" and event.end is None)
        if group and (alone or column[spans[group[0].index][0]] != column[first]):
            yield _merged(pending.pop(event.tid), spans, called)
        if alone:
            yield _bar(event, first, end if event.end is not None else last, spans[event.index], called)
        else:
            pending.setdefault(event.tid, []).append(event)
    for group in pending.values():
        yield _merged(group, spans, called)


def _bar(event: Event, first: int, last: int, steps: tuple[int, int], called: Names) -> Bar:
    at = tuple(dict.fromkeys(steps))
    if event.kind != "call":
        word = event.detail.split(" ", 1)[0] if event.kind == "signal" else event.kind
        return Bar(event.tid, first, last, "signal", word, f"{called.thread(event.tid)}: {event.kind} {word}", "", at)
    asleep = event.wait.on if event.wait else ""
    title = f"{called.thread(event.tid)}: {called.call(event)}" + (f"; asleep: {asleep}" if asleep else "")
    return Bar(event.tid, first, last, "call", event.call, title, asleep, at)


def _merged(events: list[Event], spans: dict[int, tuple[int, int]], called: Names) -> Bar:
    first, last = spans[events[0].index][0], max(spans[event.index][1] for event in events)
    if len(events) == 1:
        return _bar(events[0], first, last, spans[events[0].index], called)
    calls = list(dict.fromkeys(event.call or event.kind for event in events))
    few = ", ".join(calls[:3]) + (", …" if len(calls) > 3 else "")
    steps = tuple(sorted({step for event in events for step in spans[event.index]}))
    label = f"{len(events):,} × {few}" if len(calls) == 1 else f"{len(events):,} calls: {few}"
    return Bar(events[0].tid, first, last, "call", label, f"{called.thread(events[0].tid)}: {label}", "", steps)
