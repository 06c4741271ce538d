"""Which open file description and which file each recorded call had to do with, and where to point at a call.

Pure: a recording in, values out. Knows nothing of exercises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from labkit.decode.once import once
from labkit.decode.replay import steps
from labkit.exercises.share import own_events
from labkit.model import Change, Descriptor, Event, Inode, OpenFile, Process, Recording

WRITING = ("write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "copy_file_range", "splice")
READING = ("read", "pread64", "readv", "preadv", "preadv2")


@dataclass(frozen=True)
class Touched:
    """A call's first descriptor: number `fd` of the process leads to `open_file`, which stands on `inode`."""

    fd: int
    open_file: OpenFile
    inode: Inode

    @property
    def name(self) -> str:
        """The last part of the file's name, "" where it has none."""
        return PurePosixPath(self.inode.path).name if self.inode.kind == "file" else ""


@once
def touched(recording: Recording) -> tuple[Touched | None, ...]:
    """For each event what its first descriptor led to when the call began; None where there is no such thing."""
    processes: dict[int, Process] = {}
    rows: dict[tuple[int, ...], Descriptor] = {}
    open_files: dict[int, OpenFile] = {}
    inodes: dict[int, Inode] = {}

    def apply(changes: tuple[Change, ...]) -> None:
        for change in changes:
            value = change.value
            if change.what == "tables":
                if isinstance(value, Descriptor):
                    rows[change.key] = value
                else:
                    rows.pop(change.key, None)
            elif isinstance(value, Process):
                processes[value.pid] = value
            elif isinstance(value, OpenFile):
                open_files[value.id] = value
            elif isinstance(value, Inode):
                inodes[value.id] = value

    found: list[Touched | None] = [None] * len(recording.events)
    apply(recording.start)
    for event, returns in _moments(recording):
        if returns:
            apply(event.changes)
            continue
        fd = next((argument.value for argument in event.args if argument.kind == "fd"), None)
        process = processes.get(event.pid)
        if isinstance(fd, int) and process is not None:
            row = rows.get((process.table, fd))
            if row is not None:
                open_file = open_files[row.open_file]
                found[event.index] = Touched(fd, open_file, inodes[open_file.inode])
        apply(event.entered)
    return tuple(found)


def _moments(recording: Recording) -> Iterator[tuple[Event, bool]]:
    """Every event as it begins (False) and, later or at once, as its changes come about (True)."""
    at = [(event.begin, 0, event) for event in recording.events]
    at += [(event.begin if event.end is None else event.end, 1, event) for event in recording.events]
    for _, returns, event in sorted(at, key=lambda one: one[:2]):
        yield event, bool(returns)


def calls_on(recording: Recording, file: str, *names: str) -> tuple[Event, ...]:
    """The calls of these names (or all) whose first descriptor led to a file named `file`."""
    seen = touched(recording)
    return tuple(
        event for event in recording.calls(*names) if (hit := seen[event.index]) is not None and hit.name == file
    )


def own_calls(recording: Recording, *names: str) -> tuple[Event, ...]:
    """The calls of these names that a line of the program made, not the dynamic linker or the C library's exit.

    Of a share in a recording of several programs, its own.
    """
    return tuple(
        event
        for event in own_events(recording)
        if event.kind == "call" and event.place.line is not None and (not names or event.call in names)
    )


def injected(recording: Recording, *names: str) -> tuple[Event, ...]:
    """The calls (of these names) that a fault was injected into."""
    return tuple(event for event in recording.calls(*names) if event.detail == "fault injected")


def number(event: Event, name: str) -> int:
    """An argument that is a number, 0 if it is not known."""
    value = next((argument.value for argument in event.args if argument.name == name), None)
    return value if isinstance(value, int) else 0


def data(event: Event) -> bytes:
    """The bytes that went or came through a read or write, b"" for anything else."""
    value = next((argument.value for argument in event.args if argument.kind == "bytes"), None)
    return value if isinstance(value, bytes) else b""


def step_of(recording: Recording, event: Event) -> int:
    """The number of the step that shows `event` done, counted from 1 as `labkit.step(recording, at=…)` does."""
    return max(number for number, step in enumerate(steps(recording), 1) if step.event == event.index)
