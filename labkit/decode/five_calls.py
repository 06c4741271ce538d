"""What the kernel answered to open, read, write, lseek and close, read from a recording of `programs/same_calls*.c`.

Pure; what the programs print is not looked at.
"""

from __future__ import annotations

from labkit.model import Answer, Event, KindAnswers, Recording

CALLS = ("open", "read", "write", "lseek", "close")
FUNCTION = "same_calls"  # the calls made in it are the ones tried; the others only prepare
_NAMES = {"openat": "open", **{call: call for call in CALLS}}  # open(2) of the C library is openat in the kernel


def five_calls(recording: Recording, kind: str) -> KindAnswers:
    """The answers in the order asked; where there was nothing to ask, `absent` says which call refused it."""
    tried = [event for event in recording.calls(*_NAMES) if event.place.function == FUNCTION]
    answers = tuple(map(_answer, tried))
    absent = "" if any(answer.call == "close" for answer in answers) else _why(recording)
    return KindAnswers(kind, () if absent else answers, absent, recording)


def _answer(event: Event) -> Answer:
    note = ""
    if event.call in ("open", "openat"):
        path = str(event.argument("path"))
        flags = next(argument.text for argument in event.args if argument.name == "flags")
        note = flags if not path.startswith("/proc/") else f"{flags}, by its name in /proc/self/fd"
    return Answer(_NAMES[event.call], None if event.errno else event.result, event.errno, note)


def _why(recording: Recording) -> str:
    """The last call on a line of the program that failed, else the program's last words, else how it ended.

    A container's filter refuses a call before the recorder can see it (seccomp(2): the stricter answer wins).
    """
    for event in reversed(recording.calls()):
        if event.errno and event.place.line is not None:
            return f"{_NAMES.get(event.call, event.call)}: {event.errno}"
    if words := recording.output(2).decode(errors="replace").strip():
        return f"the program says: {words.splitlines()[-1]}"
    return f"the program ended with {recording.signal or recording.ended_by or f'status {recording.status}'}"
