"""The shape of each step: what it has in common with the same step the next time round a loop.

Pure. Leaves out what differs from one time to the next: data, offsets, addresses, pids.
"""

from __future__ import annotations

from collections.abc import Hashable

from labkit.decode.calls import CALLS
from labkit.decode.once import once
from labkit.decode.replay import steps
from labkit.model import Event, Recording


@once
def shapes(recording: Recording) -> tuple[Hashable, ...]:
    """For each step what makes it the same as another: equal values are the same thing done once more.

    Who does it, what and where: kind or call, its part, its descriptors, line and library calls, errno, and whether
    all, some or nothing came of it; not the data, nor offsets, addresses and pids. Who: threads are told apart by the
    seat they take, so that the children of a loop, each gone before the next is born, are the same.
    """
    seats = _seats(recording)
    events = [_shape(event, seats[event.index]) for event in recording.events]
    return tuple((step.part, events[step.event]) for step in steps(recording))


def _seats(recording: Recording) -> dict[int, int]:
    """By event the seat of its thread: the lowest that was free when it began."""
    taken: dict[int, int] = {}
    seats = {}
    for event in recording.events:
        if event.tid not in taken:
            used = set(taken.values())
            taken[event.tid] = next(seat for seat in range(len(used) + 1) if seat not in used)
        seats[event.index] = taken[event.tid]
        if event.kind == "exit":
            del taken[event.tid]
    return seats


_COUNTS = ("count", "len", "length", "bufsiz", "size", "buflen")


def _shape(event: Event, seat: int) -> Hashable:
    fds = tuple([argument.value for argument in event.args if argument.kind in ("fd", "fds")])
    return event.kind, event.call, seat, fds, event.place, event.errno, _outcome(event), _kind_of_detail(event)


def _outcome(event: Event) -> Hashable:
    """What came of a call: -1, 0, a new descriptor, "all" that was asked for, "some"; "none" if it never returned."""
    result = event.result
    if result is None:
        return "none"
    if result <= 0:
        return -1 if result < 0 else 0
    call = CALLS.get(event.call)
    if call is not None and call.effect in ("newfd", "share"):
        return result
    asked = next((argument.value for argument in event.args if argument.name in _COUNTS), None)
    return "all" if asked == result else "some"


def _kind_of_detail(event: Event) -> str:
    """Of a signal or an end its words, without the numbers of processes."""
    return event.detail.partition(" from ")[0].partition(" of ")[0]
