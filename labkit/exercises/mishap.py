"""Programs that do not compile or do not end well, in plain words: crashes, endless loops, floods, waits for ever.

Knows nothing of what an exercise asks.
"""

from __future__ import annotations

import re
from dataclasses import replace

from labkit.decode.text import readable
from labkit.decode.verdict import killed_by
from labkit.exercises.attempt import Attempt
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, exactly
from labkit.exercises.share import Share, own_events, share
from labkit.exercises.situation import told
from labkit.exercises.touched import own_calls
from labkit.model import Event, Recording

_ERROR = re.compile(r"^[^:\n]+:(?P<line>\d+):\d+: (?:fatal )?error: (?P<what>[^\n]+)", re.MULTILINE)
_UNDEFINED = re.compile(r"undefined reference to [`'\"](?P<name>\w+)['\"]")
_FLOODS = {
    "output": "it writes without end: more than 1 MiB left it; which condition ends the loop around the write?",
    "file_size": "it makes a file without end: more than 64 MiB; which condition ends the loop around the write?",
    "processes": "it starts processes without end; which process leaves the loop around fork?",
    "memory": "it uses more than 512 MiB of memory; what is allocated again and again?",
}


def not_compiled(message: str) -> str:
    """The compiler's message `message` in a sentence, with the first error and its line.

    >>> not_compiled("a.c does not compile. The compiler says:\\na.c:7:5: error: expected ';' before 'return'")
    "It does not compile. Line 7: expected ';' before 'return'."
    """
    if found := _ERROR.search(message):
        return f"It does not compile. Line {found['line']}: {readable(found['what']).rstrip('.')}."
    if found := _UNDEFINED.search(message):
        if found["name"] == "main":
            return "It does not compile: it has no main function, so there is nothing to start."
        return f"It does not compile: there is no function {found['name']}; is the name right?"
    return f"It does not compile. {readable(message).strip()}"


def mishap(attempt: Attempt, observation: Observation) -> Finding | None:
    """Why the program did not come to an end of its own, None if it did. Looks closer by recording it once more."""
    seen, situation = observation.seen, observation.situation
    if observation.bout is not None:  # a server has no end of its own; how it came to one is for the judges of bouts
        return None
    if seen.ended_by == "seconds":
        recording = attempt.recorded(situation, lines=True, briefly=True).recording
        waits = _never_returned(recording)
        if waits is None and isinstance(recording, Share) and (finding := _left_waiting(recording)) is not None:
            return replace(finding, says=told(situation, finding.says))
        if waits is not None:
            on = f": it waits for {waits.wait.on}" if waits.wait else ""
            says = f"it hangs in {_named(waits)}{_line(waits.place.line)}{on}."
            return Finding("hangs", told(situation, says), _never_returned)
        calls = own_calls(recording)
        doing = f" At the end it called {calls[-1].call} again and again." if _repeats(calls) else ""
        last = _last_own(recording)
        where = _line(last.place.line) if last is not None else ""
        says = f"it is still running after {situation.seconds:g} s: a loop does not end{where}.{doing}"
        return Finding("endless-loop", told(situation, says), _last_own)
    if seen.ended_by == "events":
        called = own_calls(observation.recording)[-1:]
        again = "".join(f"it called {one.call}{_line(one.place.line)} again and again: " for one in called)
        says = (
            f"{again}after {situation.events:,} system calls it had not come to an end. Which condition ends the loop?"
        )
        return Finding("endless-loop", told(situation, says), _last_own)
    if seen.ended_by:
        says = _FLOODS.get(seen.ended_by, f"it reached the limit {seen.ended_by}.")
        return Finding("flood", told(situation, says))
    if seen.signal and seen.signal != situation.signal:
        recording = attempt.recorded(situation, lines=True).recording
        line = _last_line(recording)
        says = f"it crashes{_line(line)}, killed by {killed_by(seen.signal)}."
        return Finding("crash", told(situation, says), _fatal)
    return None


def _left_waiting(recording: Share) -> Finding | None:
    """The program has ended, and another that ran together with it waits for ever for what it should have done."""
    if recording.status is None and recording.signal is None:
        return None
    for number, program in enumerate(recording.programs):
        if number != recording.number and (waits := _never_returned(share(recording, number))) is not None:
            on = f" for {waits.wait.on}" if waits.wait else ""
            says = f"your program has ended, and {program.name} still waits{on} in {_named(waits)}."
            return Finding("leaves-waiting", says, exactly(waits))
    return None


def _line(line: int | None) -> str:
    return "" if line is None else f" in line {line}"


def _named(event: Event) -> str:
    """The function that the program called to get there, as it is written in its source."""
    return event.place.via[0] if event.place.via else event.call


def _never_returned(recording: Recording) -> Event | None:
    inside = [e for e in own_events(recording) if e.kind == "call" and e.end is None and e.wait is not None]
    # of several, what a process waits for that is not another process
    return next((event for event in inside if "wait" not in event.call), inside[0] if inside else None)


def _last_own(recording: Recording) -> Event | None:
    """The last line that the program came to, or the last call that a line of it made."""
    return next((event for event in reversed(tuple(own_events(recording))) if event.place.line is not None), None)


def _repeats(calls: tuple[Event, ...]) -> bool:
    return len(calls) > 8 and len({event.place.line for event in calls[-4:]}) <= 2


def _last_line(recording: Recording) -> int | None:
    """The line that the process was in that a signal killed."""
    fatal = _fatal(recording)
    pid = fatal.pid if fatal is not None else None
    lines = [event.place.line for event in own_events(recording) if event.pid == pid and event.place.line is not None]
    return lines[-1] if lines else None


def _fatal(recording: Recording) -> Event | None:
    signals = [event for event in own_events(recording) if event.kind == "signal"]
    killed = {event.pid for event in recording.events if event.kind == "exit" and "killed" in event.detail}
    return next((event for event in reversed(signals) if event.pid in killed), signals[-1] if signals else None)
