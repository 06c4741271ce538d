"""What a program got from its calls, in the few words that a prediction is made in.

Pure. Only its own calls count: those with a source line, not the dynamic linker's nor exit(3)'s after main. Of a
program without lines (a shell, cat) it is those that the stepper shows at first.
"""

from __future__ import annotations

from labkit.decode.background import visible as shown_at_first
from labkit.decode.replay import steps
from labkit.decode.steps import steps as places
from labkit.decode.text import visible
from labkit.errors import LabkitError
from labkit.model import Event, Recording

_KERNEL = {  # what the C library makes of a call, where the kernel's name is another
    "open": ("open", "openat"),
    "creat": ("creat",),
    "fork": ("fork", "vfork", "clone", "clone3"),
    "waitpid": ("wait4", "waitid"),
    "execl": ("execve",),
    "pipe": ("pipe", "pipe2"),
    "usleep": ("clock_nanosleep", "nanosleep"),
}


def kernel_names(*names: str) -> tuple[str, ...]:
    """What the kernel may call these calls of C.

    >>> kernel_names("open", "read")
    ('open', 'openat', 'read')
    """
    return tuple(kernel for name in names for kernel in _KERNEL.get(name, (name,)))


def own_calls(recording: Recording, *names: str) -> tuple[Event, ...]:
    """The program's own calls, all or those of these names (as in C: "open", "fork"), in order."""
    wanted = kernel_names(*names)
    if any(event.place.line is not None for event in recording.events):
        return tuple(event for event in recording.calls(*wanted) if event.place.line is not None)
    shown = {steps(recording)[step].event for step in shown_at_first(recording)}
    return tuple(event for event in recording.calls(*wanted) if event.index in shown)


def results(recording: Recording, call: str) -> str:
    """What each `call` of the program returned, in order: "8, 4, 0"; errno by name where it failed; "none" for no call.

    A call that never returned is "?".
    """
    found = own_calls(recording, call)
    return ", ".join(event.errno or ("?" if event.result is None else str(event.result)) for event in found) or "none"


def passed(recording: Recording, call: str) -> str:
    """The bytes that each `call` (read or write) of the program moved, in order: "abc, def"; "none" for no call.

    A call that moved none is "nothing", one that failed its errno by name.
    """
    told = [event.errno or visible(moved(event)) or "nothing" for event in own_calls(recording, call)]
    return ", ".join(told) or "none"


def moved(event: Event) -> bytes:
    """The bytes that a read or write really moved, as far as they were kept; b"" for anything else."""
    data = next((argument.value for argument in event.args if argument.kind == "bytes"), None)
    count = event.result or 0
    return data[:count] if isinstance(data, bytes) and count > 0 else b""


def asked(event: Event) -> int | None:
    """How many bytes a read or write was told to move, None for anything else."""
    if not any(argument.kind == "bytes" or argument.name == "buf" for argument in event.args):
        return None
    count = next((argument.value for argument in event.args if argument.name in ("count", "nbytes", "len")), None)
    return count if isinstance(count, int) else None


def moment(recording: Recording, call: str = "", nth: int = 1, *, place: str = "") -> int:
    """The number of the step at which the `nth` `call` of the program is done (-1: the last), for `at=` of a picture.

    With `place`, the step at which it comes to the line that its source calls so (`// step: name`); this needs a
    recording with lines=True. LabkitError when there are not so many.
    """
    found = _arrivals(recording, place) if place else own_calls(recording, call)
    if nth == 0 or not -len(found) <= nth <= len(found):
        what = f"comes to {place!r}" if place else f"calls {call}"
        raise LabkitError(f"{recording.name} {what} {len(found)} times; there is no number {nth}.")
    event = found[nth - 1 if nth > 0 else nth]
    return max(number for number, step in enumerate(steps(recording), 1) if step.event == event.index)


def _arrivals(recording: Recording, place: str) -> tuple[Event, ...]:
    """The moments at which it comes to a line with that name in the margin."""
    lines = {name: places(text).get(place) for name, text in recording.sources.items()}
    return tuple(
        event
        for event in recording.events
        if event.kind == "line" and event.place.line is not None and lines.get(event.place.file) == event.place.line
    )
