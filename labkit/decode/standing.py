"""Where every thread stands in the program's text, step by step, and which lines have run.

Pure: a recording in, values out. A thread stands on the line it was last seen on, until it is seen elsewhere or ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from labkit.decode.replay import steps
from labkit.model import Event, Place, Recording, Step

Line = tuple[str, int]  # file and line number, counted from 1


@dataclass(frozen=True, slots=True)
class Standing:
    """One step: thread `tid` moves, at `place`; `lines` has the line of every thread that stands on one.

    `ran` are the lines that a thread has been on and left. A step that is no call and no line of the program (a signal,
    an exit) happens at the place where its thread was last.
    """

    tid: int
    place: Place
    lines: Mapping[int, Line]
    ran: frozenset[Line]

    @property
    def line(self) -> Line | None:
        """The line the moving thread is on, None when it is on none."""
        return self.lines.get(self.tid)


def standing(recording: Recording) -> Iterator[Standing]:
    """Where every thread stands at each step, in the order of steps."""
    places: dict[int, Place] = {}
    lines: dict[int, Line] = {}
    ran: frozenset[Line] = frozenset()
    gone: int | None = None  # the thread whose line is forgotten once its step has been shown
    for step in steps(recording):
        event = recording.events[step.event]
        if gone is not None:
            left = lines.pop(gone, None)
            ran = ran | {left} if left is not None and left not in ran else ran
            gone = None
        for ended in _ended(event, step):
            lines.pop(ended, None)
        if event.kind in ("call", "line", "begin") or event.tid not in places:
            places[event.tid] = event.place
        place = places[event.tid]
        now = (place.file, place.line) if place.file and place.line is not None else None
        before = lines.get(event.tid)
        if before is not None and before != now and before not in ran:
            ran |= {before}
        if now is None:
            lines.pop(event.tid, None)
        else:
            lines[event.tid] = now
        yield Standing(event.tid, place, MappingProxyType(dict(lines)), ran)
        if event.kind == "exit" or _execs(event, step):
            gone = event.tid
            places.pop(event.tid, None)


def _ended(event: Event, step: Step) -> Iterator[int]:
    """Other threads that this step ends: execve(2) ends all but the one that calls it."""
    if step.part != "enters":
        for change in event.changes:
            if change.what == "threads" and change.value is None and change.key[0] != event.tid:
                yield change.key[0]


def _execs(event: Event, step: Step) -> bool:
    """Whether with this step the thread has another program, and none of the old one's lines."""
    return event.call in ("execve", "execveat") and event.result == 0 and step.part != "enters"
