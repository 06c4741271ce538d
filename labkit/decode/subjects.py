"""What each step has to do with, so that one can go to the next event of a process, descriptor, open file or pipe.

Pure: one pass over the steps with the descriptor tables as they are then. Knows no names for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from labkit.decode.connections.closing import as_told
from labkit.decode.descent import named
from labkit.decode.once import once
from labkit.decode.replay import steps
from labkit.decode.tables import Tables, changes
from labkit.model import Argument, Change, Event, Inode, Recording, Value


@dataclass(frozen=True, slots=True)
class Subject:
    """What a step can concern, by ids as in State.

    `kind` and `key`: "process" (pid,), "descriptor" (pid, fd), "open file" (id,), "inode" (id,) or "stream" (pid,
    address).
    """

    kind: str
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Subjects:
    """All subjects of a recording, in the order of their first steps; for each step indices into `keys`, ascending."""

    keys: tuple[Subject, ...]
    of: tuple[tuple[int, ...], ...]

    def steps(self, subject: Subject) -> tuple[int, ...]:
        """The numbers of the steps that concern `subject`; none if it is not in the recording."""
        if subject not in self.keys:
            return ()
        index = self.keys.index(subject)
        return tuple(number for number, concerned in enumerate(self.of) if index in concerned)


@once
def subjects(recording: Recording) -> Subjects:
    """What every step of `steps(recording)` concerns.

    A step concerns its process; the descriptors among its arguments and what they lead to, before it or after it; and
    whatever it changes: so open and accept concern the descriptor they made, and a process's end the pipes it closed.
    fork, wait and kill concern both processes. What only the return of a call tells is not a subject of the step that
    enters it. Descriptors are those of the calling process, also where threads of several share a table.
    Found once a recording; some 10 µs a step.
    """
    walk = _Walk(recording)
    numbers: dict[tuple[str, tuple[int, ...]], int] = {}
    of = []
    for step in steps(recording):
        concerned = walk.step(recording.events[step.event], step.part)
        of.append(tuple(sorted({numbers.setdefault(subject, len(numbers)) for subject in concerned})))
    return Subjects(tuple(Subject(kind, key) for kind, key in numbers), tuple(of))


_Key = tuple[str, tuple[int, ...]]


class _Walk:
    """What each step concerns, asked in their order."""

    def __init__(self, recording: Recording) -> None:
        self.tables = Tables(recording)
        self.processes = {event.pid for event in recording.events}
        self.inodes: dict[int, Inode] = {}  # as pictures tell them

    def step(self, event: Event, part: str) -> Iterator[_Key]:
        """What a step concerns; what it changes is applied when all has been told."""
        yield "process", (event.pid,)
        returned = part != "enters"
        fds = tuple(descriptors(event.args if returned else [argument for argument in event.args if not argument.out]))
        yield from self.led_to(event, fds)
        if event.wait is not None and event.wait.inode is not None:
            yield "inode", (event.wait.inode,)
        for change in changes(event, part):
            yield from self.changed(event, change)
        yield from self.led_to(event, fds)
        yield from (("process", (pid,)) for pid in _processes(event, returned=returned) if pid in self.processes)

    def led_to(self, event: Event, fds: Iterable[int]) -> Iterator[_Key]:
        for fd in fds:
            yield "descriptor", (event.pid, fd)
            yield from self.behind(self.tables.open_file(event.tid, fd))

    def behind(self, open_file: int | None) -> Iterator[_Key]:
        if open_file is None:
            return
        yield "open file", (open_file,)
        inode = self.tables.inode(open_file)
        if inode is not None:
            yield "inode", (inode,)

    def changed(self, event: Event, change: Change) -> Iterator[_Key]:
        """What a change concerns; it is applied meanwhile."""
        if change.what == "tables":
            table, fd = change.key
            yield from self.behind(self.tables.row(table, fd))
            self.tables.apply(change)
            yield from (("descriptor", (pid, fd)) for pid in self.tables.users(event, table))
            yield from self.behind(self.tables.row(table, fd))
            return
        self.tables.apply(change)
        if isinstance(change.value, Inode) and not self.becomes(change.value):
            return
        if change.what == "open_files":
            yield from self.behind(change.key[0])
        elif change.what in _SINGLE:
            yield _SINGLE[change.what], change.key

    def becomes(self, inode: Inode) -> bool:
        """Whether that is another thing to tell of it than before."""
        told = as_told(inode)
        before, self.inodes[inode.id] = self.inodes.get(inode.id), told
        return before != told


_SINGLE = {"streams": "stream", "inodes": "inode", "processes": "process"}


# ---- descriptors among the arguments


def descriptors(args: Iterable[Argument]) -> Iterator[int]:
    """Every descriptor that the arguments name, by the kind of the argument; not AT_FDCWD, nor -1 for none."""
    for argument in args:
        within = _WITHIN.get(argument.kind)
        if within is not None:
            yield from (fd for fd in within(argument.value) if isinstance(fd, int) and fd >= 0)


def _one(value: Value) -> Iterable[Value]:
    return (value,)


def _each(value: Value) -> Iterable[Value]:
    return value if isinstance(value, tuple) else ()


def _polled(value: Value) -> Iterable[Value]:
    """poll(2) has an array of structures with an `fd`; select(2) has sets of descriptors asked about."""
    if isinstance(value, dict):
        return _each(value.get("asked"))
    return [entry.get("fd") for entry in _each(value) if isinstance(entry, dict)]


def _passed(value: Value) -> Iterable[Value]:
    """unix(7): the descriptors that a message carries."""
    return _each(value.get("rights")) if isinstance(value, dict) else ()


def _all_passed(value: Value) -> Iterable[Value]:
    return [fd for message in _each(value) for fd in _passed(message)]


_WITHIN: dict[str, Callable[[Value], Iterable[Value]]] = {
    "fd": _one,
    "fds": _each,
    "struct": _polled,
    "message": _passed,
    "messages": _all_passed,
}

# ---- other processes

# call → its argument that is a process; 0 and negative numbers are groups (kill(2), wait(2)).
_NAMED = {
    "kill": "pid", "tgkill": "tgid", "tkill": "tid", "wait4": "pid", "pidfd_open": "pid", "rt_sigqueueinfo": "tgid",
    "prlimit64": "pid", "setpgid": "pid", "getpgid": "pid", "getsid": "pid", "kcmp": "pid1",
}  # fmt: skip
_BEARING = frozenset(("fork", "vfork", "clone", "clone3"))
_RETURNING = _BEARING | {"wait4"}
_P_PID = 1


def _processes(event: Event, *, returned: bool) -> Iterator[int]:
    """The other processes that an event names: a child, one waited for, one that gets a signal or sent it."""
    if event.kind != "call":
        yield named(event)
        return
    if event.call in _NAMED:
        value = next((argument.value for argument in event.args if argument.name == _NAMED[event.call]), None)
        if isinstance(value, int) and value > 0:
            yield value
    if event.call == "waitid":
        yield from _waited(event, returned)
    if returned and event.call in _RETURNING and event.result is not None and event.result > 0:
        yield event.result


def _waited(event: Event, returned: bool) -> Iterator[int]:
    which, who = event.argument("idtype"), event.argument("id")
    if which == _P_PID and isinstance(who, int):
        yield who
    found = event.argument("infop")
    if returned and isinstance(found, dict) and isinstance(found.get("pid"), int):
        yield int(str(found["pid"]))
