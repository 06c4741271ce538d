"""What each call does to descriptors and processes, once it has returned. The kernel's rules, by the man pages.

The words in the last column of the table in `calls.py` are the keys here. Works on `Files`, `Tasks` and `Passing`;
knows nothing of events or of how the stops were seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.decode.calls import CALLS, Call
from labkit.decode.errnos import NUMBER as ERRNO
from labkit.decode.files import Files
from labkit.decode.flags import VALUE
from labkit.decode.passing import Message, Passing
from labkit.decode.tasks import CLONE_FILES, Tasks
from labkit.model import Argument

if TYPE_CHECKING:
    from labkit.capture.rawlog import Raw, RawFd

SIGCHLD = 17
_SETTING_FLAGS = frozenset((CALLS["fcntl"].number, CALLS["ioctl"].number))


@dataclass(slots=True)
class World:
    """The processes and files of the recording at the current moment."""

    files: Files = field(default_factory=Files)
    tasks: Tasks = field(init=False)
    passing: Passing = field(init=False)
    pidfds: dict[int, int] = field(default_factory=dict)  # open file description → the process it stands for

    def __post_init__(self) -> None:
        self.tasks = Tasks(self.files)
        self.passing = Passing(self.files)


@dataclass(frozen=True, slots=True)
class Returned:
    """A call at its exit: `raw` of the exit stop, its row and decoded arguments, and the caller's table."""

    raw: Raw
    call: Call
    args: tuple[Argument, ...]
    table: int

    def argument(self, name: str) -> object:
        """The decoded value of an argument, None if the call has none of that name."""
        return next((argument.value for argument in self.args if argument.name == name), None)

    def number(self, index: int) -> int:
        """Register argument `index` as a C int."""
        return (self.raw.args[index] & 0xFFFFFFFF ^ 0x80000000) - 0x80000000

    def seen(self, fd: int) -> RawFd | None:
        """What the tracer saw of the caller's descriptor `fd` at this stop."""
        everything = (*self.raw.fds, *(self.raw.table or ()))
        return next((raw for raw in everything if raw.pid == self.raw.pid and raw.fd == fd and not raw.gone), None)


def apply(world: World, returned: Returned) -> None:
    """Changes tables and processes as the call did, then takes over what the kernel said of the descriptors."""
    handler = _BY_CALL.get(returned.call.name) or _BY_EFFECT.get(returned.call.effect)
    if handler is not None:
        handler(world, returned)
    observe(world, returned.raw)


def observe(world: World, raw: Raw) -> None:
    """Takes over offsets, flags, queues and page cache of all that the tracer looked at, whoever holds it."""
    changed = raw.args[0] & 0xFFFFFFFF if raw.nr in _SETTING_FLAGS and raw.kind == "exit" else None
    for seen in raw.fds:
        if not seen.gone:
            table = world.tasks.table(seen.pid)
            if table is not None:
                world.files.observe(table, seen, asked=seen.fd == changed and seen.pid == raw.pid)
    if raw.pages:
        caches(world, raw)


def caches(world: World, raw: Raw) -> None:
    """Takes over what the kernel said of page caches."""
    for pages in raw.pages:
        world.files.cache(pages)


def sends(world: World, table: int, fd: int, args: tuple[Argument, ...]) -> list[Message]:
    """Puts descriptors passed by sendmsg under way: at entry, since the receiver may be seen to have them first."""
    messages = []
    for argument in args:
        for value in argument.value if isinstance(argument.value, tuple) else (argument.value,):
            rights = value.get("rights") if isinstance(value, dict) else None
            if rights and isinstance(rights, tuple) and argument.kind in ("message", "messages"):
                message = world.passing.send(table, fd, tuple(number for number in rights if isinstance(number, int)))
                messages += [message] if message else []
    return messages


# ---- by effect


def _newfd(world: World, returned: Returned) -> None:
    fd = returned.raw.rval
    if fd < 0:
        return
    seen = returned.seen(fd)
    if seen is not None:
        world.files.open(returned.table, seen)


