"""Which event woke a thread that was asleep in a call: the write that a read waited for, the exit wait4 waited for.

Pure, and an inference: the kernel does not tell. What happened to the thing waited for while the thread slept is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.decode.replay import replay
from labkit.model import Event, Recording, Socket, State, Step

_READS = frozenset(
    ("read", "readv", "pread64", "preadv", "preadv2", "recvfrom", "recvmsg", "recvmmsg", "tee", "splice")
)
WRITES = frozenset(("write", "writev", "pwrite64", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg", "sendfile",
                    "splice", "tee", "vmsplice", "copy_file_range"))  # fmt: skip
_ACCEPTS = frozenset(("accept", "accept4"))
_LOCKS = frozenset(("flock", "fcntl"))
_KILLS = frozenset(("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"))
_FORKS = frozenset(("vfork", "clone", "clone3"))
_WAITS = frozenset(("wait4", "waitid"))
_PAUSES = frozenset(("pause", "rt_sigsuspend"))
_SEVERAL = frozenset(("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait"))
_CHANNELS = ("pipe", "fifo", "socket", "eventfd")

Deed = tuple[str, int]  # what was done, and the inode or the process it was done to


@dataclass
class _Sleep:
    """A call asleep, the inodes that can wake it, and what others did meanwhile."""

    event: Event
    inodes: frozenset[int]
    children: frozenset[int]
    deeds: list[tuple[str, int, Event]] = field(default_factory=list)


def wakings(recording: Recording) -> dict[int, int]:
    """For each call that slept and woke, by the index of its event, the index of the event that woke it.

    A call that nothing in the recording woke (time, a terminal, a process outside) is not in it.
    """
    if not any(event.wait is not None and event.end is not None for event in recording.events):
        return {}
    ends = _Ends(recording)
    asleep: dict[int, _Sleep] = {}
    woken: dict[int, int] = {}
    for step, before, _ in replay(recording).walk():
        event = recording.events[step.event]
        if step.part == "returns" and event.index in asleep:
            waker = _waker(asleep.pop(event.index))
            if waker is not None:
                woken[event.index] = waker.index
        if asleep:
            for what, whom in _deeds(event, step, before):
                for sleep in asleep.values():
                    if sleep.event.tid != event.tid:
                        for inode in (
                            ends.reached(whom) if what in ("fills", "drains", "connects", "accepts") else {whom}
                        ):
                            sleep.deeds.append((what, inode, event))
        if step.part == "enters" and event.wait is not None and event.end is not None:
            children = frozenset(p.pid for p in before.processes.values() if p.parent == event.pid)
            asleep[event.index] = _Sleep(event, _watched(event, before, ends), children)
    return woken


def _waker(sleep: _Sleep) -> Event | None:
    """The event that ended this sleep: the first that sufficed, or the last of those that were needed together."""
    event = sleep.event
    call = event.call
    if event.errno == "EINTR" or event.errno.startswith("ERESTART") or call in _PAUSES:
        return _last(sleep, ("signals",), {event.pid, event.tid}) or _last(sleep, ("ends", "stops"), sleep.children)
    if event.errno or (call in _SEVERAL and not event.result):
        return None
    if call in _WAITS:
        return _last(sleep, ("ends", "stops"), {event.result} if call == "wait4" else None)
    if call in _FORKS:
        return _last(sleep, ("ends", "execs"), {event.result})
    if call == "futex":
        return _last(sleep, ("futex", "leaves"), {event.pid})
    if call in ("open", "openat"):
        opened = [deed for what, _, deed in sleep.deeds if what == "opens" and _paths(deed) & _paths(event)]
        return opened[-1] if opened else None
    if call in _LOCKS:
        return _last(sleep, ("locks", "closes"), sleep.inodes)
    if call in _ACCEPTS:
        return _last(sleep, ("connects",), sleep.inodes)
    if call == "connect":
        return _last(sleep, ("accepts",), sleep.inodes)
    if call in _READS:
        if event.result == 0:  # pipe(7): end of file only when every write end is closed
            return _last(sleep, ("closes",), sleep.inodes)
        return next((deed for what, inode, deed in sleep.deeds if what == "fills" and inode in sleep.inodes), None)
    if call in WRITES:
        return _last(sleep, ("drains", "closes"), sleep.inodes)
    if call in _SEVERAL:
        return _last(sleep, ("fills", "connects", "closes"), sleep.inodes)
    return None


def _paths(event: Event) -> set[object]:
    return {argument.value for argument in event.args if argument.kind == "path"}


def _last(sleep: _Sleep, whats: tuple[str, ...], whom: object) -> Event | None:
    """The last deed of these kinds, done to one of `whom` (None: to anybody)."""
    for what, number, event in reversed(sleep.deeds):
        if what in whats and (whom is None or number in whom):  # type: ignore[operator]
            return event
    return None


def _deeds(event: Event, step: Step, before: State) -> Iterator[Deed]:
    """What a step does to inodes and processes that somebody may be waiting for."""
    if event.kind in ("exit", "stop", "continue"):
        yield ("ends" if event.kind == "exit" else "stops"), event.pid
        if event.kind == "exit":
            yield "leaves", event.pid
            yield from (("closes", inode) for inode in _closed(event, before))
        return
    if event.kind != "call" or (event.errno and event.errno != "EINPROGRESS"):
        return
    call = event.call
    if call == "exit_group" and step.part != "returns":  # its descriptors close before the process is seen to end
        table = before.tables.get(before.processes[event.pid].table, {}) if event.pid in before.processes else {}
        for descriptor in table.values():
            if descriptor.open_file in before.open_files:
                yield "closes", before.open_files[descriptor.open_file].inode
        return
    if step.part != "enters":
        yield from (("closes", inode) for inode in _closed(event, before))
    if call in ("execve", "execveat"):  # vfork(2): the parent may be seen to go on before its child returns
        yield "execs", event.pid
    if step.part == "returns" or event.result is None:
        return
    if call in ("open", "openat"):
        yield "opens", 0
    if call == "futex":
        yield "futex", event.pid
    if call in _KILLS:
        for argument in event.args:
            if argument.kind != "fd" and isinstance(argument.value, int):
                yield "signals", abs(argument.value)
    whats = [what for what, calls in _VERBS if call in calls]
    if whats:
        for inode in _inodes(event, before):
            yield from ((what, inode) for what in whats)


_VERBS = (
    ("fills", WRITES), ("drains", _READS | {"sendfile", "copy_file_range"}), ("connects", {"connect"}),
    ("accepts", _ACCEPTS), ("closes", {"shutdown"}), ("locks", _LOCKS),
)  # fmt: skip


def _closed(event: Event, before: State) -> set[int]:
    """Inodes that a descriptor leads to no more."""
    found = set()
    for change in event.changes:
        if change.what == "tables":
            descriptor = before.tables.get(change.key[0], {}).get(change.key[1])
            if descriptor is not None and change.value != descriptor and descriptor.open_file in before.open_files:
                found.add(before.open_files[descriptor.open_file].inode)
    return found


def _inodes(event: Event, before: State) -> list[int]:
    """The inodes behind the descriptors a call is given."""
    found = []
    for argument in event.args:
        if argument.kind == "fd" and isinstance(argument.value, int):
            inode = inode_of(before, event.tid, argument.value)
            if inode is not None:
                found.append(inode)
    return found


def inode_of(state: State, tid: int, fd: int) -> int | None:
    """The number of the inode that descriptor `fd` of thread `tid` leads to, None when it leads nowhere."""
    thread = state.threads.get(tid)
    descriptor = state.tables.get(thread.table, {}).get(fd) if thread else None
    opened = state.open_files.get(descriptor.open_file) if descriptor else None
    return opened.inode if opened else None


class _Ends:
    """Which sockets are the two ends of something, at any time of the recording."""

    def __init__(self, recording: Recording) -> None:
        self._reached: dict[int, set[int]] = {}
        at: dict[str, set[int]] = {}
        towards: dict[int, set[str]] = {}
        changes = [
            *recording.start,
            *(change for event in recording.events for change in event.entered + event.changes),
        ]
        for change in changes:
            socket = getattr(change.value, "socket", None)
            if isinstance(socket, Socket):
                inode = change.key[0]
                if socket.peer_inode is not None:
                    self._reached.setdefault(inode, set()).add(socket.peer_inode)
                    self._reached.setdefault(socket.peer_inode, set()).add(inode)
                if socket.local:
                    at.setdefault(socket.local, set()).add(inode)
                if socket.peer:
                    towards.setdefault(inode, set()).add(socket.peer)
        for inode, addresses in towards.items():
            for address in addresses:
                self._reached.setdefault(inode, set()).update(at.get(address, ()))

    def reached(self, inode: int) -> set[int]:
        """This inode, and those at the other end of it."""
        return {inode} | self._reached.get(inode, set())


def _watched(event: Event, before: State, ends: _Ends) -> frozenset[int]:
    """The inodes that can wake a call that goes to sleep."""
    wait = event.wait
    assert wait is not None
    if event.call not in _SEVERAL:
        if wait.inode is None:
            return frozenset()
        inode = before.inodes.get(wait.inode)
        other = inode.socket.peer_inode if inode is not None and inode.socket is not None else None
        # The other end closing, not this one: a close of the thread's own descriptor wakes nobody.
        return frozenset((wait.inode,)) if other is None else frozenset((wait.inode, other))
    found = set()
    for descriptor in before.fds(event.pid).values() if event.pid in before.processes else ():
        opened = before.open_files.get(descriptor.open_file)
        inode = before.inodes.get(opened.inode) if opened else None
        if opened and inode and inode.kind in _CHANNELS and "O_WRONLY" not in opened.flags:
            found |= ends.reached(inode.id)
    return frozenset(found)
