"""What would be left of a program's bytes if it ended, was killed, or the power failed, after each step of a recording.

Pure. Bytes are counted where they are: in stdio's buffers, in the kernel, on storage. Storage has for certain what an
fsync(2), fdatasync(2) or sync(2) that succeeded came after; the kernel may write the rest whenever it likes, so that on
an idle machine more may be there. Of file systems that are memory, nothing outlives the power.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from labkit.decode.buffered import Buffers
from labkit.decode.filesystems import IN_MEMORY
from labkit.decode.names import names
from labkit.decode.replay import replay, step_changes
from labkit.decode.text import visible
from labkit.decode.transfers import Transfer, transfers
from labkit.errors import LabkitError
from labkit.model import Event, Inode, Recording, State

End = Literal["exit", "kill -9", "power cut"]
_SYNCING = ("fsync", "fdatasync")
_SYNCING_ALL = ("sync", "syncfs")
_AT_ONCE = ("O_SYNC", "O_DSYNC")
_WIDTH = 60  # characters of a line of C


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the bytes for one file were after step `step` (counted from 1, as in the stepper), in numbers of bytes.

    `after` is the line of the program, or what else happened. `buffer` are in stdio's buffers, `kernel` handed to the
    kernel and not known to be on storage, `storage` known to be there. `dirty`: the pages of the file that storage had
    not got by the kernel's own account, None where it gave none.
    """

    step: int
    after: str
    buffer: int
    kernel: int
    storage: int
    dirty: int | None = None

    @property
    def total(self) -> int:
        """All of them."""
        return self.buffer + self.kernel + self.storage

    def left(self, end: End) -> int:
        """How many bytes are certain to be left when the program ends now: by exit(3), SIGKILL, or with the machine.

        >>> now = Whereabouts(9, "line 3", buffer=5, kernel=3, storage=2)
        >>> now.left("exit"), now.left("kill -9"), now.left("power cut")
        (10, 5, 2)
        """
        return {"exit": self.total, "kill -9": self.kernel + self.storage, "power cut": self.storage}[end]

    def kept(self, end: End) -> str:
        """The same in words.

        >>> now = Whereabouts(9, "line 3", buffer=5, kernel=3, storage=0)
        >>> now.kept("exit"), now.kept("kill -9"), now.kept("power cut")
        ('all of it', 'the first 3 of 8 bytes', 'nothing')
        """
        left = self.left(end)
        if not left:
            return "nothing"
        return "all of it" if left == self.total else f"the first {left:,} of {self.total:,} bytes"


@dataclass(frozen=True)
class Survival:
    """The whereabouts of the bytes for one file, one for each step at which they changed.

    `name` is the file as pictures call it, `kind` what it is; `filesystem` its type, "" where it has none or none is
    known. `named`: it was opened so that it may have been made, and its folder was not synced after that.
    """

    name: str
    kind: str
    filesystem: str
    named: bool
    moments: tuple[Whereabouts, ...]
    recording: Recording | None = field(default=None, compare=False, repr=False)

    @property
    def in_memory(self) -> bool:
        """Whether what it is on is nothing but memory."""
        return self.kind != "file" or self.filesystem in IN_MEMORY

    def __iter__(self) -> Iterator[Whereabouts]:
        return iter(self.moments)

    def after(self, words: str) -> Whereabouts:
        """The last moment after a line with these words in it; LabkitError if bytes moved in no such line."""
        found = [moment for moment in self.moments if words in moment.after]
        if not found:
            there = "; ".join(moment.after for moment in self.moments) or "none"
            raise LabkitError(f"No bytes moved for {self.name} in a line with {words!r}. They did in: {there}.")
        return found[-1]


def survival(recording: Recording, name: str) -> Survival:
    """What would be left of the bytes that `recording`'s program wrote for `name`, after each step that moved any.

    `name` is what pictures call it: the name of a file, "output pipe", "pipe A"; or "stdout", for what that leads to
    first. LabkitError if there is no such thing.
    """
    following = _Following(recording, name)
    for number, (step, before, after) in enumerate(replay(recording).walk(), 1):
        event = recording.events[step.event]
        following.buffers.step(step, before, after)
        for change in step_changes(event, step):
            if isinstance(change.value, Inode):
                following.see(change.value)
        if step.part != "enters":
            following.moved(event, before)
        following.count(number, event, after)
    inode = following.inode
    if inode is None:
        raise LabkitError(f"Nothing in this recording is called {name!r}; names are those in its pictures.")
    fs = inode.fs if inode.kind == "file" else ""
    return Survival(following.name, inode.kind, fs, following.named, tuple(following.moments), recording)


