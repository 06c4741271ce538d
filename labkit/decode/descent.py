"""Processes and threads by descent instead of by pid, so that those of two recordings can be told to be the same.

Pure. () is the first process, (1,) the second that it made, (1, 0) the first that this one made.
"""

from __future__ import annotations

from labkit.model import Event, Recording

Line = tuple[int, ...]


class Descent:
    """Who is who in a recording. Numbers that the kernel used twice are told apart by the event."""

    def __init__(self, recording: Recording) -> None:
        self._of: dict[int, Line] = {}  # in the end: the last thread of that number
        self._events: list[Line] = []
        children: dict[Line, int] = {}
        for event in recording.events:
            if event.kind == "begin":
                parent = self._of.get(named(event), ())
                number = children[parent] = children.get(parent, -1) + 1
                self._of[event.tid] = (*parent, number)
            self._events.append(self._of.setdefault(event.tid, ()))

    def of_event(self, event: Event) -> Line:
        """The thread that an event is of."""
        return self._events[event.index]

    def name(self, pid: int) -> Line | int:
        """The process of this number; the number itself when it is none of the recording's."""
        return self._of.get(pid, pid)

    def detail(self, event: Event) -> tuple[str, Line | int]:
        """The detail of an event without the number of a process that it names; and that process, -1 for none."""
        pid = named(event)
        return (event.detail, -1) if pid == -1 else (event.detail.rpartition(" ")[0], self.name(pid))


def named(event: Event) -> int:
    """The process that the detail of an event names: the parent, or who sent the signal; -1 for none.

    >>> named(Event(0, "signal", 7, 7, 0, 0, 0.0, 0.0, detail="SIGTERM (SI_USER) from 12"))
    12
    """
    word = event.detail.rpartition(" ")[2] if event.kind in ("begin", "signal") else ""
    return int(word) if word.isdigit() else -1
