"""The descriptor tables while a recording is walked through, step by step: which descriptor leads to which inode.

Pure, and less than a State: kept up to date, not kept for every moment.
"""

from __future__ import annotations

from collections import defaultdict

from labkit.model import Change, Descriptor, Event, Inode, OpenFile, Process, Recording, Thread


class Tables:
    """The tables as the recording starts; `apply` the changes of its steps in order."""

    def __init__(self, recording: Recording) -> None:
        self._rows: defaultdict[int, dict[int, int]] = defaultdict(dict)  # table → fd → open file
        self._inodes: dict[int, int] = {}  # open file → inode, also of those that are gone
        self._kinds: dict[int, str] = {}  # inode → its kind
        self._of_thread: dict[int, int] = {}
        self._of_process: dict[int, int] = {}
        for change in recording.start:
            self.apply(change)

    def apply(self, change: Change) -> None:
        """One change more has happened."""
        value = change.value
        if change.what == "tables":
            table, fd = change.key
            if isinstance(value, Descriptor):
                self._rows[table][fd] = value.open_file
            else:
                self._rows[table].pop(fd, None)
        elif isinstance(value, OpenFile):
            self._inodes[value.id] = value.inode
        elif isinstance(value, Inode):
            self._kinds[value.id] = value.kind
        elif isinstance(value, Thread):
            self._of_thread[value.tid] = value.table
        elif isinstance(value, Process):
            self._of_process[value.pid] = value.table

    def open_file(self, tid: int, fd: int) -> int | None:
        """The open file description that descriptor `fd` of a thread leads to."""
        return self.row(self._of_thread.get(tid, -1), fd)

    def row(self, table: int, fd: int) -> int | None:
        """The same, by the table's number."""
        return self._rows[table].get(fd)

    def inode(self, open_file: int) -> int | None:
        """The inode that an open file description stands on, or stood on."""
        return self._inodes.get(open_file)

    def kind(self, tid: int, fd: int) -> str:
        """What descriptor `fd` of a thread leads to: "file", "pipe", … ("" when it is closed)."""
        open_file = self.open_file(tid, fd)
        return "" if open_file is None else self._kinds.get(self._inodes.get(open_file, -1), "")

    def users(self, event: Event, table: int) -> tuple[int, ...]:
        """Whose descriptors the rows of a table are: the event's process's, if it uses the table; else its users'."""
        if self._of_process.get(event.pid) == table:
            return (event.pid,)
        return tuple(pid for pid, used in self._of_process.items() if used == table) or (event.pid,)


def changes(event: Event, part: str) -> tuple[Change, ...]:
    """What a step changes in the State: that part of the event's changes that happens in it."""
    if event.kind != "call" or part == "returns":
        return event.changes
    return event.entered + event.changes if part == "whole" else event.entered
