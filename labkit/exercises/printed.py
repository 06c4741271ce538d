"""Judges of what a program says on standard output: which bytes, by how many calls, and what had left by when.

Every one of them sees a recording; none looks at the program's text.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.decode.text import quoted
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


def prints(wanted: bytes) -> Judge:
    """Exactly these bytes leave through standard output."""

    def judge(observation: Observation) -> Finding | None:
        output, situation = observation.seen.output(1), observation.situation
        if output == wanted:
            return None
        if wanted.startswith(output):
            lost = quoted(wanted[len(output) :])
            says = f"only {len(output):,} of {len(wanted):,} bytes leave the program; {lost} is lost."
            return Finding("bytes-lost", told(situation, says))
        says = f"the bytes should be {quoted(wanted)}, but {quoted(output)} left the program."
        return Finding("other-bytes", told(situation, says))

    return judge


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
