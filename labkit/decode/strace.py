"""Events as text, the way strace(1) prints them, with the source line and the library calls behind each.

Pure. For people and for comparing with strace; programs that want values read the events themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.decode.flags import names, status_flags
from labkit.decode.replay import steps
from labkit.decode.text import one_line
from labkit.model import Event, Launched, Place, Recording

_ADDRESSES = frozenset(("mmap", "mremap", "brk"))
# include/linux/errno.h: what a call returns that a signal interrupted, as strace words it.
_RESTARTS = {
    "ERESTARTSYS": "To be restarted if SA_RESTART is set",
    "ERESTARTNOINTR": "To be restarted",
    "ERESTARTNOHAND": "To be restarted if no handler",
    "ERESTART_RESTARTBLOCK": "Interrupted by signal",
}


def call_text(event: Event) -> str:
    """A call on one line: name, arguments, result.

    >>> call_text(Event(0, "call", 1, 1, 0, 1, 0.0, 0.0, call="close", result=-1, errno="EBADF"))
    'close() = -1 EBADF'
    """
    return f"{_arguments(event)} = {result_text(event)}"


def _arguments(event: Event) -> str:
    return f"{event.call}({', '.join(argument.text for argument in event.args)})"


def _known_at_entry(event: Event) -> str:
    """The call as far as it is known before it returns: up to the first argument that the kernel fills in."""
    known = []
    for argument in event.args:
        if argument.out:
            known.append("")
            break
        known.append(argument.text)
    return f"{event.call}({', '.join(known)}"


def result_text(event: Event) -> str:
    """The result as strace prints it: a number, an address, flags by name, or -1 and the errno."""
    if event.result is None:
        return "?"
    if event.errno in _RESTARTS:
        return f"? {event.errno} ({_RESTARTS[event.errno]})"
    if event.errno:
        return f"-1 {event.errno}"
    if event.call in _ADDRESSES:
        return f"{event.result:#x}"
    if event.call == "umask":
        return f"0{event.result:02o}"
    if event.call == "fcntl":
        command = event.args[1].text
        if command == "F_GETFD" and event.result:
            return f"{event.result:#x} (flags {names('fd', event.result)})"
        if command == "F_GETFL":
            return f"{event.result:#x} (flags {status_flags(event.result)})"
    return str(event.result)


def place_text(place: Place) -> str:
    """Where in the program: file:line, function, and the library calls; "" when nothing is known.

    >>> place_text(Place("a.c", 7, "main", ("fclose", "write")))
    'a.c:7 main, fclose → write'
    """
    words = []
    if place.line is not None:
        words.append(f"{place.file}:{place.line} {place.function}".rstrip())
    elif place.phase:
        words.append(place.phase)
    if place.via:
        words.append(" → ".join(place.via))
    return ", ".join(words)


def event_text(event: Event) -> str:
    """One event on one line, without process and place."""
    if event.kind == "call":
        text = call_text(event)
        return f"{text} ({event.detail.upper()})" if event.detail else text
    if event.kind == "line":
        return f"line {event.place.line}"
    marks = {"signal": "---", "exit": "+++", "begin": "+++", "stop": "---", "continue": "---"}
    mark = marks.get(event.kind, "***")
    return f"{mark} {event.detail} {mark}"


def listing(recording: Recording, *, times: bool = False, before_main: bool = True) -> Iterator[str]:
    """The recording line by line in the order things happened; a call that others interrupt takes two lines.

    `times` puts seconds since the start in front. Without `before_main` what the dynamic linker does is left out.
    """
    several = len({event.tid for event in recording.events}) > 1
    for step in steps(recording):
        event = recording.events[step.event]
        if not before_main and event.place.phase == "before main":
            continue
        text = event_text(event)
        if step.part == "enters" and event.end is not None:
            text = f"{_known_at_entry(event)} <unfinished ...>"
            if event.wait is not None:
                text += f"  waits for {event.wait.on}"
        elif step.part == "returns":
            text = f"<... {event.call} resumed> = {result_text(event)}"
        where = place_text(event.place) if event.kind in ("call", "line") and step.part != "returns" else ""
        at = event.until if step.part == "returns" and event.until is not None else event.at
        prefix = (f"{at:9.6f} " if times else "") + (f"[{event.tid}] " if several else "")
        yield f"{prefix}{text:<60}  {where}".rstrip() if where else prefix + text


def summary(recording: Recording) -> str:
    """One line on a recording: how many events, and how it ended."""
    count = len({event.pid for event in recording.events})
    return f"{len(recording.events)} events of {count} process{'es' if count != 1 else ''}; {ended(recording)}"


def ended(recording: Recording) -> str:
    """How the program ended, or each of the programs, as a sentence without its full stop."""
    if recording.ended_by:
        were, their = ("were", "their") if len(recording.programs) > 1 else ("was", "its")
        return f"{one_line(recording.title)} {were} ended by labkit: {their} limit of {recording.ended_by} was reached"
    if recording.programs:
        return ", ".join(map(_ending, recording.programs))
    return _ending(recording)


def _ending(program: Recording | Launched) -> str:
    name = one_line(program.name)
    return f"{name} was killed by {program.signal}" if program.signal else f"{name} exited with {program.status}"
