"""What was seen of an answer in one situation, the same to ask whether it was run or recorded. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.exercises.clients import Served
from labkit.exercises.share import Share, share
from labkit.exercises.situation import Situation
from labkit.exercises.touched import own_calls
from labkit.model import Bout, Event, Recording, Run


@dataclass(frozen=True)
class Left:
    """A file that was there afterwards: its `size` in bytes, `data` (all of it, or 64 KiB), and mode if it is known."""

    size: int
    data: bytes
    mode: int | None = None


@dataclass(frozen=True, eq=False)
class Observation:
    """One run or recording of the answer, and the files `left` behind, by name.

    Files that were there before are among them only where it was recorded. Of programs recorded together, what is
    `seen` is the answer's share; `whole` is all of it as it was recorded. `bout` is what the clients of a script met.
    """

    situation: Situation
    seen: Run | Recording
    left: Mapping[str, Left]
    whole: Recording | None = None
    served: Served | None = None  # what its clients saw, where there were some
    bout: Bout | None = None

    @property
    def recording(self) -> Recording:
        """The recording; TypeError if the situation did not ask for one, which is an exercise's own mistake."""
        if not isinstance(self.seen, Recording):
            raise TypeError(f"{self.situation.says!r} was run, not recorded")
        return self.seen

    @property
    def run(self) -> Run:
        """The run at its own speed; TypeError if it was recorded, which is an exercise's own mistake."""
        if not isinstance(self.seen, Run):
            raise TypeError(f"{self.situation.says!r} was recorded, not run")
        return self.seen

    @property
    def shown(self) -> Recording:
        """What the learner gets to see of it: the recording of all programs. TypeError as `recording`."""
        return self.whole or self.recording

    def calls(self, *names: str) -> tuple[Event, ...]:
        """The calls of these names, or all, that lines of the answer made."""
        return own_calls(self.recording, *names)

    def other(self, number: int) -> Share | None:
        """The share of another program that ran together with the answer: those before it, then those after it.

        None if it could not be started, because nobody listened at a port that it was to be told.
        """
        number += number >= len(self.situation.before)
        if self.whole is None or number >= len(self.whole.programs):
            return None
        return share(self.whole, number)

    @property
    def status(self) -> int | None:
        """What it passed to exit, None if it did not come to that."""
        return self.seen.status

    @property
    def errors(self) -> bytes:
        """All bytes that left through descriptor 2."""
        return self.seen.output(2)
