"""Where are my bytes? From the program's variable through the FILE buffer and the kernel to storage, at every step.

Pure: a recording in, a `Scene` out. What stdio did is `labkit.decode.buffered`'s, which bytes wait
`labkit.decode.waiting`'s; this joins them along each track, and draws nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labkit.decode.buffered import Buffered, Buffers, into_buffer, through_library
from labkit.decode.contents import Contents
from labkit.decode.names import names
from labkit.decode.replay import replay, step_changes
from labkit.decode.text import visible
from labkit.decode.transfers import Transfer, transfers
from labkit.decode.waiting import Waiting
from labkit.draw.film import Key, Lines, Scene
from labkit.draw.whereabouts import wording as words
from labkit.draw.whereabouts.drawing import Drawing
from labkit.draw.whereabouts.shown import BufferBox, Flow, Shown, Thing, keys, lines
from labkit.draw.whereabouts.tracks import Track, Tracks, Walked, choose, track_of
from labkit.draw.wording import doing, many
from labkit.model import Change, Event, Inode, OpenFile, Process, Recording, State, Step

_SCREEN = 3  # lines shown of a terminal's screen
_SCREEN_BYTES = 600
_INSIDE = ("sendfile", "splice", "tee", "copy_file_range")  # their bytes are never the program's

_SOURCE = 60  # characters of a line of the program

_LEGEND = (
    "Bytes go down when the program writes and up when it reads. Above the dashed system-call line is the "
    "program's own memory: what it just handed over or got, and the stdio buffer of the stream, a cell a byte (↵ "
    "newline, ␣ space, ▯ a byte that is no text). Below it is the kernel: the descriptor with its offset, and the "
    "pipe, socket, page cache or terminal; then what lies beyond. Hatched cells of a buffer have been moved on: "
    "taken by the program, or handed to the kernel. An arrow says which call moved how many bytes in this step; "
    "what changed has a thick frame and a ◆. Pages: dirty ones are not on storage yet, as far as the kernel "
    "tells; they are as at the last call that had to do with the file. A thing with a dashed frame is closed, and "
    "is shown as it was last seen."
)


def whereabouts(
    recording: Recording, subjects: Mapping[Key, int] | None = None, *, of: str | int | None = None
) -> Scene:
    """Where the bytes of a recording's streams and descriptors are, at every step.

    `of` chooses a stream by name ("stdout") or a descriptor (1), with everything that its bytes pass through; without
    it, the most used ones are shown. `subjects` gives ("process", pid), ("descriptor", pid, fd) and ("inode", id) the
    numbers of what can be followed.
    """
    followed = follow(recording, of)
    shown, tracks = followed.shown, followed.tracks
    title = f"Where are the bytes of {visible(recording.title)}?"
    drawing = Drawing(shown, tracks, _numbers(subjects or {}, followed.inodes))
    twin = Lines()
    twin.declare(keys(tracks))
    for number, step in enumerate(shown):
        drawing.step(number, step)
        twin.step(number, lines(step, tracks))
    return Scene("bytes", "bytes", drawing.end(title), twin.end(title, len(shown)), _LEGEND)


@dataclass(frozen=True)
class Followed:
    """What each step shows, along which tracks, and the name of each inode that is a thing of theirs."""

    shown: Sequence[Shown]
    tracks: Tracks
    inodes: Mapping[int, str]


def follow(recording: Recording, of: str | int | None = None) -> Followed:
    """What the picture says at every step, as values; `of` as for `whereabouts`."""
    walked = list(replay(recording).walk())
    moves = tuple(map(transfers, recording.events))
    tracks = choose(recording, walked, moves, of)
    along = _Follow(recording, walked, moves, tracks)
    return Followed([along.step(*walk) for walk in walked], tracks, along.inodes)


def _numbers(subjects: Mapping[Key, int], inodes: Mapping[int, str]) -> dict[Key, int]:
    """The numbers by what is drawn: tracks by ("descriptor", pid, fd), things by ("thing", name)."""
    things: dict[Key, int] = {
        ("thing", name): subjects["inode", inode] for inode, name in inodes.items() if ("inode", inode) in subjects
    }
    return {**subjects, **things}


class _Follow:
    """Goes along the steps and says of each what it shows; what did not change is the same object again."""

    def __init__(
        self, recording: Recording, walked: Walked, moves: Sequence[tuple[Transfer, ...]], tracks: Tracks
    ) -> None:
        self._moves = moves
        self._recording = recording
        self._events = recording.events
        self._called = names(recording)
        self._tracks = tracks
        self._all = [track for group in tracks.groups for thing in group for track in tracks.tracks[thing]]
        self._names = {thing for group in tracks.groups for thing in group}
        self._buffers = Buffers(recording.events, moves)
        self._waiting = Waiting(walked, recording.events, moves)
        self._contents = Contents(recording.events, moves)
        self._outside = {change.key[0] for given in recording.given for change in given if change.what == "inodes"}
        self.inodes: dict[int, str] = {}
        self._inode: dict[str, Inode] = {}
        self._gone: set[str] = set()
        self._screens: dict[str, bytes] = {}
        self._held: dict[str, bytes | None] = {}
        self._places: dict[int, tuple[str, int] | None] = {}
        self._doing: dict[int, str] = {}
        self._titles: dict[int, str] = {}
        self._flows: dict[Track, tuple[tuple[object, ...], Flow]] = {}
        self._things: dict[str, tuple[tuple[object, ...], Thing]] = {}
        self._sources: dict[tuple[str, int], str] = {}
        self._lines = {file: text.split("\n") for file, text in recording.sources.items()}
        for change in recording.start:
            self._take(change)

    def step(self, step: Step, before: State, after: State) -> Shown:
        """What this step shows."""
        event = self._events[step.event]
        self._buffers.step(step, before, after)
        self._waiting.step(step, before, after)
        self._contents.step(step, before, after)
        for change in step_changes(event, step):
            self._take(change)
        ran = self._places.get(event.pid)
        if event.kind in ("call", "line"):
            place = event.place
            self._places[event.pid] = (place.file, place.line) if place.line is not None else None
        self._doing.pop(event.pid, None)
        moved = self._moved(event, step, before, after)
        flows: dict[Track, Flow] = {}
        for track in self._all:
            flow = self._flow(track, event, ran, moved.get(track), after)
            if flow is not None:
                flows[track] = flow
        things = {name: self._thing(name, after) for name in self._inode}
        return Shown(flows, things)

    def _take(self, change: Change) -> None:
        if change.what == "inodes":
            if isinstance(change.value, Inode):
                name = self._called.inode(change.value.id)
                if name in self._names:
                    self._inode[name] = change.value
                    self.inodes[change.value.id] = name
                    self._gone.discard(name)
            elif change.key[0] in self.inodes and self._inode[self.inodes[change.key[0]]].id == change.key[0]:
                self._gone.add(self.inodes[change.key[0]])
        elif change.what == "processes":
            self._doing.pop(change.key[0], None)
            if isinstance(change.value, Process):
                name = visible(change.value.name)
                self._titles[change.key[0]] = f"{self._called.process(change.key[0])} {name}".rstrip()

    def _moved(self, event: Event, step: Step, before: State, after: State) -> dict[Track, Transfer]:
        """The bytes that crossed the system-call line in this step, by track."""
        if step.part == "enters":
            return {}
        found: dict[Track, Transfer] = {}
        for moved in self._moves[event.index]:
            track = track_of(event.pid, moved.fd, (before, after), self._called)
            if track is None:
                continue
            found.setdefault(track, moved)
            inode = self._inode.get(track.thing)
            if inode is not None and inode.kind == "terminal" and moved.into:
                self._screens[track.thing] = (self._screens.get(track.thing, b"") + moved.data)[-_SCREEN_BYTES:]
        return found

    # ---- a track

    def _flow(
        self, track: Track, event: Event, ran: tuple[str, int] | None, moved: Transfer | None, state: State
    ) -> Flow | None:
        process = state.processes.get(track.pid)
        row = state.fds(track.pid).get(track.fd) if process is not None else None
        opened = state.open_files.get(row.open_file) if row is not None else None
        inode = state.inodes.get(opened.inode) if opened is not None else None
        leads = inode is not None and self._called.inode(inode.id) == track.thing
        buffered = self._buffers.of(track.pid, track.fd) if track in self._tracks.with_stream else None
        if buffered is not None and not leads and not buffered.lost and buffered.stream.fd == track.fd and opened:
            buffered = None  # the stream leads elsewhere now
        if moved is None and not leads and buffered is None and process is None:
            return None
        if not leads and moved is None and buffered is None and track not in self._flows:
            return None  # not opened yet
        doing_now = self._does(process, state, event) if process is not None else "ended"
        momentary = moved is not None or (buffered is not None and (buffered.given or buffered.got))
        key = (process, opened if leads else None, inode if leads and buffered else None, buffered, doing_now)
        known = self._flows.get(track)
        if not momentary and known is not None and known[0] == key:
            return known[1]
        flow = self._describe(track, event, ran, moved, buffered, opened if leads else None, inode, doing_now)
        self._flows[track] = (key if not momentary else (object(),), flow)
        return flow

    def _describe(
        self,
        track: Track,
        event: Event,
        ran: tuple[str, int] | None,
        moved: Transfer | None,
        buffered: Buffered | None,
        opened: OpenFile | None,
        inode: Inode | None,
        doing_now: str,
    ) -> Flow:
        called = self._called
        inner = inner_way = outer = outer_way = data = ""
        straight = False
        if moved is not None:
            outer = f"{event.call}: {many(moved.size, 'byte')}"
            outer_way = "down" if moved.into else "up"
            # What stdio has moved is in its buffer; all else is the program's own variable.
            by_stdio = buffered is not None and (
                (buffered.handed > 0) if moved.into else bool(buffered.arrived and into_buffer(event, moved, buffered))
            )
            straight = not by_stdio
            if straight:
                data = called.data(moved.data, moved.size, most=40) if moved.data else ""
                if event.call in _INSIDE:
                    outer += ", inside the kernel"
                elif buffered is not None:
                    outer += ", past stdio" if not through_library(event) else ", not buffered"
        if buffered is not None and not straight:
            if buffered.given:
                inner, inner_way = many(len(buffered.given), "byte"), "down"
                data = called.data(buffered.given, most=40)
            elif buffered.got:
                inner, inner_way = many(len(buffered.got), "byte"), "up"
                data = called.data(buffered.got, most=40)
            elif buffered.copied_from is not None:
                inner = f"copied by fork from {called.process(buffered.copied_from)}"
        if (inner or straight) and event.kind == "line" and ran is not None:
            doing_now = self._source(ran)
        box = self._buffer(buffered, opened, inode) if buffered is not None else None
        title = self._titles.get(track.pid, called.process(track.pid))
        return Flow(title, doing_now, data, inner, inner_way, outer, outer_way, straight, box,
                    words.descriptor(track.fd, opened))  # fmt: skip

    def _buffer(self, buffered: Buffered, opened: OpenFile | None, inode: Inode | None) -> BufferBox:
        stream = buffered.stream
        reading = not stream.pending and not buffered.unwritten
        taken = words.taken_count(buffered) if reading else buffered.handed
        held = buffered.ahead if reading else buffered.unwritten
        behind = buffered.behind if reading else stream.pending[: buffered.handed]
        note = words.lost_why(buffered, self._called) if buffered.lost else words.position(buffered, opened, inode)
        return BufferBox(
            words.stream_title(stream, self._called.stream_now(stream)),
            behind and self._called.without_ports(behind),
            taken,
            self._called.without_ports(held),
            reading,
            stream.buffer,
            words.amount(buffered),
            note,
            bool(buffered.lost),
        )

    def _does(self, process: Process, state: State, event: Event) -> str:
        """What the process is about: asleep, ended, or the line it is on."""
        known = self._doing.get(process.pid)
        if known is None:
            known = doing(state, process, self._events)
            place = self._places.get(process.pid)
            if known == "running" or known.startswith("in "):
                if place is not None:
                    known = self._source(place)
                elif event.pid == process.pid and event.place.via:
                    known = " → ".join(event.place.via)
            self._doing[process.pid] = known
        return known

    def _source(self, place: tuple[str, int]) -> str:
        known = self._sources.get(place)
        if known is None:
            known = self._sources[place] = self._line(*place)
        return known

    def _line(self, file: str, line: int) -> str:
        """A line of the program and its number."""
        texts = self._lines.get(file, [])
        text = texts[line - 1].partition(" // ")[0].strip() if line <= len(texts) else ""
        shown = visible(" ".join(text.split())).replace("\\\\", "\\")  # as in C
        if len(shown) > _SOURCE:
            shown = shown[: _SOURCE - 1] + "…"
        return f"{line}: {shown}" if text else f"line {line}"

    # ---- a thing

    def _thing(self, name: str, state: State) -> Thing:
        inode = self._inode[name]
        data = self._waiting.bytes_in(inode)
        if inode.kind in ("file", "memfd"):
            data = self._held.get(name) if name in self._gone else self._contents.of(inode)
            self._held[name] = data
        taken = self._waiting.taken_outside(inode) if inode.id in self._outside else None
        key = (inode, name in self._gone, data, taken, self._screens.get(name))
        known = self._things.get(name)
        if known is not None and known[0] == key:
            return known[1]
        beyond: tuple[str, ...] = ()
        if inode.kind == "terminal":
            beyond = ("screen", *self._screen(name))
        elif inode.kind in ("file", "memfd"):
            beyond = words.storage(inode)
        elif inode.kind == "pipe" and inode.id in self._outside:
            beyond = ("a process outside", f"has taken {many(taken, 'byte')}" if taken else "is at the other end")
        elif inode.socket is not None and inode.socket.peer_inode is None and inode.socket.backlog is None:
            beyond = ("a process outside", "is at the other end")
        share = inode.queue / inode.capacity if inode.queue and inode.capacity else 0.0
        title = called_now = self._called.inode_now(inode)
        if name in self._gone:
            title = f"{called_now}: closed"
        word = "holds" if inode.kind in ("file", "memfd") else "waiting"
        made = Thing(
            title, word, self._called.without_ports(data or b""), words.held(inode), share, words.pages(inode), beyond
        )
        self._things[name] = (key, made)
        return made

    def _screen(self, name: str) -> tuple[str, ...]:
        texts = self._called.without_ports(self._screens.get(name, b"")).split(b"\n")
        if texts and not texts[-1]:
            texts.pop()
        return tuple(visible(text.rstrip(b"\r")) for text in texts[-_SCREEN:])