class _Following:
    """Goes along the steps with what is known of one thing's bytes."""

    def __init__(self, recording: Recording, name: str) -> None:
        self._called = names(recording)
        self._moves = tuple(map(transfers, recording.events))
        self.buffers = Buffers(recording.events, self._moves)
        self._sources = {file: text.split("\n") for file, text in recording.sources.items()}
        self.moments: list[Whereabouts] = []
        self.inode: Inode | None = None
        self._inodes: dict[int, Inode] = {}
        self.named = False
        self._handed = 0
        self._synced = 0
        self._at: dict[int, str] = {}  # the line that each process is on
        self.name = name
        if name == "stdout":
            self.name = self._first_stdout(recording)
        for change in recording.start:
            if isinstance(change.value, Inode):
                self.see(change.value)

    def _first_stdout(self, recording: Recording) -> str:
        state = replay(recording).at(-1)
        for pid in state.processes:
            row = state.fds(pid).get(1)
            if row is not None:
                return self._called.inode(state.open_files[row.open_file].inode)
        return "stdout"

    def see(self, inode: Inode) -> None:
        """The inode as it is now, if it is the one that is followed."""
        if self._called.inode(inode.id) != self.name:
            return
        self.inode = inode
        self._inodes[inode.id] = inode
        if inode.size is not None:
            self._synced = min(self._synced, inode.size)

    def moved(self, event: Event, before: State) -> None:
        """What the call, which has returned, did to bytes that are in the kernel."""
        if event.kind != "call" or self.inode is None or event.result is None or event.errno:
            return
        for moved in self._moves[event.index]:
            if moved.into and self._leads(event.pid, moved.fd, before):
                self._handed += moved.size
                self._written(event, moved, before)
        fd = next((argument.value for argument in event.args if argument.kind == "fd"), None)
        here = isinstance(fd, int) and self._leads(event.pid, fd, before)
        if event.call in _SYNCING_ALL or (event.call in _SYNCING and here):
            self._synced = 0 if self._in_memory() else self.inode.size or 0
        if event.call in _SYNCING and isinstance(fd, int) and self._kind(event.pid, fd, before) == "dir":
            self.named = False
        if event.call in ("open", "openat", "creat") and self._opened(event):
            self.named = True

    def _opened(self, event: Event) -> bool:
        flags = next((argument.text for argument in event.args if argument.name == "flags"), "O_CREAT")
        opened = {change.value.id for change in event.changes if isinstance(change.value, Inode)}
        return "O_CREAT" in flags and any(self._called.inode(inode) == self.name for inode in opened)

    def _written(self, event: Event, moved: Transfer, before: State) -> None:
        """What is written over is no longer what storage has."""
        row = before.fds(event.pid)[moved.fd]
        opened = before.open_files[row.open_file]
        if any(flag in opened.flags.split("|") for flag in _AT_ONCE) and not self._in_memory():
            assert self.inode is not None
            self._synced = self.inode.size or 0
            return
        at = moved.at if moved.at is not None else opened.offset
        if at is not None and "O_APPEND" not in opened.flags:
            self._synced = min(self._synced, at)

    def _in_memory(self) -> bool:
        return self.inode is None or self.inode.kind != "file" or self.inode.fs in IN_MEMORY

    def _leads(self, pid: int, fd: int, state: State) -> bool:
        if pid not in state.processes:
            return False
        row = state.fds(pid).get(fd)
        return row is not None and self._called.inode(state.open_files[row.open_file].inode) == self.name

    def _kind(self, pid: int, fd: int, state: State) -> str:
        row = state.fds(pid).get(fd) if pid in state.processes else None
        return "" if row is None else state.inodes[state.open_files[row.open_file].inode].kind

    def count(self, number: int, event: Event, state: State) -> None:
        """Add a moment if anything moved in this step."""
        ran = self._at.get(event.pid, "")
        if event.kind in ("call", "line") and event.place.line is not None:
            self._at[event.pid] = self._line(event.place.file, event.place.line)
        if self.inode is None:
            return
        buffer = sum(
            len(buffered.unwritten)
            for (pid, _), buffered in self.buffers.now.items()
            if not buffered.lost and self._leads(pid, buffered.stream.fd, state)
        )
        written = (self.inode.size or 0) if self.inode.kind == "file" else self._handed
        kernel = written - self._synced
        last = self.moments[-1] if self.moments else None
        if (buffer, kernel, self._synced) != (
            (last.buffer, last.kernel, last.storage) if last is not None else (0, 0, 0)
        ):
            after = ran if event.kind == "line" else self._what(event, last, buffer + written)
            self.moments.append(Whereabouts(number, after, buffer, kernel, self._synced, self.inode.dirty))

    def _what(self, event: Event, last: Whereabouts | None, total: int) -> str:
        """What a step that is no line of the program was."""
        if last is not None and total < last.total and event.kind in ("exit", "signal"):
            return f"the process ends: {last.total - total:,} lost"
        if event.place.line is not None:
            return self._line(event.place.file, event.place.line)
        if event.place.phase == "after main returned":
            return "exit, after main returned"
        return (event.place.via or (event.call or event.kind,))[0]

    def _line(self, file: str, line: int) -> str:
        texts = self._sources.get(file, [])
        text = texts[line - 1].partition(" // ")[0].strip() if line <= len(texts) else ""
        shown = visible(" ".join(text.split())).replace("\\\\n", "↵")  # as in all pictures
        return f"{line}: {shown[: _WIDTH - 1] + '…' if len(shown) > _WIDTH else shown}"
