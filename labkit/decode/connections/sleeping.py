"""Which threads are asleep on which sockets: in a call on one, in poll or select on several, in epoll_wait on a set.

Pure; kept up to date step by step.
"""

from __future__ import annotations

from collections import defaultdict

from labkit.decode.connections.roles import called
from labkit.decode.subjects import descriptors
from labkit.model import Event, State, Step, Value

_SEVERAL = frozenset(("poll", "ppoll", "select", "pselect6"))
_SET = frozenset(("epoll_wait", "epoll_pwait", "epoll_pwait2"))


class Sleeping:
    """Nobody sleeps at the start."""

    def __init__(self) -> None:
        self._asleep: dict[int, tuple[str, frozenset[int]]] = {}  # thread → call, inodes
        self._on: defaultdict[int, dict[int, str]] = defaultdict(dict)  # inode → thread → call
        self._sets: defaultdict[int, set[int]] = defaultdict(set)  # epoll instance → inodes

    def on(self, inode: int) -> tuple[tuple[int, str], ...]:
        """The threads asleep on this inode, each with its call."""
        return tuple(sorted(self._on[inode].items())) if inode in self._on else ()

    def step(self, event: Event, step: Step, before: State, after: State) -> frozenset[int]:
        """Go on by a step; gives back the inodes on which it is different who sleeps."""
        touched: frozenset[int] = frozenset()
        if event.call == "epoll_ctl" and step.part != "enters" and event.result == 0:
            self._watch(event, before)
        if step.part != "enters" and event.tid in self._asleep:
            touched |= self._wake(event.tid)
        for tid in [tid for tid in self._asleep if tid not in after.threads]:
            touched |= self._wake(tid)
        if step.part == "enters" and event.wait is not None:
            inodes = self._watched(event, before)
            self._asleep[event.tid] = (event.call, inodes)
            for inode in inodes:
                self._on[inode][event.tid] = event.call
            touched |= inodes
        return touched

    def _wake(self, tid: int) -> frozenset[int]:
        _, inodes = self._asleep.pop(tid)
        for inode in inodes:
            self._on[inode].pop(tid, None)
            if not self._on[inode]:
                del self._on[inode]
        return inodes

    def _watched(self, event: Event, state: State) -> frozenset[int]:
        if event.call in _SEVERAL:
            found = (_leads_to(state, event.pid, fd) for fd in descriptors(event.args))
            return frozenset(inode for inode in found if inode is not None)
        if event.call in _SET:
            return frozenset(self._sets[called(event, state) or 0])
        assert event.wait is not None
        return frozenset() if event.wait.inode is None else frozenset((event.wait.inode,))

    def _watch(self, event: Event, state: State) -> None:
        """epoll_ctl(2)."""
        own, other = called(event, state), _leads_to(state, event.pid, event.argument("fd"))
        op = next((argument.text for argument in event.args if argument.name == "op"), "")
        if own is None or other is None:
            return
        (self._sets[own].discard if op == "EPOLL_CTL_DEL" else self._sets[own].add)(other)


def _leads_to(state: State, pid: int, fd: Value) -> int | None:
    row = state.fds(pid).get(fd) if isinstance(fd, int) and pid in state.processes else None
    opened = state.open_files.get(row.open_file) if row is not None else None
    return opened.inode if opened is not None else None
