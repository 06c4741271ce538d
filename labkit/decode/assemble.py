"""From the tracer's raw records to events: entry and exit joined, arguments decoded, changes to the state worked out.

Pure. Where in the program a stop was, and what its stdio streams held, come from two functions given to it, so that it
knows nothing of unwinding, of ELF or of glibc.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from labkit.decode import effects, pagecache
from labkit.decode.arguments import decode
from labkit.decode.blocking import waiting
from labkit.decode.calls import BY_NUMBER
from labkit.decode.captured_segments import Passed
from labkit.decode.effects import Returned, World
from labkit.decode.errnos import name_of as errno_name
from labkit.decode.flags import names, signal_name
from labkit.decode.numbers import NUMBER, name_of
from labkit.decode.passing import Message
from labkit.model import Change, Chunk, Event, Place, Process, Stream, Wait

if TYPE_CHECKING:
    from labkit.capture.rawlog import Raw

Placing = Callable[["Raw"], Place | None]
Streaming = Callable[["Raw"], tuple[Stream, ...] | None]
Watching = Callable[["Raw", World], None]

NOWHERE = Place()
SENDING = frozenset((NUMBER["sendmsg"], NUMBER["sendmmsg"]))


@dataclass(slots=True)
class Started:
    """The first process of a program: its `pid`, the `port` the program was told (0: none), and how it `ended`."""

    pid: int
    port: int
    ended: Process | None = None


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the records amount to. `started` are the programs in order, `duration` is until the last of them ended.

    `untold` says of which files the page cache is not known, in words. `packets` passed on the wire.
    """

    events: tuple[Event, ...]
    start: tuple[Change, ...]
    chunks: tuple[Chunk, ...]
    started: tuple[Started, ...]
    duration: float
    end: dict[str, object]
    surprises: tuple[str, ...]
    untold: tuple[str, ...]
    packets: tuple[Passed, ...] = ()


@dataclass(slots=True)
class _Open:
    """A call entered and not yet left."""

    index: int
    begin: int
    raw: Raw
    place: Place
    entered: tuple[Change, ...]
    wait: Wait | None = None
    messages: list[Message] = field(default_factory=list)


def assemble(records: Iterable[Raw], place: Placing, streams: Streaming, watch: Watching | None = None) -> Assembled:
    """Every record in order → events, output and end of the recording.

    `place` and `streams` are called for every record in order. `watch`, for tests, sees the world after each record.
    """
    return _Assembly(place, streams).run(records, watch)


