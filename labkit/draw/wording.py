"""The few words of a picture: a process, an open file description, an inode, a stream, as short texts.

Pure. The same thing has the same words in every picture and in every text twin. Sentences are `labkit.decode.story`'s.
"""

from __future__ import annotations

from labkit.decode.buffered import Buffered
from labkit.decode.connections.closing import settled, unsent
from labkit.decode.names import LIBRARIES, Names
from labkit.model import Event, Inode, OpenFile, Process, State

_HIDDEN = ("O_LARGEFILE", "O_CLOEXEC", "O_CREAT", "O_TRUNC", "O_EXCL", "O_NOCTTY")  # no status of an open file


def many(count: int, noun: str) -> str:
    """A number and its noun.

    >>> many(1, "byte"), many(65536, "byte")
    ('1 byte', '65,536 bytes')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def doing(state: State, process: Process, events: tuple[Event, ...]) -> str:
    """What a process is about, in a few words."""
    if process.state == "zombie":
        return f"zombie: killed by {process.signal}" if process.signal else f"zombie: exited with {process.status}"
    if process.state == "stopped":
        return "stopped"
    threads = [thread for thread in state.threads.values() if thread.pid == process.pid]
    inside = []
    for thread in threads:
        if thread.inside is not None:
            call = events[thread.inside].call
            inside.append(f"asleep in {call}" if thread.wait is not None else f"in {call}")
    if len(threads) > 1:
        return f"{len(threads)} threads: {', '.join(inside) or 'running'}"
    return inside[0] if inside else "running"


def flags(file: OpenFile) -> str:
    """The access mode and the status flags of an open file description.

    >>> flags(OpenFile(1, 1, "O_WRONLY|O_APPEND|O_LARGEFILE", 0))
    'O_WRONLY|O_APPEND'
    """
    return "|".join(flag for flag in file.flags.split("|") if flag not in _HIDDEN)


def offset(file: OpenFile) -> str:
    """Where in the file the next read or write starts.

    >>> offset(OpenFile(1, 1, "O_RDWR", 1234)), offset(OpenFile(1, 1, "O_RDWR"))
    ('offset 1,234', 'no offset')
    """
    return "no offset" if file.offset is None else f"offset {file.offset:,}"


def content(inode: Inode) -> str:
    """What a thing holds now: the size of a file, the bytes that wait in a pipe, the state of a socket."""
    if inode.kind in ("pipe", "fifo") and inode.queue is not None:
        return f"{inode.queue:,} of {inode.capacity:,} bytes wait" if inode.capacity else waiting(inode.queue)
    if inode.socket is not None:
        return settled(inode.socket.state) or f"{inode.socket.family} {inode.socket.type}".strip()
    if inode.kind == "terminal":
        return f"{many(inode.queue, 'byte')} typed ahead" if inode.queue else "terminal"
    if inode.size is not None and inode.kind == "file":
        return size(inode)
    return inode.kind


def size(inode: Inode) -> str:
    """How many bytes a file has; of the loader's list of libraries only that it has some: every machine has others."""
    if inode.path == LIBRARIES:
        return "a list of libraries"
    return "size not known" if inode.size is None else many(inode.size, "byte")


def queues(inode: Inode) -> str:
    """The queues of a socket, "" for anything else."""
    socket = inode.socket
    if socket is None:
        return ""
    if socket.backlog is not None:
        return f"{socket.backlog[0]} of {socket.backlog[1]} to be accepted"
    words = [] if inode.queue is None else [f"{inode.queue:,} to read"]
    if left := unsent(socket.state, socket.unsent):
        words.append(f"{left:,} unsent")
    return ", ".join(words)


def waiting(count: int) -> str:
    """How many bytes wait.

    >>> waiting(1), waiting(0)
    ('1 byte waits', '0 bytes wait')
    """
    return f"{many(count, 'byte')} wait{'s' if count == 1 else ''}"


def buffered(known: Buffered) -> str:
    """What the buffer of a stdio stream holds."""
    stream = known.stream
    words = []
    if known.handed:
        rest = len(stream.pending) - known.handed
        words.append(f"{many(known.handed, 'byte')}, now in the kernel{f', and {rest:,} not' if rest else ''}")
    elif known.unwritten:
        words.append(f"{many(len(known.unwritten), 'byte')} not written")
    if known.ahead:
        words.append(f"{many(len(known.ahead), 'byte')} read ahead")
    if stream.error:
        words.append("error")
    if stream.eof:
        words.append("end of file")
    return ", ".join(words) or "empty"


def full(known: Buffered) -> float:
    """How full the buffer of a stream is, 0 to 1."""
    held = len(known.unwritten) or len(known.ahead)
    return min(1.0, held / known.stream.buffer) if known.stream.buffer else 0.0


def sleepers(state: State, inode: int, names: Names, events: tuple[Event, ...]) -> str:
    """Who is asleep on this thing, and in which call; "" for nobody."""
    found = []
    for thread in state.threads.values():
        if thread.wait is not None and thread.wait.inode == inode and thread.inside is not None:
            found.append(f"{names.thread(thread.tid)} asleep in {events[thread.inside].call}")
    return ", ".join(found)
