"""One step, with everything a sentence about it may say: who, what, the states before and after, and the names.

Answers questions; makes no sentences. Knows no call by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from labkit.decode.names import Names
from labkit.decode.story.callers import called, library
from labkit.decode.story.past import Past
from labkit.decode.story.words import short, the
from labkit.model import Argument, Event, Inode, OpenFile, Recording, State, Step, Stream, Thread, Value

BEFORE_MAIN, AFTER_MAIN = "before main", "after main returned"
_UNCHANGING = ("/dev/null", "/dev/zero", "/dev/full")


@dataclass
class Scene:
    """A step of a recording. `past` is what earlier steps left behind that no State tells."""

    recording: Recording
    names: Names
    step: Step
    before: State
    after: State
    past: Past
    wakings: dict[int, int]  # a call that slept → the event that woke it (labkit.decode.wakings)
    programs: bool = False  # whether processes run different programs, so that a pid's name alone says too little
    _arguments: dict[str, Argument] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._arguments = {argument.name: argument for argument in self.event.args}

    @cached_property
    def event(self) -> Event:
        """The event this is a step of."""
        return self.recording.events[self.step.event]

    # ---- who

    def person(self, tid: int) -> str:
        """A process or thread by name, with the program it runs where that tells them apart."""
        name = self.names.thread(tid)
        if not self.programs:
            return name
        thread = self.before.threads.get(tid) or self.after.threads.get(tid)
        pid = thread.pid if thread else tid
        process = self.before.processes.get(pid) or self.after.processes.get(pid)
        program = process.name if process else ""
        return f"{name} ({self.names.path(program)})" if program else name

    @cached_property
    def who(self) -> str:
        """Whose step it is."""
        return self.person(self.event.tid)

    @cached_property
    def library(self) -> str:
        """The library function that made the call for the program, "" when it made it itself."""
        return library(self.event)

    @cached_property
    def called(self) -> str:
        """The call by the name C programs use."""
        return called(self.event)

    @cached_property
    def subject(self) -> str:
        """Who did it: "P1", "P1's fclose", "P1's dynamic loader", "P2 woke up and"."""
        return f"{self.doer} woke up and" if self.woke else self.doer

    @cached_property
    def doer(self) -> str:
        """The subject, whether it slept or not."""
        place = self.event.place
        if place.phase == BEFORE_MAIN:
            return f"{self.who}'s {'start-up code' if place.via else 'dynamic loader'}"
        if place.phase == AFTER_MAIN and self.library:
            return f"{self.who}'s {self.library}, after main returned,"
        return f"{self.who}'s {self.library}" if self.library else self.who

    @property
    def woke(self) -> bool:
        """Whether this step is the return from a call that slept."""
        return self.step.part == "returns" and self.event.wait is not None

    @property
    def started_outside(self) -> bool:
        """Whether the process is the first of a program that was recorded: nobody in the recording made it."""
        return self.event.pid in self.recording.first_processes

    # ---- what the call was given

    def value(self, name: str) -> Value:
        """An argument's decoded value; None when the call has none of that name."""
        argument = self._arguments.get(name)
        return None if argument is None else argument.value

    def number(self, name: str) -> int | None:
        """An argument that is a number, or None."""
        value = self.value(name)
        return value if isinstance(value, int) else None

    def text(self, name: str) -> str:
        """An argument as people read it, the same in every run; "" when there is none."""
        argument = self._arguments.get(name)
        return "" if argument is None else self.names.value(argument, self.event.call)

    def first(self, kind: str) -> Argument | None:
        """The first argument of a kind."""
        return next((argument for argument in self.event.args if argument.kind == kind), None)

    @cached_property
    def fd(self) -> int:
        """The first descriptor it was given, -1 if none."""
        argument = self.first("fd")
        return argument.value if argument is not None and isinstance(argument.value, int) else -1

    @property
    def result(self) -> int:
        """What it returned; 0 if it never did."""
        return self.event.result or 0

    def path(self, name: str = "path") -> str:
        """A path it was given, in quotes, cut to what a sentence holds."""
        argument = self._arguments.get(name)
        if argument is None or argument.kind != "path":
            return "a path it cannot read"
        path = self.names.path(str(argument.value)).replace('"', '\\"')
        return f'"{short(path)}"'

    # ---- what descriptors lead to

    def opened(self, fd: int, state: State | None = None) -> OpenFile | None:
        """The open file description a descriptor of this process leads to: after the step, unless told otherwise."""
        for now in (state,) if state is not None else (self.after, self.before):
            thread = now.threads.get(self.event.tid)
            descriptor = now.tables.get(thread.table, {}).get(fd) if thread else None
            if descriptor is not None:
                return now.open_files.get(descriptor.open_file)
        return None

    def inode(self, fd: int, state: State | None = None) -> Inode | None:
        """The inode a descriptor of this process leads to."""
        opened = self.opened(fd, state)
        if opened is None:
            return None
        for now in (state,) if state is not None else (self.after, self.before):
            inode = now.inodes.get(opened.inode)
            if inode is not None:
                return inode
        return None

    def thing(self, fd: int) -> str:
        """What a descriptor leads to, by name: "pipe A", "the terminal"; "nothing" when it leads nowhere."""
        inode = self.inode(fd)
        return self.name(inode) if inode is not None else "nothing"

    def name(self, inode: Inode) -> str:
        """An inode's name as it stands in a sentence."""
        return the(self.names.inode_now(inode).removesuffix(" (deleted)"))

    def file(self, fd: int) -> str:
        """The name of the open file description behind a descriptor, "F4"."""
        opened = self.opened(fd)
        return self.names.open_file(opened.id) if opened is not None else "nothing"

    def stream(self, fd: int) -> Stream | None:
        """The stdio stream on a descriptor of this process, as it was when the call was made."""
        if self.library in ("dprintf", "vdprintf"):
            return None  # their stream lives only as long as the call
        found = next((stream for stream in self.streams.values() if stream.fd == fd), None)
        if found is not None:
            return found
        # fclose takes the stream off glibc's list before it flushes and closes it.
        earlier = self.before.streams.get(self.event.pid, {})
        return next((stream for stream in earlier.values() if stream.fd == fd), None)

    @cached_property
    def streams(self) -> dict[int, Stream]:
        """The stdio streams of this process when the call was made."""
        found = dict(self.before.streams.get(self.event.pid, {}))
        for change in self.event.entered:
            if change.what == "streams" and change.key[0] == self.event.pid:
                if isinstance(change.value, Stream):
                    found[change.key[1]] = change.value
                else:
                    found.pop(change.key[1], None)
        return found

    # ---- others

    def others_inside(self) -> Iterator[tuple[Thread, Event]]:
        """Every other thread that was inside a call before this step, with the call."""
        for thread in self.before.threads.values():
            if thread.inside is not None and thread.tid != self.event.tid:
                yield thread, self.recording.events[thread.inside]

    def holders(self, open_file: int, state: State | None = None) -> list[tuple[int, int]]:
        """Each (pid, fd) that leads to an open file description."""
        return list((state or self.after).holders(open_file))

    def outside(self, inode: Inode) -> bool:
        """Whether it is the recording's own pipe, terminal or file: somebody outside is at its other end."""
        return self.names.inode(inode.id).startswith(("input ", "output ", "error ", "terminal"))

    def inert(self, inode: Inode) -> bool:
        """Whether it is a device that keeps nothing, so that an offset says nothing."""
        return self.names.inode(inode.id) in _UNCHANGING
