"""Judges of programs that use stdio: what they do when a call below a stream fails, and where a byte came in or went.

Each sees a recording, except where it says so; none looks at the program's text.
"""

from __future__ import annotations

from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Pointer, exactly, last_call
from labkit.exercises.situation import told
from labkit.exercises.touched import READING, calls_on, injected, touched
from labkit.model import Event, Recording


def reports(cause: str, call: str) -> Judge:
    """When an injected fault made `call` on a file fail, it ends with a status that is not 0 and says why on stderr.

    Finds nothing where the fault came to nothing: with fewer calls than that, or in a message to the terminal.
    """

    def judge(observation: Observation) -> Finding | None:
        situation, failed = observation.situation, failure(observation.recording, call)
        if failed is None:
            return None
        why = f"{call} failed with {failed.errno} {_where(failed)}"
        if observation.status == 0:
            says = f"{why}, but the program ended with status 0, as if all were well. {_look(failed)}"
            return Finding(cause, told(situation, says), exactly(failed))
        if not observation.errors:
            says = f"{why}; the program ended with status {observation.status}, but said nothing on stderr: perror(3)."
            return Finding("silent", told(situation, says), exactly(failed))
        return None

    return judge


def failure(recording: Recording, call: str) -> Event | None:
    """The first `call` that an injected fault made fail; of writes and closes, one on a file."""
    seen = touched(recording)
    for event in injected(recording, call):
        hit = seen[event.index]
        if event.errno and hit is not None and (call == "read" or hit.inode.kind == "file"):
            return event
    return None


def _where(event: Event) -> str:
    if event.place.line is None:
        return "after main had returned"
    return f"in {event.place.via[0]}, line {event.place.line}" if event.place.via else f"in line {event.place.line}"


def _look(event: Event) -> str:
    """What to do so that such a failure is heard of."""
    if event.place.line is None:
        return "What is still in the buffer then is written where nobody can hear of it: close the stream before."
    name = event.place.via[0] if event.place.via else event.call
    if event.call == "read":
        return f"{name} ends at an error as at the end of the file: ferror tells which it was."
    if name == "rewind":
        return "rewind returns nothing, and clears the error: fseek does not."
    return f"What does {name} return?"


def read_of(file: str, offset: int) -> Pointer:
    """Points at the read that brought the byte at `offset` of `file`, if reads followed one another from the start."""

    def at(recording: Recording) -> Event | None:
        so_far = 0
        for event in calls_on(recording, file, *READING):
            so_far += max(event.result or 0, 0)
            if so_far > offset:
                return event
        return last_call(recording)

    return at
