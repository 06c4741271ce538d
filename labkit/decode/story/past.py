"""What earlier steps left behind that no State tells: working folders, signal handlers, the line each thread is on."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from labkit.model import Event, State, Step

AT_FDCWD = -100


@dataclass
class Past:
    """Everything by process id, lines by thread id. `learn` is told each step after its sentence was made."""

    folder: str
    folders: dict[int, str] = field(default_factory=dict)
    handlers: dict[int, dict[str, str]] = field(default_factory=dict)
    lines: dict[int, tuple[str, int]] = field(default_factory=dict)
    started: set[int] = field(default_factory=set)
    borrowing: set[int] = field(default_factory=set)  # children of vfork(2), in their parent's memory until they exec
    unlinked: set[int] = field(default_factory=set)  # inodes whose last known name is gone

    def where(self, pid: int) -> str:
        """The process's current folder."""
        return self.folders.get(pid, self.folder)

    def absolute(self, pid: int, path: str, folder: str | None = None) -> str:
        """A path that starts from the process's current folder, or from `folder`, as seen from the root.

        >>> Past("/home").absolute(1, "../out")
        '/out'
        """
        return posixpath.normpath(posixpath.join(folder or self.where(pid), path))

    def handler(self, pid: int, signal: str) -> str:
        """What the process does at the signal: "SIG_DFL", "SIG_IGN" or "handler"."""
        known = self.handlers.get(pid, {}).get(signal, "SIG_DFL")
        return known if known in ("SIG_DFL", "SIG_IGN") else "handler"

    def learn(self, event: Event, step: Step, state: State) -> None:
        """Take note of a step; `state` is the one after it."""
        if event.kind == "begin":
            self._born(event, state)
        elif event.kind == "line" and event.place.line is not None:
            self.lines[event.tid] = (event.place.file, event.place.line)
        elif event.kind == "call" and step.part != "enters" and not event.errno:
            learn = _LEARNED.get(event.call)
            if learn is not None:
                learn(self, event, state)

    def _born(self, event: Event, state: State) -> None:
        process = state.processes.get(event.pid)
        if process is not None and event.tid == event.pid:
            self.folders[event.pid] = self.where(process.parent)
            self.handlers[event.pid] = dict(self.handlers.get(process.parent, {}))

    def _chdir(self, event: Event, state: State) -> None:
        self.folders[event.pid] = self.absolute(event.pid, str(event.argument("path")))

    def _fchdir(self, event: Event, state: State) -> None:
        thread = state.threads.get(event.tid)
        fd = event.argument("fd")
        row = state.tables.get(thread.table, {}).get(fd) if thread and isinstance(fd, int) else None
        if row is not None:
            self.folders[event.pid] = state.inodes[state.open_files[row.open_file].inode].path

    def _sigaction(self, event: Event, state: State) -> None:
        act = event.argument("act")
        if isinstance(act, dict):
            signal = next(argument.text for argument in event.args if argument.kind == "signal")
            self.handlers.setdefault(event.pid, {})[signal] = str(act.get("handler"))

    def _execve(self, event: Event, state: State) -> None:
        """execve(2): handlers are gone with the program; what was ignored stays ignored."""
        self.started.add(event.pid)
        self.borrowing.discard(event.pid)
        kept = self.handlers.get(event.pid, {})
        self.handlers[event.pid] = {signal: how for signal, how in kept.items() if how == "SIG_IGN"}
        self.lines.pop(event.tid, None)


_LEARNED = {
    "chdir": Past._chdir,
    "fchdir": Past._fchdir,
    "rt_sigaction": Past._sigaction,
    "execve": Past._execve,
    "execveat": Past._execve,
}