class _Assembly:
    def __init__(self, place: Placing, streams: Streaming) -> None:
        self.world = World()
        self.place, self.streams = place, streams
        self.events: list[Event | None] = []
        self.chunks: list[Chunk] = []
        self.moment = -1
        self.inside: dict[int, _Open] = {}
        self.known_streams: dict[int, dict[int, Stream]] = {}
        self.replaced: set[int] = set()  # processes whose memory, and the streams in it, exec took away
        self.start: tuple[Change, ...] | None = None
        self.started: dict[int, Started] = {}
        self.finished = 0
        self.last_time = 0
        self.end: dict[str, object] = {}
        self.packets: list[Passed] = []
        self.handlers: dict[str, Callable[[Raw, Place], None]] = {
            "start": self.on_start, "entry": self.on_entry, "exit": self.on_exit, "fork": self.on_fork,
            "exec": self.on_exec, "death": self.on_death, "signal": self.on_signal, "stop": self.on_stop,
            "line": self.on_line, "blocked": self.on_blocked, "output": self.on_output, "end": self.on_end,
            "packet": self.on_packet,
        }  # fmt: skip

    def run(self, records: Iterable[Raw], watch: Watching | None) -> Assembled:
        for raw in records:
            if raw.time > self.last_time:
                self.last_time = raw.time
            self.handlers[raw.kind](raw, self.place(raw) or NOWHERE)
            if watch is not None:
                watch(raw, self.world)
        for opened in self.inside.values():
            self.never_returned(opened)
        return Assembled(
            events=tuple(event for event in self.events if event is not None),
            start=self.start or (),
            chunks=tuple(self.chunks),
            started=tuple(self.started.values()),
            duration=(self.finished or self.last_time) / 1e9,
            end=self.end,
            surprises=tuple(self.world.files.surprises),
            untold=pagecache.missing(self.world.files.untold),
            packets=tuple(self.packets),
        )

    # ---- moments and changes

    def next_moment(self) -> int:
        self.moment += 1
        return self.moment

    def new_index(self) -> int:
        self.events.append(None)
        return len(self.events) - 1

    def changes(self, raw: Raw) -> tuple[Change, ...]:
        """What became different, including the streams as this stop shows them."""
        world = self.world
        world.passing.expire()
        tasks, files, streams = world.tasks.taken(), world.files.taken(), self.stream_changes(raw)
        return tasks + files + streams if tasks or streams else files

    def stream_changes(self, raw: Raw) -> tuple[Change, ...]:
        now = self.streams(raw)
        if now is None and raw.pid in self.replaced:
            now = ()
        if now is None:
            return ()
        self.replaced.discard(raw.pid)
        before = self.known_streams.get(raw.pid, {})
        after = {stream.address: stream for stream in now}
        self.known_streams[raw.pid] = after
        changed = [
            Change("streams", (raw.pid, address), stream)
            for address, stream in after.items()
            if before.get(address) != stream
        ]
        changed += [Change("streams", (raw.pid, address), None) for address in before if address not in after]
        return tuple(changed)

    def point(self, raw: Raw, kind: str, place: Place, detail: str, changes: tuple[Change, ...]) -> None:
        """An event that begins and ends at one moment."""
        moment, at = self.next_moment(), raw.time / 1e9
        index = self.new_index()
        self.events[index] = Event(
            index, kind, raw.pid, raw.tid, moment, moment, at, at, place, detail=detail, changes=changes
        )

    # ---- records

    def on_start(self, raw: Raw, place: Place) -> None:
        """The first process of a program, stopped before its exec: the table it got from the launcher."""
        self.started[raw.pid] = Started(raw.pid, int(raw.extra.get("port", 0)))
        table = self.world.tasks.first(raw.pid, "", waited_for=bool(raw.extra.get("together")))
        opened: dict[int, int] = {}
        for seen in raw.table or raw.fds:
            if seen.shares is not None and seen.shares in opened:
                self.world.files.share(table, seen.fd, opened[seen.shares], bool(seen.cloexec))
            else:
                opened[seen.fd] = self.world.files.open(table, seen).id
        effects.caches(self.world, raw)
        if self.start is None:
            self.start = self.changes(raw)
        else:
            self.point(raw, "begin", place, "new program", self.changes(raw))

    def on_entry(self, raw: Raw, place: Place) -> None:
        effects.observe(self.world, raw)
        entered = self.changes(raw)
        opened = _Open(self.new_index(), self.next_moment(), raw, place, entered)
        if raw.nr in SENDING:
            opened.messages = self.sent(raw)
        self.inside[raw.tid] = opened

    def sent(self, raw: Raw) -> list[Message]:
        """The descriptors that a sendmsg puts under way."""
        table = self.world.tasks.table(raw.tid)
        args = decode(raw.nr, raw.args, None, raw.memory)
        fd = args[0].value
        return effects.sends(self.world, table, fd, args) if table is not None and isinstance(fd, int) else []

    def on_exit(self, raw: Raw, place: Place) -> None:
        opened = self.inside.pop(raw.tid, None)
        if opened is None:
            return
        entry = opened.raw
        failed = -4096 < raw.rval < 0
        args = decode(entry.nr, entry.args, raw.rval, entry.memory, raw.memory)
        call = BY_NUMBER.get(entry.nr)
        table = self.world.tasks.table(raw.tid)
        if call is not None and table is not None:
            effects.apply(self.world, Returned(raw, call, args, table))
        else:
            effects.observe(self.world, raw)
        if failed:
            for message in opened.messages:
                self.world.passing.cancel(message)
        changes = self.changes(raw)
        self.events[opened.index] = Event(
            opened.index, "call", raw.pid, raw.tid, opened.begin, self.next_moment(), entry.time / 1e9, raw.time / 1e9,
            opened.place, name_of(entry.nr), args, -1 if failed else raw.rval, errno_name(-raw.rval) if failed else "",
            "fault injected" if raw.extra.get("injected") else "", opened.wait, opened.entered, changes,
        )  # fmt: skip

    def never_returned(self, opened: _Open) -> None:
        raw = opened.raw
        self.events[opened.index] = Event(
            opened.index, "call", raw.pid, raw.tid, opened.begin, None, raw.time / 1e9, None, opened.place,
            name_of(raw.nr), decode(raw.nr, raw.args, None, raw.memory), None, wait=opened.wait, entered=opened.entered,
        )  # fmt: skip

    def on_fork(self, raw: Raw, place: Place) -> None:
        tid, pid = int(raw.extra["tid"]), int(raw.extra["pid"])
        if raw.tid not in self.world.tasks.threads:
            return
        self.world.tasks.fork(raw.tid, tid, pid, int(raw.extra["flags"]))
        streams: tuple[Change, ...] = ()
        if pid != raw.pid:
            copied = dict(self.known_streams.get(raw.pid, {}))
            self.known_streams[pid] = copied
            streams = tuple(Change("streams", (pid, address), stream) for address, stream in copied.items())
        changes = self.world.tasks.taken() + self.world.files.taken() + streams
        caller = self.inside.get(raw.tid)
        moment, at, index = self.next_moment(), raw.time / 1e9, self.new_index()
        what = "thread" if pid == raw.pid else "process"
        self.events[index] = Event(
            index, "begin", pid, tid, moment, moment, at, at, caller.place if caller else place,
            detail=f"new {what} of {raw.pid}", changes=changes,
        )  # fmt: skip

    def on_exec(self, raw: Raw, place: Place) -> None:
        """execve succeeded: told between its entry and its exit. The caller's thread id becomes the process id."""
        old = int(raw.extra.get("old_tid") or raw.tid)
        for tid in [tid for tid, opened in self.inside.items() if opened.raw.pid == raw.pid and tid != old]:
            self.never_returned(self.inside.pop(tid))
        if old != raw.tid and old in self.inside:
            self.inside[raw.tid] = self.inside.pop(old)
        name = PurePosixPath(str(raw.extra.get("exe", ""))).name
        if raw.pid in self.world.tasks.processes:
            self.world.tasks.exec(raw.pid, old, name)
            self.replaced.add(raw.pid)
            table = self.world.tasks.table(raw.tid)
            if raw.table is not None and table is not None:
                self.world.files.reconcile(table, raw.table, "execve")
            effects.caches(self.world, raw)

    def on_death(self, raw: Raw, place: Place) -> None:
        status = int(raw.extra["status"])
        opened = self.inside.pop(raw.tid, None)
        if opened is not None:
            self.never_returned(opened)
        effects.observe(self.world, raw)  # the other ends of the connections that its death closed
        ended = self.world.tasks.exit(raw.tid, status)
        streams: tuple[Change, ...] = ()
        if ended is not None:
            gone = self.known_streams.pop(raw.pid, {})
            streams = tuple(Change("streams", (raw.pid, address), None) for address in gone)
            if raw.pid in self.started:
                self.started[raw.pid].ended, self.finished = ended, raw.time
        killed = status & 0x7F
        how = f"killed by {signal_name(killed)}" if killed else f"exited with {status >> 8 & 0xFF}"
        what = how + (" (core dumped)" if status & 0x80 else "") if ended is not None else f"thread {how}"
        self.world.passing.expire()
        tasks = self.world.tasks.taken()
        if ended is not None and raw.pid in self.started and raw.pid not in self.world.tasks.processes:
            tasks = (Change("processes", (raw.pid,), ended), *tasks)  # how it ended, before nothing is left of it
        self.point(raw, "exit", place, what, tasks + self.world.files.taken() + streams)

    def on_signal(self, raw: Raw, place: Place) -> None:
        number, code, sender = (int(raw.extra.get(key, 0)) for key in ("number", "code", "sender"))
        word = names("cldcode", code) if number == 17 and code > 0 else names("sicode", code)
        source = f" from {sender}" if sender else ""
        self.point(raw, "signal", place, f"{signal_name(number)} ({word}){source}", self.changes(raw))

    def on_stop(self, raw: Raw, place: Place) -> None:
        number = int(raw.extra.get("number", 0))
        self.world.tasks.set_state(raw.pid, "stopped" if number else "running")
        kind, detail = ("stop", f"stopped by {signal_name(number)}") if number else ("continue", "continued")
        self.point(raw, kind, place, detail, self.changes(raw))

    def on_line(self, raw: Raw, place: Place) -> None:
        self.point(raw, "line", place, "", self.changes(raw))

    def on_blocked(self, raw: Raw, place: Place) -> None:
        opened = self.inside.get(raw.tid)
        table = self.world.tasks.table(raw.tid)
        if opened is None or opened.wait is not None or table is None:
            return
        entry = opened.raw
        args = decode(entry.nr, entry.args, None, entry.memory)
        wait = waiting(name_of(entry.nr), args, self.world.files, table, str(raw.extra.get("wchan") or ""))
        if wait is not None:
            opened.wait = replace(wait, state=str(raw.extra.get("state") or ""))

    def on_output(self, raw: Raw, place: Place) -> None:
        self.chunks.append(Chunk(raw.time / 1e9, int(raw.extra["fd"]), bytes(raw.extra["data"])))

    def on_packet(self, raw: Raw, place: Place) -> None:
        self.packets.append((int(raw.extra["at"]), bytes(raw.extra["packet"])))

    def on_end(self, raw: Raw, place: Place) -> None:
        self.end = dict(raw.extra)
