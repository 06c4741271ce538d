"""A recording with lines, cut into stretches: what happened from the moment a line was reached until the next one was.

Pure. For programs of one thread: of several, the stretches of each are found among its own events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from labkit.decode.once import once
from labkit.decode.replay import replay
from labkit.decode.steps import without_steps
from labkit.model import Event, Recording, Stream

_AFTER_MAIN = "after main returned"
_CREDIT = 40  # lines the tracer tells between two system calls (capture/tracer/config.c); then it tells no more


@dataclass(frozen=True, slots=True)
class Stretch:
    """`line` of `file` was reached (None: main had returned), then `calls` were made; the streams before and after.

    `first` is False when it goes on with the line before it. `untold`: other lines may have been reached in it, too;
    then it and those since the last call are `cut`: of a loop of which the recorder told only the beginning.
    """

    pid: int
    file: str
    line: int | None
    first: bool
    calls: tuple[Event, ...]
    before: Mapping[int, Stream]
    after: Mapping[int, Stream]
    end: int
    untold: bool = False
    cut: bool = False


@once
def stretches(recording: Recording) -> tuple[Stretch, ...]:
    """All stretches, in order; without line events each call on a line is a stretch of its own.

    What happens before main is in none of them.
    """
    told: list[Stretch] = []
    for tid in dict.fromkeys(event.tid for event in recording.events):
        own = [event for event in recording.events if event.tid == tid and event.kind in ("line", "call")]
        told += _of_thread(recording, [event for event in own if event.place.line is not None or _after_main(event)])
    return tuple(sorted(told, key=lambda stretch: stretch.end))


def _after_main(event: Event) -> bool:
    return event.kind == "call" and event.place.phase == _AFTER_MAIN


def _of_thread(recording: Recording, own: list[Event]) -> list[Stretch]:
    found = []
    jumps = replay(recording)
    last = jumps.moments - 1
    start, hits = 0, 0
    while start < len(own):
        event = own[start]
        stop = start + 1
        while stop < len(own) and own[stop].kind == "call" and _same(own[stop], event):
            stop += 1
        calls = tuple(one for one in own[start:stop] if one.kind == "call")
        until = own[stop].begin if stop < len(own) else last
        begin = max(event.begin if event.kind == "line" else event.begin - 1, -1)
        hits += event.kind == "line"
        before, after = (jumps.at(moment).streams.get(event.pid, {}) for moment in (begin, until))
        found.append(
            Stretch(event.pid, event.place.file, event.place.line, event.kind == "line", calls, before, after, until,
                    untold=hits >= _CREDIT)
        )  # fmt: skip
        start, hits = stop, 0 if calls else hits
    return _with_cuts(_without_jumps(found))


def _with_cuts(found: list[Stretch]) -> list[Stretch]:
    """Mark what was reached between two calls, where it was more than the recorder told."""
    marked: list[Stretch] = []
    cut = False
    for one in reversed(found):
        cut = one.untold or (cut and not one.calls)
        marked.append(replace(one, cut=cut))
    return marked[::-1]


def _without_jumps(found: list[Stretch]) -> list[Stretch]:
    """A line reached again before anything happened on it was not begun twice: `while` jumps to its condition first."""
    return [
        replace(one, first=False)
        if one.first and following is not None and _idle(one) and _again(one, following)
        else one
        for one, following in zip(found, [*found[1:], None], strict=True)
    ]


def _idle(one: Stretch) -> bool:
    return not one.calls and dict(one.before) == dict(one.after)


def _again(one: Stretch, following: Stretch) -> bool:
    return following.first and (one.file, one.line) == (following.file, following.line)


def _same(call: Event, event: Event) -> bool:
    """Whether a call was made for the line reached last, and not for one of which the recorder did not tell."""
    after = _after_main(event)
    place, reached = (call.place.file, call.place.line), (event.place.file, event.place.line)
    return _after_main(call) == after and (after or place == reached)


def line_text(recording: Recording, file: str, line: int) -> str:
    """A line of the program as it is read, without its mark and its comment; "" where there is no source."""
    lines = without_steps(recording.sources.get(file, "")).split("\n")
    return lines[line - 1].partition("//")[0].strip() if 0 < line <= len(lines) else ""
