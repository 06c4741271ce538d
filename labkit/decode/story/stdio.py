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
# glibc's insides, where putchar, getchar and the like are macros that call them when the buffer is full, or empty.
_INSIDE = {"__overflow": "putc", "__uflow": "getc", "__underflow": "getc"}


def function(name: str) -> str:
    """A library function by a name people know."""
    return _INSIDE.get(name, name.removesuffix("_unlocked"))


def handed(scene: Scene, stream: Stream, count: int, shown: str, thing: str) -> str:
    """How a library function came to write `count` bytes of a stream to `thing`, as the main clause."""
    name, library = scene.names.stream_now(stream), scene.library
    bytes_of = f"{amount(count)}{shown}"
    if library in _FLUSH:
        return f"{scene.subject} flushed {name}: {bytes_of} of its buffer went to {thing}"
    if library in _INPUT:
        return f"{scene.subject} flushed {name} before reading: {bytes_of} went to {thing}"
    if stream.buffering == "none":
        return f"{scene.subject} wrote {bytes_of} to {thing} at once: {name} is unbuffered"
    if not stream.pending:
        return f"{scene.subject} wrote {bytes_of} directly to {thing}: more than {name}'s buffer has room for"
    if stream.buffering == "line" and len(stream.pending) < stream.buffer:
        return f"{scene.subject} handed {bytes_of} of {name}'s buffer to {thing}: {name} is line buffered and the line ended"
    return f"{scene.subject} found {name}'s buffer full and handed {bytes_of} of it to {thing}"


def filled(scene: Scene, stream: Stream, count: int, shown: str, thing: str) -> str:
    """How a library function came to read `count` bytes from `thing` for a stream, as the main clause."""
    name = scene.names.stream_now(stream)
    if stream.buffering == "none" or stream.readahead:
        return f"{scene.subject} read {amount(count)}{shown} from {thing}"
    return f"{scene.subject} found {name}'s buffer empty and read {amount(count)}{shown} from {thing} into it"


def unflushed(streams: dict[int, Stream]) -> list[Stream]:
    """The streams with bytes that the kernel has not seen."""
    return [stream for stream in streams.values() if stream.pending]


def waiting_in(scene: Scene, streams: list[Stream]) -> str:
    """What waits in buffers: "10 bytes in stdout's buffer and 4 in the buffer of fd 3's stream"."""
    return " and ".join(
        f"{amount(len(stream.pending))} in {scene.names.stream_now(stream)}'s buffer" for stream in streams[:3]
    )


def lost(scene: Scene, streams: dict[int, Stream], why: str) -> str:
    """A clause on bytes that never reach the kernel; "" if there are none."""
    held = unflushed(streams)
    return f"{waiting_in(scene, held)} {are(held)} lost: {why}" if held else ""


def are(streams: list[Stream]) -> str:
    """The verb for what waits in these streams."""
    return "is" if len(streams) == 1 and len(streams[0].pending) == 1 else "are"


def news(scene: Scene, before: dict[int, Stream], after: dict[int, Stream]) -> list[str]:
    """What became different in a process's streams, a clause each."""
    clauses = []
    for address, stream in after.items():
        old = before.get(address)
        if old is not None and old.fd != stream.fd:
            old = None
        clauses += _difference(scene, old, stream)
    clauses += [f"{scene.names.stream_now(old)} is closed" for address, old in before.items() if address not in after]
    return clauses


def _difference(scene: Scene, old: Stream | None, new: Stream) -> list[str]:
    name = scene.names.stream_now(new)
    if old is None:
        return [] if new.name and not new.pending else [f"a stream for fd {new.fd} was made"]
    held, holds = len(old.pending), len(new.pending)
    clauses = []
    if holds > held and new.pending.startswith(old.pending):
        clauses.append(f"{amount(holds - held)} went into {name}'s buffer: {_wait(holds)} there, {_unseen(holds)}")
    elif holds != held or old.pending != new.pending:
        clauses.append(f"{name}'s buffer now holds {amount(holds)}" if holds else f"{name}'s buffer is empty again")
    if len(old.readahead) > len(new.readahead) and new.readahead == old.readahead[-len(new.readahead) :] * bool(
        new.readahead
    ):
        taken = len(old.readahead) - len(new.readahead)
        clauses.append(f"{amount(taken)} came out of {name}'s buffer: {_left(len(new.readahead))}")
    elif len(new.readahead) > len(old.readahead):
        clauses.append(
            f"{amount(len(new.readahead))} {'waits' if len(new.readahead) == 1 else 'wait'} unread in {name}'s buffer"
        )
    if new.eof and not old.eof:
        clauses.append(f"{name} remembers end of file")
    if new.error and not old.error:
        clauses.append(f"{name} remembers an error")
    if new.buffering != old.buffering and new.buffering:
        clauses.append(f"{name} is {_MODES[new.buffering]}")
    return clauses


_MODES = {"full": "fully buffered", "line": "line buffered", "none": "unbuffered"}


def _wait(count: int) -> str:
    return f"{count:,} {'waits' if count == 1 else 'wait'}"


def _unseen(count: int) -> str:
    return "the kernel has not seen it" if count == 1 else "the kernel has seen none of them"


def _left(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'} left there" if count else "it is empty"


def at_exit(scene: Scene) -> bool:
    """Whether main has returned, so that exit runs by itself."""
    return scene.event.place.phase == AFTER_MAIN
