"""The two ends of pipes and sockets: who can read, who can write, and who waits at one for the other.

Sources: pipe(7), fifo(7), socket(7). Makes clauses, not sentences.
"""

from __future__ import annotations

from collections.abc import Callable

from labkit.decode.story.callers import called
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, listed, several
from labkit.model import Event, Inode, OpenFile, State

READ_CALLS = frozenset((
    "read", "readv", "preadv", "preadv2", "recvfrom", "recvmsg", "recvmmsg", "splice", "tee", "sendfile",
    "accept", "accept4",
))  # fmt: skip
WRITE_CALLS = frozenset((
    "write", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg", "vmsplice", "splice", "sendfile",
))  # fmt: skip
_LISTS = ("fds", "readfds", "writefds")


def reads(opened: OpenFile) -> bool:
    """Whether the open file description is open for reading."""
    return "O_WRONLY" not in opened.flags and "O_PATH" not in opened.flags


def writes(opened: OpenFile) -> bool:
    """Whether the open file description is open for writing."""
    return "O_WRONLY" in opened.flags or "O_RDWR" in opened.flags


def pids(state: State, inode: int, which: Callable[[OpenFile], bool]) -> list[int]:
    """The processes that hold a descriptor on the inode that is open for reading, or writing."""
    ends = {opened.id for opened in state.users(inode) if which(opened)}
    if not ends:
        return []
    return [
        process.pid
        for process in state.processes.values()
        if any(row.open_file in ends for row in state.tables.get(process.table, {}).values())
    ]


def people(scene: Scene, found: list[int]) -> str:
    """Processes by name: "P1 and P2"."""
    return several([scene.person(pid) for pid in found])


def waiting(scene: Scene, inode: int, calls: frozenset[str]) -> list[tuple[str, Event]]:
    """Those inside one of `calls` on this inode, by name, with the call."""
    found = []
    for thread, event in scene.others_inside():
        rows = scene.before.tables.get(thread.table, {})
        if any(
            fd in rows and (opened := scene.before.open_files.get(rows[fd].open_file)) and opened.inode == inode
            for fd in _descriptors(event, calls)
        ):
            found.append((scene.person(thread.tid), event))
    return found


def _descriptors(event: Event, calls: frozenset[str]) -> list[int]:
    """The descriptors a call waits for: its first, or all that poll or select was given."""
    if event.call in calls:
        fd = next((argument.value for argument in event.args if argument.kind == "fd"), None)
        return [fd] if isinstance(fd, int) else []
    found: list[int] = []
    for argument in event.args if event.call in ("poll", "ppoll", "select", "pselect6") else ():
        if argument.name in _LISTS and isinstance(argument.value, dict):
            asked = argument.value.get("asked")
            found += [fd for fd in asked if isinstance(fd, int)] if isinstance(asked, tuple) else []
        elif argument.name in _LISTS and isinstance(argument.value, tuple):
            entries = [entry for entry in argument.value if isinstance(entry, dict)]
            found += [fd for entry in entries if isinstance(fd := entry.get("fd"), int)]
    return found


def wakes(scene: Scene, inode: int, calls: frozenset[str], why: str = "") -> str:
    """Who was waiting on the inode in one of `calls` and now can go on; "" if nobody."""
    found = [
        (person, event)
        for person, event in waiting(scene, inode, calls)
        if event.wait is None or event.end is None or scene.wakings.get(event.index) == scene.event.index
    ]
    if not found:
        return ""
    person, event = found[0]
    because = f" {why}" if why else ""
    if len(found) > 1:
        return f"{listed(name for name, _ in found)} were waiting there; one of them can go on{because}"
    if event.wait is not None:
        return f"{person} was asleep in {called(event)} and wakes up{because}"
    return f"{person}, waiting in {called(event)}, can go on{because}"


def fill(inode: Inode) -> str:
    """How many bytes wait in a pipe, socket or terminal; "" where it is not known."""
    if inode.queue is None:
        return ""
    if inode.capacity:
        verb = "is" if inode.queue == 1 else "are"
        return f"{inode.queue:,} of {amount(inode.capacity)} {verb} waiting"
    return f"{amount(inode.queue)} {'is' if inode.queue == 1 else 'are'} waiting"


def why_empty(scene: Scene, inode: Inode) -> str:
    """Why a reader of this empty pipe or socket must wait: who could still write."""
    name = scene.name(inode)
    if inode.kind == "pipe":
        mine = scene.event.pid
        found = pids(scene.before, inode.id, writes)
        if scene.outside(inode):
            return f"{name} is empty and still open at the other end, outside this recording"
        if found == [mine]:
            return f"{name} is empty and only {scene.person(mine)} itself has a write end: end of file cannot come"
        if found:
            verb = "has" if len(found) == 1 else "have"
            return f"{name} is empty and {_writers(scene, found)} still {verb} its write end open"
        return f"{name} is empty"
    socket = inode.socket
    if socket is not None and socket.backlog is not None:
        return f"no connection waits in the listen queue of {name}"
    peer = scene.before.inodes.get(socket.peer_inode) if socket and socket.peer_inode is not None else None
    if peer is not None:
        other = pids(scene.before, peer.id, lambda opened: True)
        whose = f" ({people(scene, other)})" if other else ""
        return f"no bytes wait at {name} and its other end{whose} is still open"
    return f"no bytes wait at {name}"


def _writers(scene: Scene, found: list[int]) -> str:
    if len(found) == 1:
        name = people(scene, found)
        return f"a writer, {name}," if "(" in name else f"a writer ({name})"
    return people(scene, found)


def why_full(scene: Scene, inode: Inode, asked: int) -> str:
    """Why a writer must wait: how much there is room for."""
    name = scene.name(inode)
    found = pids(scene.before, inode.id, reads)
    until = f"until {people(scene, found)} reads some" if found else "until somebody reads some"
    if inode.queue is not None and inode.capacity:
        room = max(inode.capacity - inode.queue, 0)
        if room == 0:
            return f"{name} is full, {inode.queue:,} of {amount(inode.capacity)}, {until}"
        return f"{name} has room for {amount(room)} at most, not for all {asked:,}, {until}"
    return f"{name} is full, {until}"
