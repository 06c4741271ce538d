"""What happens in the buffers of stdio, between the program and the kernel: as glibc keeps them.

Source: setvbuf(3), stdio(3). Makes clauses about streams; knows no system call but by the library function behind it.
"""

from __future__ import annotations

from labkit.decode.story.scene import AFTER_MAIN, Scene
from labkit.decode.story.words import amount
from labkit.model import Stream

_FLUSH = frozenset((
    "fflush", "fflush_unlocked", "fclose", "exit", "fseek", "fseeko", "rewind", "fsetpos", "freopen", "pclose",
    "setvbuf", "fcloseall", "abort", "ftell", "close_stdout", "popen",
))  # fmt: skip
_INPUT = frozenset((
    "getc", "getchar", "fgetc", "fgets", "scanf", "fscanf", "fread", "getline", "getdelim", "__uflow", "gets",
    "getchar_unlocked", "getc_unlocked",
))  # fmt: skip


def word(stream: Stream) -> str:
    """A stream as it stands in a sentence: "stdout", or "fd 3's stream"."""
    return stream.name or f"fd {stream.fd}'s stream"


def buffer(stream: Stream) -> str:
    """Its buffer: "stdout's buffer", or "the buffer of fd 3's stream"."""
    return f"{stream.name}'s buffer" if stream.name else f"the buffer of fd {stream.fd}'s stream"


def handed(scene: Scene, stream: Stream, count: int, shown: str, thing: str) -> str:
    """How a library function came to write `count` bytes of a stream to `thing`, as the main clause."""
    name, library = word(stream), scene.library
    bytes_of = f"{amount(count)}{shown}"
    if library in _FLUSH:
        return f"{scene.subject} flushed {name}: {bytes_of} of its buffer went to {thing}"
    if library in _INPUT:
        return f"{scene.subject} flushed {name} before reading: {bytes_of} went to {thing}"
    if stream.buffering == "none":
        return f"{scene.subject} wrote {bytes_of} to {thing} at once: {name} is unbuffered"
    if not stream.pending:
        return f"{scene.subject} wrote {bytes_of} directly to {thing}: more than {buffer(stream)} has room for"
    if stream.buffering == "line" and len(stream.pending) < stream.buffer:
        why = f"{name} is line buffered and the line ended"
        return f"{scene.subject} handed {bytes_of} of {buffer(stream)} to {thing}: {why}"
    if len(stream.pending) < stream.buffer:
        return f"{scene.subject} handed {bytes_of} of {buffer(stream)} to {thing}"
    return f"{scene.subject} found {buffer(stream)} full and handed {bytes_of} of it to {thing}"


def filled(scene: Scene, stream: Stream, count: int, shown: str, thing: str) -> str:
    """How a library function came to read `count` bytes from `thing` for a stream, as the main clause."""
    if stream.buffering == "none" or stream.readahead:
        return f"{scene.subject} read {amount(count)}{shown} from {thing}"
    return f"{scene.subject} found {buffer(stream)} empty and read {amount(count)}{shown} from {thing} into it"


def unflushed(streams: dict[int, Stream]) -> list[Stream]:
    """The streams with bytes that the kernel has not seen."""
    return [stream for stream in streams.values() if stream.pending]


def waiting_in(scene: Scene, streams: list[Stream]) -> str:
    """What waits in buffers: "10 bytes in stdout's buffer and 4 in the buffer of fd 3's stream"."""
    return " and ".join(f"{amount(len(stream.pending))} in {buffer(stream)}" for stream in streams[:3])


def lost(scene: Scene, streams: dict[int, Stream], why: str) -> str:
    """A clause on bytes that never reach the kernel; "" if there are none."""
    held = unflushed(streams)
    return f"{waiting_in(scene, held)} {are(held)} lost: {why}" if held else ""


def are(streams: list[Stream]) -> str:
    """The verb for what waits in these streams."""
    return "is" if len(streams) == 1 and len(streams[0].pending) == 1 else "are"


def news(before: dict[int, Stream], after: dict[int, Stream], *, sought: bool = False) -> list[str]:
    """What was done to a process's streams, as verbs with their objects; `sought`: by fseek or one of its kind.

    >>> news({1: Stream(1, 1, "stdout", "full", 4096)}, {1: Stream(1, 1, "stdout", "full", 4096, b"hello")})
    ["put 5 bytes into stdout's buffer: 5 wait there, none has reached the kernel"]
    """
    verbs = []
    for address, stream in after.items():
        old = before.get(address)
        verbs += _difference(old if old is not None and old.fd == stream.fd else None, stream, sought)
    return verbs + [f"closed {word(old)}" for address, old in before.items() if address not in after]


def _difference(old: Stream | None, new: Stream, sought: bool) -> list[str]:
    name, place = word(new), buffer(new)
    if old is None:
        return [] if new.name and not new.pending else [f"made a stream for fd {new.fd}"]
    verbs = [*_written(old, new, place), *_read(old, new, place, sought)]
    if new.eof and not old.eof:
        verbs.append(f"set the end-of-file flag of {name}")
    if new.error and not old.error:
        verbs.append(f"set the error flag of {name}")
    if new.buffering != old.buffering and new.buffering:
        verbs.append(f"made {name} {_MODES[new.buffering]}")
    return verbs


def _written(old: Stream, new: Stream, place: str) -> list[str]:
    held, holds = len(old.pending), len(new.pending)
    if old.pending == new.pending:
        return []
    if holds > held and new.pending.startswith(old.pending):
        waits = "1 waits there, it has not reached the kernel"
        if holds > 1:
            waits = f"{holds:,} wait there, none has reached the kernel"
        return [f"put {amount(holds - held)} into {place}: {waits}"]
    return [f"left {amount(holds)} in {place}" if holds else f"left {place} empty"]


def _read(old: Stream, new: Stream, place: str, sought: bool) -> list[str]:
    had, has = len(old.readahead), len(new.readahead)
    if sought and has and (had, old.consumed) != (has, new.consumed):
        return [f"left {amount(has)} unread in {place}"]
    if had and not has and (sought or (new.pending and not old.pending)):
        return [f"gave up {amount(had)} of {place}, read and not taken"]
    if has > had:
        return [f"left {amount(has)} unread in {place}"]
    if has == had or not old.readahead.endswith(new.readahead):
        return []
    left = f"{has:,} {'is' if has == 1 else 'are'} left" if has else "nothing is left"
    return [f"took {amount(had - has)} out of {place}: {left} there"]


_MODES = {"full": "fully buffered", "line": "line buffered", "none": "unbuffered"}


def at_exit(scene: Scene) -> bool:
    """Whether main has returned, so that exit runs by itself."""
    return scene.event.place.phase == AFTER_MAIN
