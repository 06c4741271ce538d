"""Judges of recorded calls: what the program did, whether it was right to, and what it did not do.

Every one of them sees a recording; none looks at the program's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Pointer, exactly
from labkit.exercises.situation import told
from labkit.exercises.touched import READING, WRITING, calls_on, data, injected, number, own_calls, touched
from labkit.model import Event, Recording

_OPENING = ("open", "openat", "creat", "dup", "dup2", "dup3")
_STREAMS = ("fread", "fgetc", "getc", "fgets", "getline", "fscanf", "fwrite", "fputc", "putc", "fputs", "fprintf",
            "fclose", "fflush", "fopen")  # fmt: skip


def uses(calls: Sequence[str], file: str, instead: str) -> Judge:
    """It moves the bytes of `file` by these calls itself: not by others, nor through a stdio stream."""

    def judge(observation: Observation) -> Finding | None:
        recording = observation.recording
        moved = calls_on(recording, file, *READING, *WRITING)
        for event in moved:
            stream = next((name for name in event.place.via if name in _STREAMS), "")
            if stream:
                says = f"{file} goes through a stdio stream ({stream}, line {event.place.line}); {instead}"
                return Finding("stdio", says[:1].upper() + says[1:], exactly(event))
        other = [event for event in moved if event.call not in calls]
        # a file may have another name while it is written, and get this one by rename(2)
        if other or not (moved or own_calls(recording, *calls)):
            name = other[0].call if other else "other calls"
            says = f"the bytes of {file} are moved by {name}; {instead}"
            return Finding("other-call", says[:1].upper() + says[1:], exactly(other[0]) if other else _last(recording))
        return None

    return judge


def writes_what_it_read(observation: Observation) -> Finding | None:
    """A write is not told more bytes than the read before it brought, nor fewer because one of them is NUL."""
    for got, event in _pairs(observation.recording):
        asked, there = number(event, "count"), got.result or 0
        if asked > there:
            says = (
                f"read brought {there:,} bytes, but write was told {asked:,}: the rest of the buffer is left over from "
                "before. Write as many bytes as read returned."
            )
            return Finding("count-of-buffer", told(observation.situation, says), exactly(event))
        if asked < there and data(got)[asked : asked + 1] == b"\0":
            says = (
                f"read brought {there:,} bytes, but write was told {asked:,}: up to the first byte that is 0. "
                "strlen is for strings; what a file holds is not one. Write as many bytes as read returned."
            )
            return Finding("stops-at-nul", told(observation.situation, says), exactly(event))
    return None


def _pairs(recording: Recording) -> Iterator[tuple[Event, Event]]:
    """Each first write after a read that brought something, with that read."""
    read: dict[int, Event] = {}
    for event in own_calls(recording):
        if event.call in ("read", "pread64") and (event.result or 0) > 0:
            read[event.pid] = event
        elif event.call in ("write", "pwrite64") and event.pid in read and number(event, "fd") > 2:
            yield read.pop(event.pid), event


def goes_on_after_short_write(observation: Observation) -> Finding | None:
    """After a write that took only part, the next write to the same file begins with what it did not take."""
    recording = observation.recording
    seen = touched(recording)
    for event in injected(recording, "write", "pwrite64"):
        hit, asked, took = seen[event.index], number(event, "count"), event.result or 0
        if hit is None or hit.inode.kind != "file" or not 0 <= took < asked:
            continue
        rest = data(event)[took:]
        after = [e for e in recording.calls("write", "pwrite64") if e.index > event.index and e.pid == event.pid]
        following = [e for e in after if (it := seen[e.index]) is not None and it.inode.id == hit.inode.id]
        if not following or not data(following[0]) or not rest.startswith(data(following[0])[: len(rest)]):
            says = (
                f"write was told {asked:,} bytes and took {took:,}, which it may: the other {asked - took:,} were "
                "not written next. Go on with the rest until all are."
            )
            return Finding("short-write", told(observation.situation, says), exactly(event))
    return None


def reads_to_the_end(file: str) -> Judge:
    """It goes on reading `file` until read returns 0: fewer bytes than asked for are not the end."""

    def judge(observation: Observation) -> Finding | None:
        reads = calls_on(observation.recording, file, *READING)
        if not reads or reads[-1].result == 0:
            return None
        event, asked = reads[-1], number(reads[-1], "count")
        got = event.result or 0
        if not 0 < got < asked:
            return None
        says = (
            f"read was asked for {asked:,} bytes and brought {got:,}, which it may at any time; the program took that "
            "for the end. The end is when read returns 0."
        )
        return Finding("short-read", told(observation.situation, says), exactly(event))

    return judge


def truncates(file: str) -> Judge:
    """It opens `file`, which was there before, so that nothing of the old contents stays."""

    def judge(observation: Observation) -> Finding | None:
        recording = observation.recording
        if own_calls(recording, "truncate", "ftruncate", "creat", "unlink", "unlinkat"):
            return None
        for event in own_calls(recording, "open", "openat"):
            path = next((argument.value for argument in event.args if argument.kind == "path"), None)
            flags = next((argument.text for argument in event.args if argument.name == "flags"), "")
            if path == file and "O_TRUNC" not in flags and "O_RDONLY" not in flags:
                says = (
                    f"{file} is opened with {flags}: what it held before stays behind the new bytes. "
                    "O_TRUNC empties it first."
                )
                return Finding("no-truncate", told(observation.situation, says), exactly(event))
        return None

    return judge


def tries_again(call: str) -> Judge:
    """A call that failed with EINTR is made again, and nothing is lost or done twice for it."""

    def judge(observation: Observation) -> Finding | None:
        for event in injected(observation.recording, call):
            if event.errno != "EINTR":
                continue
            says = (
                f"{call} failed with EINTR: a signal came before anything was done. That is no error of the file; "
                f"call {call} again."
            )
            return Finding(f"{call}-eintr", told(observation.situation, says), exactly(event))
        return None

    return judge


def _open_then(recording: Recording) -> Iterator[tuple[Event, dict[tuple[int, int], Event]]]:
    """Each call of the program's own lines, and what is open after it: by process and number, the call it is from."""
    open_now: dict[tuple[int, int], Event] = {}
    for event in own_calls(recording):
        done = event.result is not None and event.result >= 0
        copies = event.call == "fcntl" and event.args[1].text.startswith("F_DUPFD")
        if event.result is not None and event.result > 2 and (copies or event.call in _OPENING):
            open_now[event.pid, event.result] = event
        elif event.call == "close" and done:
            open_now.pop((event.pid, number(event, "fd")), None)
        yield event, open_now


