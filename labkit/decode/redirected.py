"""Where descriptors 0 to 2 of a program led before its first line, read from a recording of a shell that started it.

Pure.
"""

from __future__ import annotations

from labkit.decode.names import Names, names
from labkit.decode.replay import replay, steps
from labkit.model import Event, Recording, Redirection, State

_BEFORE_MAIN = "before main"


def redirected(recording: Recording, command: str, program: str) -> Redirection:
    """The row of one command line; LookupError if it started no `program`."""
    started = next((event for event in recording.calls("execve") if _starts(event, program)), None)
    if started is None or started.end is None:
        raise LookupError(f"{command!r} started no {program}")
    called = names(recording)
    own = [event for event in recording.events if event.pid == started.pid and event.begin > started.end]
    first = next((event for event in own if event.place.phase != _BEFORE_MAIN), None)
    state = replay(recording).at(started.end if first is None else first.begin - 1)
    zero, one, two = (_leads(state, started.pid, fd, called) for fd in (0, 1, 2))
    step = next(
        n for n, step in enumerate(steps(recording), 1) if step.event == started.index and step.part != "enters"
    )
    opened = tuple(
        (str(event.argument("path")), _who(recording, event, program))
        for event in recording.calls("open", "openat")
        if not event.errno and event.begin < started.begin and not str(event.argument("path")).startswith("/")
    )
    return Redirection(command, (zero, one, two), opened, step, recording)


def _starts(event: Event, program: str) -> bool:
    return event.result == 0 and str(event.argument("path")).rpartition("/")[2] == program


def _leads(state: State, pid: int, fd: int, called: Names) -> str:
    descriptor = state.fds(pid).get(fd)
    if descriptor is None:
        return "closed"
    return called.inode(state.open_files[descriptor.open_file].inode)


def _who(recording: Recording, event: Event, program: str) -> str:
    process = replay(recording).at(event.begin).processes.get(event.pid)
    return program if process is not None and process.name.rpartition("/")[2] == program else "the shell"
