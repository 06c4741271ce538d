"""What an exercise asks for, as values: a situation, a judge of what was seen in it, and the causes it can name.

Knows nothing of any exercise, and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labkit.exercises.observation import Observation
from labkit.exercises.share import own_events
from labkit.exercises.situation import Situation
from labkit.model import Event, Recording

Pointer = Callable[[Recording], Event | None]


def last_call(recording: Recording) -> Event | None:
    """The last thing the program did: where to look when nothing more is known."""
    all_own = list(own_events(recording))
    own = [event for event in all_own if event.kind == "call" and event.place.line is not None]
    return own[-1] if own else (all_own[-1] if all_own else None)


def exactly(event: Event) -> Pointer:
    """Points at `event` of the very recording that it was found in."""
    return lambda recording: event


@dataclass(frozen=True)
class Finding:
    """Why an answer is not right yet. `cause` is a short name for tests and statistics; `says` is for the learner.

    `at` finds, in a recording made in the same situation, the event to look at.
    """

    cause: str
    says: str
    at: Pointer = last_call


Judge = Callable[[Observation], Finding | None]


@dataclass(frozen=True)
class Requirement:
    """`wants` says in the learner's words what is asked ("copies every byte"); `judge` sees what happened in `when`.

    When it finds something, the answer is recorded in the same situation, and the first of `causes` that finds
    something in that recording speaks in its place: it knows why, where the judge knows only that. When the program
    hangs or makes calls without end, the first of `stuck` that finds something tells why.
    """

    wants: str
    when: Situation
    judge: Judge
    causes: tuple[Judge, ...] = ()
    stuck: tuple[Judge, ...] = ()
