"""Processes and threads seen from outside, by /proc: who there is, what each sleeps in, which sockets it has open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.decode.syscalls import call_name

_TIMED = {  # calls that may end by themselves: the argument that says when, and the value of it that says never
    "nanosleep": None, "clock_nanosleep": None, "rt_sigtimedwait": None,
    "poll": (2, -1), "epoll_wait": (3, -1), "epoll_pwait": (3, -1),
    "select": (4, 0), "pselect6": (4, 0), "ppoll": (2, 0), "futex": (3, 0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """A thread: `pid` of its process, whose parent is `parent`, `tid` its own; `state` the letter of proc(5).

    `call` is what it sleeps in and `first` the first argument of that, "" and None when it runs or may not be asked.
    `timed`: the call ends by itself after a time, or might. `turns` counts how often it had a processor and gave it up.
    """

    pid: int
    parent: int
    tid: int
    state: str
    call: str
    first: int | None
    timed: bool
    turns: int


def below(root: int) -> Iterator[tuple[int, int]]:
    """The processes below `root` with their parents, dead ones that nobody has waited for among them."""
    todo = [root]
    while todo:
        pid = todo.pop()
        for tid in _listed(f"/proc/{pid}/task"):
            children = [int(word) for word in _text(f"/proc/{pid}/task/{tid}/children").split()]
            todo += children
            yield from ((child, pid) for child in children)


def tasks(pid: int, parent: int) -> Iterator[Task]:
    """The threads of a process; none if it is gone."""
    for tid in sorted(map(int, _listed(f"/proc/{pid}/task"))):
        own = f"/proc/{pid}/task/{tid}"
        state = (_text(f"{own}/stat").rpartition(")")[2].split() or [""])[0]
        if not state:
            continue
        call, first, timed = _asleep(_text(f"{own}/syscall").split()) if state in "SD" else ("", None, False)
        yield Task(pid, parent, tid, state, call, first, timed, _turns(_text(f"{own}/status")))


def sockets(pid: int) -> dict[int, int]:
    """The inode of the socket behind each descriptor of the process that leads to one."""
    found = {}
    for fd in _listed(f"/proc/{pid}/fd"):
        leads = _link(f"/proc/{pid}/fd/{fd}")
        if leads.startswith("socket:["):
            found[int(fd)] = int(leads[8:-1])
    return found


def descriptors(pid: int) -> int:
    """How many descriptors the process has open."""
    return len(_listed(f"/proc/{pid}/fd"))


def _asleep(words: list[str]) -> tuple[str, int | None, bool]:
    """The call, its first argument, and whether it ends by itself, from /proc/PID/syscall; unknown may end, too."""
    if len(words) < 7 or not words[0].isdigit():
        return "", None, True
    call, arguments = call_name(int(words[0])), [_signed(int(word, 16)) for word in words[1:7]]
    limit = _TIMED.get(call, (0, arguments[0]))
    return call, arguments[0], limit is None or arguments[limit[0]] != limit[1]


def _signed(word: int) -> int:
    """The low half of a register as a C int."""
    low = word & 0xFFFFFFFF
    return low - (1 << 32) if low & 0x80000000 else low


def _turns(status: str) -> int:
    return sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)


def _listed(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:  # gone, or another user's
        return []


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _text(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
