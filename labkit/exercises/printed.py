"""Judges of what a program printed on descriptor 1, byte for byte. Not how it came about."""

from __future__ import annotations

from labkit.decode.text import quoted
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge
from labkit.exercises.share import own_events
from labkit.exercises.situation import told
from labkit.exercises.touched import WRITING, data, injected, number
from labkit.model import Event, Recording


def prints(wanted: bytes) -> Judge:
    """It prints exactly these bytes."""

    def judge(observation: Observation) -> Finding | None:
        said, situation = observation.seen.output(1), observation.situation
        if said == wanted:
            return None
        if len(said) < len(wanted) and wanted.startswith(said):
            only = f"only the first {len(said):,} of them" if said else "nothing"
            says = f"it should print {len(wanted):,} bytes, but printed {only}."
            return Finding("bytes-missing", told(situation, says), last_print)
        if said.startswith(wanted):
            says = f"it should print {len(wanted):,} bytes, but printed {len(said):,}."
            return Finding("bytes-too-many", told(situation, says), last_print)
        says = f"it should print {quoted(wanted, 24)}, but printed {quoted(said, 24)}."
        return Finding("bytes-changed", told(situation, says), last_print)

    return judge


def says_line(cause: str, wanted: str) -> Judge:
    """It prints this line, whatever white space is around it."""

    def judge(observation: Observation) -> Finding | None:
        said = observation.seen.output(1)
        if said.split() == wanted.encode().split():
            return None
        says = f"it should print {quoted(wanted.encode())}, but printed {quoted(said) if said else 'nothing'}."
        return Finding(cause, told(observation.situation, says), last_print)

    return judge


def goes_on_printing(observation: Observation) -> Finding | None:
    """After a write to descriptor 1 that took only part, the rest follows."""
    recording = observation.recording
    for event in injected(recording, "write"):
        asked, took = number(event, "count"), event.result or 0
        if number(event, "fd") != 1 or not 0 <= took < asked:
            continue
        rest = data(event)[took:]
        after = b"".join(data(later) for later in recording.calls("write") if later.index > event.index)
        if not after.startswith(rest):
            says = (
                f"write was told {asked:,} bytes and took {took:,}, which it may; the other {asked - took:,} were "
                "never written. Go on with the rest."
            )
            return Finding("short-write", told(observation.situation, says), last_print)
    return None


def last_print(recording: Recording) -> Event | None:
    """The last write to descriptor 1, if there was one; else the last thing that a line of the program did."""
    calls = [event for event in own_events(recording) if event.kind == "call"]
    writes = [event for event in calls if event.call in WRITING and number(event, "fd") == 1]
    own = [event for event in calls if event.place.line is not None]
    return next((found[-1] for found in (writes, own) if found), None)
