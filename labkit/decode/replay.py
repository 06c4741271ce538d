"""The state of everything at any moment of a recording, quickly: a checkpoint every so often, and the changes since.

Pure: a recording in, values out; knows nothing of how it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from labkit.decode.once import once
from labkit.model import Change, Event, Recording, State, Step

EVERY = 256  # moments between two checkpoints

_FLAT = ("processes", "threads", "open_files", "inodes")
_NESTED = ("tables", "streams")
_LENDING = ("vfork", "clone", "clone3")


class _Maps:
    """The maps of a State while they are being changed. Inner maps are copied before their first change."""

    __slots__ = ("flat", "nested", "owned")

    def __init__(self, flat: dict[str, dict[int, Any]], nested: dict[str, dict[int, dict[int, Any]]]) -> None:
        self.flat = flat
        self.nested = nested
        self.owned: set[tuple[str, int]] = set()

    def copy(self) -> _Maps:
        """A copy to go on from; the inner maps are shared until one side changes them."""
        self.owned.clear()
        return _Maps(
            {what: dict(values) for what, values in self.flat.items()},
            {what: dict(values) for what, values in self.nested.items()},
        )

    def apply(self, change: Change) -> None:
        what, key, value = change.what, change.key, change.value
        values = self.flat.get(what)
        if values is not None:
            if value is None:
                values.pop(key[0], None)
            else:
                values[key[0]] = value
            return
        outer = self.nested[what]
        inner = outer.get(key[0])
        if (what, key[0]) not in self.owned:
            inner = outer[key[0]] = dict(inner or {})
            self.owned.add((what, key[0]))
        assert inner is not None
        if value is None:
            inner.pop(key[1], None)
            if not inner:
                del outer[key[0]]
                self.owned.discard((what, key[0]))
        else:
            inner[key[1]] = value

    def freeze(self, moment: int) -> State:
        flat: list[Mapping[int, Any]] = [MappingProxyType(self.flat[what]) for what in _FLAT]
        tables, streams = (
            MappingProxyType({key: MappingProxyType(inner) for key, inner in self.nested[what].items()})
            for what in _NESTED
        )
        processes, threads, open_files, inodes = flat
        return State(moment, processes, threads, tables, open_files, inodes, streams)


class Replay:
    """A recording made ready to jump about in; making one passes over the recording once."""

    def __init__(self, recording: Recording) -> None:
        self._events = recording.events
        self._at = _timeline(recording.events)
        self._checkpoints: list[_Maps] = []
        self.steps = _steps(recording.events, self._at)
        maps = _Maps({what: {} for what in _FLAT}, {what: {} for what in _NESTED})
        for change in recording.start:
            maps.apply(change)
        for moment in range(len(self._at)):
            if moment % EVERY == 0:
                self._checkpoints.append(maps.copy())
            self._advance(maps, moment)
        if not self._checkpoints:
            self._checkpoints.append(maps)

    @property
    def moments(self) -> int:
        """How many moments there are: they count from 0; -1 is before the first."""
        return len(self._at)

    def state(self, step: int) -> State:
        """The state that step number `step` shows; -1 is before the first, other negative numbers count from the end.

        Raises IndexError beyond the last step.
        """
        if step == -1:
            return self.at(-1)
        return self.at(self.steps[step].moment)

    def at(self, moment: int) -> State:
        """The state after `moment`; -1 is before the first. Raises IndexError for a moment that never was."""
        if not -1 <= moment < len(self._at):
            raise IndexError(f"moment {moment} is not in this recording: it has moments 0 to {len(self._at) - 1}")
        number = min((moment + 1) // EVERY, len(self._checkpoints) - 1)
        maps = self._checkpoints[number].copy()
        for passed in range(number * EVERY, moment + 1):
            self._advance(maps, passed)
        return maps.freeze(moment)

    def walk(self) -> Iterator[tuple[Step, State, State]]:
        """Each step with the states before and after it, from the first to the last; both stay valid."""
        maps = self._checkpoints[0].copy()
        before = maps.freeze(-1)
        moment = -1
        for step in self.steps:
            maps = maps.copy()
            while moment < step.moment:
                moment += 1
                self._advance(maps, moment)
            after = maps.freeze(moment)
            yield step, before, after
            before = after

    def _advance(self, maps: _Maps, moment: int) -> None:
        happened = self._at[moment]
        if happened is None:
            return
        event = self._events[happened[0]]
        if event.kind != "call":
            changes = event.changes
        elif happened[1]:
            changes = event.entered
            _inside(maps, event, event.index)
        else:
            changes = event.changes
            _inside(maps, event, None)
        for change in changes:
            maps.apply(change)


def _inside(maps: _Maps, event: Event, index: int | None) -> None:
    """The thread is in its call, and maybe asleep there; or it has left it."""
    threads = maps.flat["threads"]
    thread = threads.get(event.tid)
    if thread is not None:
        threads[event.tid] = replace(thread, inside=index, wait=None if index is None else event.wait)


Happened = tuple[int, bool] | None  # event, and whether this is its beginning


def _timeline(events: tuple[Event, ...]) -> list[Happened]:
    last = max((event.begin if event.end is None else event.end for event in events), default=-1)
    at: list[Happened] = [None] * (last + 1)
    for event in events:
        at[event.begin] = (event.index, True)
        if event.end is not None and event.end != event.begin:
            at[event.end] = (event.index, False)
    return at


def slept(event: Event) -> bool:
    """Whether it slept until something happened. Storage takes its time: whether that is seen as sleep, is chance.

    A parent in vfork(2) sleeps in "D", too, but until its child lets it go.
    """
    return event.wait is not None and (event.wait.state != "D" or event.call in _LENDING)


def _steps(events: tuple[Event, ...], at: list[Happened]) -> tuple[Step, ...]:
    """A call with nothing between its beginning and end is one step; else it enters in one and returns in another."""
    steps = []
    for moment, happened in enumerate(at):
        if happened is None:
            continue
        event = events[happened[0]]
        whole = event.end is not None and event.end - event.begin <= 1 and not slept(event)
        if whole:
            if moment == event.end:
                steps.append(Step(event.index, "whole", moment))
        else:
            steps.append(Step(event.index, "enters" if happened[1] else "returns", moment))
    return tuple(steps)


@once
def replay(recording: Recording) -> Replay:
    """The recording made ready to jump about in; the same one again for the same recording."""
    return Replay(recording)


def step_changes(event: Event, step: Step) -> tuple[Change, ...]:
    """What step `step`, a part of `event`, changed: what the call did on its way in, on its way out, or both."""
    if event.kind != "call" or step.part == "returns":
        return event.changes
    return event.entered if step.part == "enters" else event.entered + event.changes


def state(recording: Recording, step: int) -> State:
    """The state of everything that step number `step` shows; -1 is the start, before the first step."""
    return replay(recording).state(step)


def steps(recording: Recording) -> tuple[Step, ...]:
    """The steps a stepper takes through the recording."""
    return replay(recording).steps
