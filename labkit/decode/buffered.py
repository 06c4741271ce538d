"""What stdio's buffers gave, took and lost at every step, from what is seen of them and the calls between.

A FILE is seen when its process stops, so at the start of a call: what the call itself moved is in the buffer's own
pointers only at the next stop. Here both are put together. Pure; knows glibc's habits where they are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from labkit.decode.replay import step_changes
from labkit.decode.transfers import Transfer, transfers
from labkit.model import Event, State, Step, Stream

Key = tuple[int, int]  # pid, address of the FILE
_EXEC = ("execve", "execveat")
_POSITIONING = ("fseek", "fseeko", "fseeko64", "rewind", "fsetpos", "fsetpos64")
_SEEKS = (*_POSITIONING, "fflush", "fclose", "exit")


@dataclass(frozen=True, slots=True)
class Buffered:
    """The buffer of `stream`: `unwritten` bytes that the kernel has not seen, `ahead` those the program has not.

    The kernel has taken the first `handed` bytes of `stream.pending`, though stdio has not noted it yet; `arrived`
    bytes of `ahead` came with a read that stdio has not noted yet. `behind` are the bytes the program has taken out of
    the buffer, None where they are not known. In this very step the program put `given` in and took `got` out, and
    fork copied the buffer from process `copied_from`. `lost` says how the rest was lost: "exec", "closed", "_exit",
    "exit", or the signal's name; then the stream is no more. `origin`: the process that has the same bytes, since fork.
    `start` is the offset in the file where the pending bytes begin, None where it is not known or there are none.
    """

    stream: Stream
    unwritten: bytes = b""
    ahead: bytes = b""
    behind: bytes | None = b""
    handed: int = 0
    arrived: int = 0
    given: bytes = b""
    got: bytes = b""
    copied_from: int | None = None
    lost: str = ""
    origin: int | None = None
    start: int | None = None


class Buffers:
    """The buffers of all processes: `step` goes on, `now` has them by pid and address.

    `moved` is what `transfers` gives for each event.
    """

    _before: State

    def __init__(self, events: Sequence[Event], moved: Sequence[tuple[Transfer, ...]]) -> None:
        self.now: dict[Key, Buffered] = {}
        self._events = events
        self._moved = moved
        self._momentary: set[Key] = set()  # of which the last step said what it did
        self._unnoted: dict[Key, int] = {}  # moved by a call of this thread, which is not seen to have gone on
        self._closing: set[Key] = set()  # fclose(3) takes a stream off glibc's list before it writes the rest
        self._came: dict[Key, bytes] = {}  # what the last read brought
        self._sought: dict[Key, int] = {}  # a seek moves in the buffer: the thread that is in one, or just was
        self._origins: dict[Key, tuple[int, bytes]] = {}
        self._leaves: dict[int, str] = {}
        self._borrowing: set[int] = set()  # processes in their parent's memory: its buffers are not theirs

    def step(self, step: Step, before: State, after: State) -> None:
        """Go on by a step, from the state before it to the one after."""
        event = self._events[step.event]
        self._before = before
        for key in self._momentary:
            old = self.now.get(key)
            if old is not None and (old.given or old.got or old.copied_from is not None):
                self.now[key] = replace(old, given=b"", got=b"", copied_from=None)
        self._momentary.clear()
        begins = step.part != "returns"
        if event.kind == "begin" and borrows(event, after, self._events):
            self._borrowing.add(event.pid)
        seen: set[Key] = set()
        for change in step_changes(event, step):
            if change.what != "streams" or change.key[0] in self._borrowing:
                continue
            key = change.key[0], change.key[1]
            if isinstance(change.value, Stream):
                self._see(key, change.value, event, after)
                seen.add(key)
            else:
                self._vanish(key, event, after)
        if begins and event.kind not in ("exit", "signal"):
            seen |= self._closing  # what fclose(3) has handed over stays so: nobody sees the FILE again
            for key in [key for key, tid in self._unnoted.items() if tid == event.tid and key not in seen]:
                self._see(key, self.now[key].stream, event, after)
        if begins:
            self._seeks(event)
        if event.call == "exit_group" and event.kind == "call":
            self._leaves[event.pid] = (event.place.via or ("exit",))[0]
        if step.part != "enters":
            for moved in self._moved[event.index]:
                self._move(event, moved)
            if event.call in _EXEC and event.result == 0:
                self._replaced(event.pid)
            if event.call == "close" and event.kind == "call" and self._closing:
                self._closed(event)

    def of(self, pid: int, fd: int) -> Buffered | None:
        """The stream of process `pid` on descriptor `fd`, one with something in it before others."""
        found = [
            buffered
            for (owner, _), buffered in self.now.items()
            if owner == pid and buffered.stream.fd == fd and (buffered.lost or self._used(buffered))
        ]
        return max(found, key=lambda buffered: (not buffered.lost, len(buffered.unwritten) + len(buffered.ahead)),
                   default=None)  # fmt: skip

    @staticmethod
    def _used(buffered: Buffered) -> bool:
        stream = buffered.stream
        return bool(stream.buffer or stream.pending or stream.readahead or buffered.arrived)

    def _seeks(self, event: Event) -> None:
        """Note which streams a seek is moving; the first step after it is seen to have moved them."""
        self._sought = {key: tid for key, tid in self._sought.items() if tid != event.tid}
        if event.kind == "call" and _by_seek(event) and event.args:
            for key, buffered in self.now.items():
                if key[0] == event.pid and buffered.stream.fd == event.args[0].value:
                    self._sought[key] = event.tid

    # ---- what the stream shows by itself

    def _see(self, key: Key, stream: Stream, event: Event, state: State) -> None:
        old = self.now.get(key)
        if old is None or old.lost or old.stream.fd != stream.fd:
            self._first(key, stream, event, state)
            return
        if stream is old.stream and 0 < old.handed < len(stream.pending):
            return  # write(2) took a part; glibc goes on with the rest before it moves its pointers
        self._unnoted.pop(key, None)
        given = stream.pending[len(old.unwritten) :] if stream.pending.startswith(old.unwritten) else b""
        got = self._got(old, stream, event, key in self._sought)
        behind = self._behind(key, stream)
        same = (stream.pending, stream.beyond) == (old.stream.pending, old.stream.beyond)
        start = old.start if same else self._start(key[0], stream)  # a flush moves the offset first, then the pointers
        self._put(key, Buffered(stream, stream.pending, stream.readahead, behind, given=given, got=got, start=start))

    def _first(self, key: Key, stream: Stream, event: Event, state: State) -> None:
        self._closing.discard(key)
        self._came.pop(key, None)
        pid, address = key
        process = state.processes.get(pid)
        parent = self.now.get((process.parent, address)) if process is not None else None
        copied = parent is not None and not parent.lost and parent.unwritten == stream.pending and bool(stream.pending)
        behind, start = None if stream.consumed else b"", self._start(pid, stream)
        fresh = Buffered(stream, stream.pending, stream.readahead, behind, start=start)
        if copied and process is not None:
            self._origins[key] = (process.parent, stream.pending)
            self._put(key, replace(fresh, copied_from=process.parent))
        else:
            self._origins.pop(key, None)
            self._put(key, replace(fresh, given=stream.pending))

    def _start(self, pid: int, stream: Stream) -> int | None:
        """Where in the file the pending bytes belong; the kernel's offset is that of the moment they were seen."""
        if not stream.pending or stream.append or pid not in self._before.processes:
            return None
        descriptor = self._before.fds(pid).get(stream.fd)
        opened = self._before.open_files.get(descriptor.open_file) if descriptor is not None else None
        return None if opened is None or opened.offset is None else opened.offset - stream.beyond

    @staticmethod
    def _got(old: Buffered, stream: Stream, event: Event, sought: bool) -> bytes:
        """What the program has taken; what a seek throws away it has not."""
        if not old.ahead or not old.ahead.endswith(stream.readahead) or sought:
            return b""
        if not stream.readahead and not stream.consumed:
            # Emptied: by glibc before it reads more, when all has been taken; or by a seek.
            refills = any(moved.fd == stream.fd and not moved.into for moved in transfers(event, under_way=True))
            if not (refills or (old.arrived and event.kind == "line")) or set(event.place.via) & set(_SEEKS):
                return b""
        return old.ahead[: len(old.ahead) - len(stream.readahead)]

    def _behind(self, key: Key, stream: Stream) -> bytes | None:
        came = self._came.get(key, b"")
        if len(came) == stream.consumed + len(stream.readahead) and came.endswith(stream.readahead):
            return came[: stream.consumed]
        return None if stream.consumed else b""

    def _put(self, key: Key, buffered: Buffered) -> None:
        self.now[key] = buffered
        self._momentary.add(key)

    # ---- how it ends

    def _vanish(self, key: Key, event: Event, state: State) -> None:
        old = self.now.get(key)
        if old is None or old.lost or event.call in _EXEC:  # `_replaced` tells what exec took away
            return
        if not old.unwritten:
            self._drop(key)
        elif event.kind == "exit":
            process = state.processes.get(key[0])
            how = (process.signal if process else "") or self._leaves.get(key[0], "exit")
            self._lose(key, "exit" if how == "exit" else how)
        else:
            self._closing.add(key)

    def _replaced(self, pid: int) -> None:
        """execve(2) gives the process a new memory; the old streams are seen to be gone only later."""
        self._borrowing.discard(pid)
        for key in [key for key, buffered in self.now.items() if key[0] == pid and not buffered.lost]:
            if self.now[key].unwritten:
                self._lose(key, "exec")
            else:
                self._drop(key)

    def _lose(self, key: Key, how: str) -> None:
        old = self.now[key]
        parent, copied = self._origins.get(key, (None, b""))
        origin = parent if copied == old.unwritten else None
        self._put(key, replace(old, lost=how, origin=origin, arrived=0))
        self._unnoted.pop(key, None)
        self._closing.discard(key)

    def _drop(self, key: Key) -> None:
        del self.now[key]
        self._unnoted.pop(key, None)
        self._closing.discard(key)
        self._came.pop(key, None)

    def _closed(self, event: Event) -> None:
        """fclose(3) has closed the descriptor; what it could not write is gone."""
        for key in [
            key for key in self._closing if key[0] == event.pid and self.now[key].stream.fd == event.args[0].value
        ]:
            if self.now[key].unwritten:
                self._lose(key, "closed")
            else:
                self._drop(key)

    # ---- what calls move

    def _move(self, event: Event, moved: Transfer) -> None:
        found = [key for key, buffered in self.now.items()
                 if key[0] == event.pid and buffered.stream.fd == moved.fd and not buffered.lost]  # fmt: skip
        for key in found:
            old = self.now[key]
            if moved.into and _from_buffer(event, moved, old):
                handed = old.handed + moved.size
                self._put(key, replace(old, handed=handed, unwritten=old.stream.pending[handed:]))
                self._unnoted[key] = event.tid
                return
            if not moved.into and into_buffer(event, moved, old):
                came = moved.data if _by_seek(event) else old.ahead + moved.data
                self._came[key] = came
                self._put(key, replace(old, ahead=came, arrived=moved.size, behind=b""))
                self._unnoted[key] = event.tid
                return