def closes_what_it_opened(observation: Observation) -> Finding | None:
    """Every descriptor that a line of the program opened is closed by it before it ends."""
    left: dict[tuple[int, int], Event] = {}
    for _, left in _open_then(observation.recording):  # noqa: B007  # the last one counts
        pass
    for (_, fd), event in left.items():
        says = f"descriptor {fd}, from {event.call} in line {event.place.line}, is never closed."
        return Finding("never-closed", told(observation.situation, says), exactly(event))
    return None


def closes_in_time(most: int) -> Judge:
    """At no moment are more than `most` descriptors open that the program opened itself."""

    def judge(observation: Observation) -> Finding | None:
        for event, open_now in _open_then(observation.recording):
            if len(open_now) > most:
                says = (
                    f"it has {len(open_now)} files open here and goes on opening: descriptors leak. "
                    "Close each when you have done with it."
                )
                return Finding("leak", told(observation.situation, says), exactly(event))
        return None

    return judge


def closes_once(observation: Observation) -> Finding | None:
    """It closes no descriptor that is not open."""
    for event in own_calls(observation.recording, "close"):
        if event.errno == "EBADF":
            fd = number(event, "fd")
            says = f"close({fd}) failed with EBADF: {fd} is not open here. Another file may get that number meanwhile."
            return Finding("closed-twice", told(observation.situation, says), exactly(event))
    return None


def gives_a_mode(file: str) -> Judge:
    """Where it creates `file`, it says with which permissions: ones that make sense for data of one's own."""

    def judge(observation: Observation) -> Finding | None:
        for event in own_calls(observation.recording, "open", "openat", "creat"):
            path = next((argument.value for argument in event.args if argument.kind == "path"), None)
            flags = next((argument.text for argument in event.args if argument.name == "flags"), "O_CREAT")
            if path != file or ("O_CREAT" not in flags and event.call != "creat"):
                continue
            mode = number(event, "mode")
            if mode & 0o600 != 0o600 or mode & ~0o666:
                says = (
                    f"{file} is created with mode {mode:04o}, so that {_may(mode)}. With O_CREAT, open takes a third "
                    "argument, the permissions; without it they are chance. 0644 is usual."
                )
                return Finding("no-mode", told(observation.situation, says), exactly(event))
        return None

    return judge


def _may(mode: int) -> str:
    """What is wrong with a mode, in words.

    >>> _may(0o200), _may(0o4755), _may(0o755)
    ('its owner may not read it', 'it runs with the rights of its owner', 'it counts as a program')
    """
    if not mode & 0o400:
        return "its owner may not read it"
    if not mode & 0o200:
        return "its owner may not write it"
    if mode & 0o7000:
        return "it runs with the rights of its owner" if mode & 0o4000 else "it has bits that are not for data"
    return "it counts as a program"


def _last(recording: Recording) -> Pointer:
    own = own_calls(recording)
    return lambda recording: own[-1] if own else None
