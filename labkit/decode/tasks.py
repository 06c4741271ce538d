"""Processes and threads through a recording: who began, whose child it is, which table it uses, how it ended.

Knows tables by number only and no system call. Every difference is noted as a `Change`.
"""

from __future__ import annotations

from dataclasses import replace

from labkit.decode.files import Files
from labkit.decode.flags import signal_name
from labkit.model import Change, Process, Thread

CLONE_FILES = 0x400
OUTSIDE = 0  # the parent of a process whose own parent is not, or no longer, in the recording


class Tasks:
    """All processes and threads at the current moment."""

    def __init__(self, files: Files) -> None:
        self.processes: dict[int, Process] = {}
        self.threads: dict[int, Thread] = {}
        self._files = files
        self._ignoring: set[int] = set()  # processes whose children leave no zombie (sigaction(2), SA_NOCLDWAIT)
        self._waited_for: set[int] = set()
        self._changed: dict[tuple[str, tuple[int, ...]], None] = {}

    def taken(self) -> tuple[Change, ...]:
        """The changes since the last time."""
        if not self._changed:
            return ()
        changes = tuple(
            Change(what, key, self.processes.get(key[0]) if what == "processes" else self.threads.get(key[0]))
            for what, key in self._changed
        )
        self._changed.clear()
        return changes

    def _set_process(self, pid: int, process: Process | None) -> None:
        if process is None:
            self.processes.pop(pid, None)
        else:
            self.processes[pid] = process
        self._changed[("processes", (pid,))] = None

    def _set_thread(self, tid: int, thread: Thread | None) -> None:
        if thread is None:
            self.threads.pop(tid, None)
        else:
            self.threads[tid] = thread
        self._changed[("threads", (tid,))] = None

    def first(self, pid: int, name: str, *, waited_for: bool = False) -> int:
        """The process that was started from outside, with an empty table; returns the table.

        `waited_for`: somebody outside waits for it, so that it leaves no zombie.
        """
        table = self._files.new_table()
        if waited_for:
            self._waited_for.add(pid)
        self._set_process(pid, Process(pid, OUTSIDE, name, table))
        self._set_thread(pid, Thread(pid, pid, table))
        return table

    def table(self, tid: int) -> int | None:
        """The descriptor table the thread uses."""
        thread = self.threads.get(tid)
        return thread.table if thread else None

    def fork(self, parent_tid: int, tid: int, pid: int, flags: int) -> None:
        """A child begins: a thread when `pid` is its parent's, else a process (clone(2))."""
        parent = self.threads[parent_tid]
        share = flags & CLONE_FILES
        table = self._files.share_table(parent.table) if share else self._files.copy_table(parent.table)
        self._set_thread(tid, Thread(tid, pid, table))
        if pid != parent.pid:
            self._set_process(pid, Process(pid, parent.pid, self.processes[parent.pid].name, table))
            if parent.pid in self._ignoring:
                self._ignoring.add(pid)

    def exec(self, pid: int, old_tid: int, name: str) -> None:
        """The process runs another program: its other threads are gone, its table is its own (execve(2))."""
        caller = self.threads.get(old_tid) or self.threads[pid]
        for thread in [thread for thread in self.threads.values() if thread.pid == pid]:
            self._set_thread(thread.tid, None)
            if thread.tid != caller.tid:
                self._files.leave_table(thread.table)
        table = self._files.own_table(caller.table)
        self._set_thread(pid, Thread(pid, pid, table))
        self._set_process(pid, replace(self.processes[pid], name=name, table=table))
        self._files.close_on_exec(table)

    def unshare_files(self, tid: int) -> None:
        """The thread gets a table of its own (unshare(2) with CLONE_FILES)."""
        thread = self.threads[tid]
        table = self._files.own_table(thread.table)
        if table != thread.table:
            self._set_thread(tid, replace(thread, table=table))
            if tid == thread.pid:
                self._set_process(tid, replace(self.processes[tid], table=table))

    def exit(self, tid: int, status: int) -> Process | None:
        """A thread ends with this wait status; the process that ended with it, if it was the last one."""
        thread = self.threads.get(tid)
        if thread is None:
            return None
        self._set_thread(tid, None)
        self._files.leave_table(thread.table)
        if tid != thread.pid:  # the leader's end is told last, when no other thread is left (ptrace(2))
            return None
        process = self.processes[thread.pid]
        killed = status & 0x7F
        ended = replace(
            process,
            state="zombie",
            status=None if killed else status >> 8 & 0xFF,
            signal=signal_name(killed) if killed else "",
        )
        self._set_process(process.pid, ended)
        self._orphan(process.pid)
        parent = self.processes.get(process.parent)
        alone = parent is None or parent.state == "zombie" or parent.pid in self._ignoring
        if process.pid in self._waited_for or (process.parent != OUTSIDE and alone):
            self._set_process(process.pid, None)
        return ended

    def _orphan(self, pid: int) -> None:
        """Children of a dead process belong to somebody outside, who waits for them at once."""
        for child in [child for child in self.processes.values() if child.parent == pid]:
            self._set_process(child.pid, None if child.state == "zombie" else replace(child, parent=OUTSIDE))

    def reap(self, pid: int) -> None:
        """A wait call has taken the zombie away."""
        process = self.processes.get(pid)
        if process is not None and process.state == "zombie":
            self._set_process(pid, None)

    def set_state(self, pid: int, state: str) -> None:
        """The process was stopped by a signal, or continued."""
        process = self.processes.get(pid)
        if process is not None and process.state != state and process.state != "zombie":
            self._set_process(pid, replace(process, state=state))

    def ignore_children(self, pid: int, ignore: bool) -> None:
        """Whether the process's children vanish at their end without being waited for."""
        (self._ignoring.add if ignore else self._ignoring.discard)(pid)