def borrows(event: Event, state: State, events: Sequence[Event]) -> bool:
    """Whether a new process is in its parent's memory until it calls exec: vfork(2), clone(2) with CLONE_VM."""
    process = state.processes.get(event.pid)
    if process is None or event.pid != event.tid:
        return False
    calls = [events[thread.inside] for thread in state.threads.values()
             if thread.pid == process.parent and thread.inside is not None]  # fmt: skip
    return any(call.call == "vfork" or any("CLONE_VM" in argument.text for argument in call.args) for call in calls)


def through_library(event: Event) -> bool:
    """Whether a library function made the call for the program: fputs, not write itself."""
    via = event.place.via
    return len(via) > 1 or not via


def _by_seek(event: Event) -> bool:
    """Whether a seek made the call: it reads into the buffer from its beginning, whatever was ahead there."""
    return bool(set(event.place.via) & set(_POSITIONING))


def _from_buffer(event: Event, moved: Transfer, old: Buffered) -> bool:
    rest = old.unwritten
    return bool(rest) and through_library(event) and moved.asked <= len(rest) and rest.startswith(moved.data)


def into_buffer(event: Event, moved: Transfer, old: Buffered) -> bool:
    """fread(3) of more than a buffer lets the kernel write straight into the program's memory."""
    count = next((argument.value for argument in event.args if argument.name == "count"), None)
    return through_library(event) and isinstance(count, int) and count <= max(old.stream.buffer, 1)