def _share(world: World, returned: Returned) -> None:
    """dup(2): the new descriptor leads to the same description; close-on-exec is off unless dup3 asks for it."""
    old, new = returned.number(0), returned.raw.rval
    opened = world.files.description(returned.table, old)
    if new < 0 or new == old or opened is None:
        return
    cloexec = returned.call.name == "dup3" and bool(returned.number(2) & VALUE["O_CLOEXEC"])
    world.files.share(returned.table, new, opened.id, cloexec)


def _pair(world: World, returned: Returned) -> None:
    if returned.raw.rval < 0:
        return
    name = returned.call.parameters[-1].name if returned.call.name == "socketpair" else "pipefd"
    pair = returned.argument(name)
    if not isinstance(pair, tuple):
        return
    opened = [world.files.open(returned.table, seen) for fd in pair if (seen := returned.seen(fd)) is not None]
    if returned.call.name == "socketpair" and len(opened) == 2:
        world.files.join(opened[0].inode, opened[1].inode)


def _close(world: World, returned: Returned) -> None:
    """close(2): the descriptor is gone even when close reports an error, except that it was none (EBADF)."""
    if returned.raw.rval != -ERRNO["EBADF"]:
        world.files.close(returned.table, returned.number(0))


def _rescan(world: World, returned: Returned) -> None:
    if returned.raw.table is not None and returned.raw.rval >= 0:
        world.files.reconcile(returned.table, returned.raw.table, returned.call.name)


def _passed(world: World, returned: Returned) -> None:
    """recvmsg(2) with SCM_RIGHTS: each descriptor received leads to the description the sender's led to."""
    if returned.raw.rval < 0:
        return
    flags = returned.raw.args[3] if returned.call.name == "recvmmsg" else returned.raw.args[2]
    for argument in returned.args:
        for value in argument.value if isinstance(argument.value, tuple) else (argument.value,):
            rights = value.get("rights") if isinstance(value, dict) else None
            if rights and isinstance(rights, tuple) and argument.kind in ("message", "messages"):
                fds = tuple(number for number in rights if isinstance(number, int))
                _received(world, returned, fds, flags)
    _rescan(world, returned)


def _received(world: World, returned: Returned, fds: tuple[int, ...], flags: int) -> None:
    cloexec, peek = bool(flags & VALUE["MSG_CMSG_CLOEXEC"]), bool(flags & VALUE["MSG_PEEK"])
    if world.passing.receive(returned.table, returned.number(0), fds, cloexec=cloexec, peek=peek):
        return
    for fd in fds:  # from a process that is not in the recording
        seen = returned.seen(fd)
        if seen is not None:
            world.files.open(returned.table, seen)


def _reaps(world: World, returned: Returned) -> None:
    if returned.raw.rval < 0:
        return
    if returned.call.name == "wait4":
        status = returned.argument("wstatus")
        gone = not isinstance(status, dict) or "exited" in status or "killed" in status
        if returned.raw.rval and gone:
            world.tasks.reap(returned.raw.rval)
        return
    info = returned.argument("infop")
    if isinstance(info, dict) and not returned.raw.args[3] & VALUE["WNOWAIT"]:
        pid = info.get("pid")
        if isinstance(pid, int) and info.get("code") in ("CLD_EXITED", "CLD_KILLED", "CLD_DUMPED"):
            world.tasks.reap(pid)


# ---- by call, where the effect's word does not say it all


def _fcntl(world: World, returned: Returned) -> None:
    command = returned.number(1)
    if returned.raw.rval < 0:
        return
    if command in (VALUE["F_DUPFD"], VALUE["F_DUPFD_CLOEXEC"]):
        opened = world.files.description(returned.table, returned.number(0))
        if opened is not None:
            cloexec = command == VALUE["F_DUPFD_CLOEXEC"]
            world.files.share(returned.table, returned.raw.rval, opened.id, cloexec)
    elif command == VALUE["F_SETFD"]:
        world.files.set_cloexec(returned.table, returned.number(0), bool(returned.raw.args[2] & 1))


