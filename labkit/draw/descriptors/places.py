"""Who appears in a recording and when, and the place each gets in a picture: one layout serves every step.

Two things that are never there at the same time may share a place, so that a loop that opens a file a thousand times
takes the room of one. Pure; knows nothing of how the places are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labkit.draw.film import Key

BEHIND = object()  # what only the loader and its like use is seldom seen
CROWD = 8  # so many things of a kind have places of their own; more must share


@dataclass
class Lives:
    """From which to which step each thing is there (the first and the last, with gaps not kept)."""

    spans: dict[Key, list[int]] = field(default_factory=dict)

    def seen(self, step: int, things: Iterable[Key]) -> None:
        """At `step` these things are there."""
        for thing in things:
            span = self.spans.setdefault(thing, [step, step])
            span[1] = step


@dataclass
class Places:
    """Places for things of one kind, in the order they come: `of[thing]` is the number of its place."""

    of: dict[Any, int] = field(default_factory=dict)
    _last: list[int] = field(default_factory=list)  # the step at which the last thing in each place goes
    _alike: dict[object, list[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._last)

    def take(self, thing: Key, span: list[int], alike: object) -> int:
        """Give `thing` a place: a free one of a thing that was `alike`, one of what is seldom seen, any in a crowd.

        Where there is none, a new one. BEHIND as `alike` is for what is seldom seen.
        """
        first, last = span
        candidates = [*self._alike.get(alike, ()), *self._alike.get(BEHIND, ())]
        if len(self._last) >= CROWD and alike is not BEHIND:
            candidates += range(len(self._last))
        place = next((place for place in candidates if self._last[place] < first), len(self._last))
        if place == len(self._last):
            self._last.append(-1)
        self._last[place] = last
        self.of[thing] = place
        known = self._alike.setdefault(alike, [])
        if place not in known:
            known.append(place)
        return place
