"""What each line of a program moved through its streams, and which system calls the library made for it.

Pure: a recording in, values out. Bytes are counted by what the buffers held before and after, and what calls moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labkit.decode.background import background
from labkit.decode.line_stretches import Stretch, line_text, stretches
from labkit.decode.replay import steps
from labkit.decode.story.callers import library
from labkit.decode.transfers import moves, transfers
from labkit.model import Called, Event, LibraryWork, LineWork, Recording, Stream


def library_work(recording: Recording) -> LibraryWork:
    """A row for each line that moved bytes through a stream or made the library call the kernel, in source order.

    Calls that the program makes itself (`write(1, …)`) and what the stepper hides at first (the heap's first pages, the
    questions about a file's block size) are left out. Bytes that a seek or fclose throws away are not counted.
    """
    hidden = {
        step.event for step, why in zip(steps(recording), background(recording), strict=True) if why
    }  # both steps of a call have the same answer
    by_line: dict[tuple[str, int | None, str], list[tuple[Stretch, tuple[Event, ...]]]] = {}
    for stretch in stretches(recording):
        made = tuple(call for call in stretch.calls if call.index not in hidden and _by_library(call))
        text = line_text(recording, stretch.file, stretch.line) if stretch.line is not None else _function(made)
        by_line.setdefault((stretch.file, stretch.line, text), []).append((stretch, made))
    told = any(event.kind == "line" for event in recording.events)
    rows = [_row(key, found, told) for key, found in by_line.items()]
    working = [row for row in rows if row.put or row.took or row.calls]
    return LibraryWork(tuple(sorted(working, key=lambda row: (row.line is None, row.file, row.line or 0))), recording)


def _by_library(event: Event) -> bool:
    """Whether a library function made the call for the program: fopen, not open itself."""
    return event.call != "exit_group" and bool(library(event))


def _function(made: tuple[Event, ...]) -> str:
    return made[0].place.via[0] if made else "exit"


def _row(key: tuple[str, int | None, str], found: list[tuple[Stretch, tuple[Event, ...]]], told: bool) -> LineWork:
    file, line, text = key
    put = sum(_put(stretch, made) for stretch, made in found if not stretch.untold) if told else None
    took = sum(_took(stretch, made) for stretch, made in found if not stretch.untold) if told else None
    times = sum(stretch.first for stretch, _ in found) if told and line is not None else None
    calls = summed(call for _, made in found for call in made)
    return LineWork(file, line, text, times, put, took, calls, any(stretch.cut for stretch, _ in found))


def _put(stretch: Stretch, made: tuple[Event, ...]) -> int:
    """What the buffers have more than before, and what left them meanwhile."""
    more = _pending(stretch.after) - _pending(stretch.before)
    written = sum(moved.size for call in made for moved in transfers(call) if moved.into)
    # What fclose(3) or exit(3) could not write is lost: nobody put it in just now.
    gone = _fds(stretch.before) - _fds(stretch.after)
    return 0 if gone else max(more + written, 0)


def _took(stretch: Stretch, made: tuple[Event, ...]) -> int:
    """What the buffers have less than before, and what came into them meanwhile."""
    if any(call.call == "lseek" for call in made) or _fds(stretch.before) - _fds(stretch.after):
        return 0
    less = _ahead(stretch.before) - _ahead(stretch.after)
    came = sum(moved.size for call in made for moved in transfers(call) if not moved.into)
    return max(less + came, 0)


def _pending(streams: Mapping[int, Stream]) -> int:
    return sum(len(stream.pending) for stream in streams.values())


def _ahead(streams: Mapping[int, Stream]) -> int:
    return sum(len(stream.readahead) for stream in streams.values())


def _fds(streams: Mapping[int, Stream]) -> set[int]:
    return {stream.fd for stream in streams.values()}


def summed(calls: Iterable[Event]) -> tuple[Called, ...]:
    """The calls by name, with how often, how many bytes and what failed.

    >>> from labkit.model import Argument
    >>> args = (Argument("fd", "fd", 0, "0"), Argument("buf", "bytes", b"hi", '"hi"', out=True))
    >>> summed([Event(n, "call", 1, 1, n, n, 0, 0, call="read", args=args, result=2 * (n < 2)) for n in range(3)])
    (Called(call='read', times=3, moved=4, failed=()),)
    """
    found: dict[str, Called] = {}
    for event in calls:
        name = _KNOWN_AS.get(event.call, event.call)
        old = found.get(name, Called(name, 0))
        moved = sum(one.size for one in transfers(event)) if moves(event) else None
        total = None if moved is None else (old.moved or 0) + moved
        failed = (*old.failed, event.errno) if event.errno else old.failed
        found[name] = Called(name, old.times + 1, total, failed)
    return tuple(found.values())


_KNOWN_AS = {"openat": "open", "newfstatat": "fstat"}  # as C programs know them