def _ioctl(world: World, returned: Returned) -> None:
    """ioctl(2) FIOCLEX and FIONCLEX are the old way to set close-on-exec; TIOCGPTPEER opens the other side of a pty."""
    request = returned.raw.args[1] & 0xFFFFFFFF
    if returned.raw.rval < 0:
        return
    if request in (VALUE["FIOCLEX"], VALUE["FIONCLEX"]):
        world.files.set_cloexec(returned.table, returned.number(0), request == VALUE["FIOCLEX"])
    elif request == VALUE["TIOCGPTPEER"]:
        _newfd(world, returned)


def _close_range(world: World, returned: Returned) -> None:
    """close_range(2): closes, or marks close-on-exec, every descriptor from first to last; maybe on a copy."""
    if returned.raw.rval < 0:
        return
    first, last, flags = (value & 0xFFFFFFFF for value in returned.raw.args[:3])
    if flags & VALUE["CLOSE_RANGE_UNSHARE"]:
        world.tasks.unshare_files(returned.raw.tid)
    table = world.tasks.threads[returned.raw.tid].table
    for fd in [fd for fd in world.files.tables[table] if first <= fd <= last]:
        if flags & VALUE["CLOSE_RANGE_CLOEXEC"]:
            world.files.set_cloexec(table, fd, True)
        else:
            world.files.close(table, fd)
    if returned.raw.table is not None:
        world.files.reconcile(table, returned.raw.table, "close_range")


def _unshare(world: World, returned: Returned) -> None:
    if returned.raw.rval == 0 and returned.raw.args[0] & CLONE_FILES:
        world.tasks.unshare_files(returned.raw.tid)


def _child(world: World, returned: Returned) -> None:
    """clone(2) with CLONE_PIDFD: the parent, and it alone, gets a descriptor that stands for the child."""
    for seen in returned.raw.fds:
        own = seen.pid == returned.raw.pid and not seen.gone
        if own and returned.raw.rval > 0 and world.files.description(returned.table, seen.fd) is None:
            world.pidfds[world.files.open(returned.table, seen).id] = returned.raw.rval


def _signalfd(world: World, returned: Returned) -> None:
    """signalfd(2) with a descriptor changes the mask of that one; with -1 it makes one."""
    if returned.number(0) == -1:
        _newfd(world, returned)


def _pidfd_open(world: World, returned: Returned) -> None:
    _newfd(world, returned)
    opened = world.files.description(returned.table, returned.raw.rval)
    if opened is not None:
        world.pidfds[opened.id] = returned.number(0)


def _pidfd_getfd(world: World, returned: Returned) -> None:
    """pidfd_getfd(2): a copy of another process's descriptor, with close-on-exec set."""
    if returned.raw.rval < 0:
        return
    pidfd = world.files.description(returned.table, returned.number(0))
    table = world.tasks.table(world.pidfds.get(pidfd.id, -1)) if pidfd else None
    opened = world.files.description(table, returned.number(1)) if table is not None else None
    if opened is not None:
        world.files.share(returned.table, returned.raw.rval, opened.id, True)
    else:
        _newfd(world, returned)


def _rt_sigaction(world: World, returned: Returned) -> None:
    """sigaction(2): with SIGCHLD ignored, or SA_NOCLDWAIT, children leave no zombies."""
    act = returned.argument("act")
    if returned.raw.rval == 0 and returned.number(0) == SIGCHLD and isinstance(act, dict):
        ignores = act.get("handler") == "SIG_IGN" or "SA_NOCLDWAIT" in str(act.get("flags"))
        world.tasks.ignore_children(returned.raw.pid, ignores)


_BY_EFFECT: dict[str, Callable[[World, Returned], None]] = {
    "newfd": _newfd,
    "share": _share,
    "pair": _pair,
    "close": _close,
    "child": _child,
    "rescan": _rescan,
    "passed": _passed,
    "reaps": _reaps,
}
_BY_CALL: dict[str, Callable[[World, Returned], None]] = {
    "fcntl": _fcntl,
    "ioctl": _ioctl,
    "close_range": _close_range,
    "unshare": _unshare,
    "signalfd": _signalfd,
    "signalfd4": _signalfd,
    "pidfd_open": _pidfd_open,
    "pidfd_getfd": _pidfd_getfd,
    "rt_sigaction": _rt_sigaction,
}
