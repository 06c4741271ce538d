"""What a thread asleep in a call waits for, in plain words, from the call and what its descriptors lead to.

Pure. The tracer only saw that the thread slept, and the kernel's word for it (wchan in proc(5)).
"""

from __future__ import annotations

from labkit.decode.files import Files
from labkit.model import Argument, Wait

_READS = frozenset(("read", "readv", "pread64", "preadv", "preadv2", "recvfrom", "recvmsg", "recvmmsg", "tee"))
_WRITES = frozenset(("write", "writev", "pwrite64", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg", "vmsplice"))
_NO_DESCRIPTOR = {
    "wait4": "a child to change state", "waitid": "a child to change state",
    "vfork": "the child to exec or exit", "clone": "the child to exec or exit", "clone3": "the child to exec or exit",
    "nanosleep": "time to pass", "clock_nanosleep": "time to pass",
    "pause": "a signal", "rt_sigsuspend": "a signal", "rt_sigtimedwait": "a signal",
    "poll": "one of several descriptors to be ready", "ppoll": "one of several descriptors to be ready",
    "select": "one of several descriptors to be ready", "pselect6": "one of several descriptors to be ready",
    "futex": "another thread", "restart_syscall": "what it waited for before a signal stopped it",
}  # fmt: skip
_ON_DESCRIPTOR = {
    "accept": "a connection to arrive", "accept4": "a connection to arrive", "connect": "the other side to accept",
    "flock": "a lock another holds", "fsync": "the disk", "fdatasync": "the disk",
    "epoll_wait": "one of several descriptors to be ready", "epoll_pwait": "one of several descriptors to be ready",
}  # fmt: skip
_ENDS = frozenset(("exit", "exit_group"))
_EMPTY = {
    "pipe": "bytes to arrive in the empty pipe",
    "socket": "bytes to arrive",
    "terminal": "input at the terminal",
    "eventfd": "its counter to be more than 0",
    "timerfd": "its timer",
    "signalfd": "a signal",
}
_FULL = {"pipe": "room in the full pipe", "socket": "room to send", "terminal": "room in the terminal's output"}


def waiting(call: str, args: tuple[Argument, ...], files: Files, table: int, wchan: str) -> Wait | None:
    """The wait of a thread asleep in `call`; `args` as decoded at its entry.

    None for an end: to take a process down may take a busy machine long enough to be noticed, but waits for nobody.

    >>> waiting("pause", (), Files(), 0, "do_pause")
    Wait(on='a signal', inode=None, wchan='do_pause', state='')
    >>> waiting("exit_group", (), Files(), 0, "")
    """
    if call in _ENDS:
        return None
    if call in _NO_DESCRIPTOR:
        return Wait(_NO_DESCRIPTOR[call], None, wchan)
    fd = next((argument.value for argument in args if argument.kind == "fd"), None)
    opened = files.description(table, fd) if isinstance(fd, int) else None
    inode = files.inodes[opened.inode] if opened else None
    number = inode.id if inode else None
    if call in _ON_DESCRIPTOR:
        return Wait(_ON_DESCRIPTOR[call], number, wchan)
    if call in ("open", "openat"):
        return Wait("the other end of the FIFO to be opened", None, wchan)
    if call == "fcntl":
        return Wait("a lock another holds", number, wchan)
    kind = inode.kind if inode else ""
    if call in _READS:
        return Wait(_EMPTY.get(kind, "data"), number, wchan)
    if call in _WRITES:
        return Wait(_FULL.get(kind, "room"), number, wchan)
    return Wait("something in the kernel", number, wchan)
