"""By which calls bytes left through standard output, and a judge of how many calls that took."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.decode.transfers import transfers
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, exactly
from labkit.exercises.situation import told
from labkit.model import Event, Recording


def writes_out(recording: Recording, fd: int = 1) -> Iterator[tuple[Event, bytes]]:
    """Every call that moved bytes out through descriptor `fd`, of any process, and these bytes."""
    for event in recording.calls():
        for moved in transfers(event):
            if moved.into and moved.fd == fd:
                yield event, moved.data


def prints_in_few(most: int) -> Judge:
    """Standard output takes at most `most` system calls."""

    def judge(observation: Observation) -> Finding | None:
        events = list(dict.fromkeys(event.index for event, _ in writes_out(observation.recording)))
        if len(events) <= most:
            return None
        size = len(observation.seen.output(1))
        says = (
            f"{size:,} bytes left by {len(events)} system calls, {size / len(events):.1f} bytes each; {most} are more "
            "than enough. Let the library gather what belongs together."
        )
        at = observation.recording.events[events[1]]
        return Finding("many-calls", told(observation.situation, says), exactly(at))

    return judge
