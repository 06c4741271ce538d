"""What the descriptor picture says at a step: every process, descriptor, open file description and inode in words.

Pure, and without any place or line: the drawing and its text twin are both made from this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.decode.buffered import Buffered
from labkit.decode.names import Names
from labkit.decode.text import visible
from labkit.draw import wording
from labkit.draw.film import Key
from labkit.model import Event, Inode, State

_CELLS = 14  # descriptors drawn of one process
_STREAMS = 4  # stdio streams drawn of one process


@dataclass(frozen=True)
class FileBox:
    """An open file description: its name, how many descriptors refer to it, flags, offset, the inode's number."""

    name: str
    refer: str
    flags: str
    offset: str
    inode: int


@dataclass(frozen=True)
class InodeBox:
    """An inode: `fill` is how full its queue is, 0 to 1; `peer` the inode number of a socket's other end."""

    name: str
    kind: str
    content: str
    queues: str
    sleepers: str
    fill: float
    peer: int | None


@dataclass(frozen=True)
class Shown:
    """What one step shows, by the number of the thing: cells and streams by (pid, fd) and (pid, address).

    A process is its name and what it does; a stream its words and how full its buffer is, 0 to 1; a cell the open file
    description it refers to and close-on-exec; `more` counts the descriptors of a process that are not shown.
    """

    processes: Mapping[int, tuple[str, str]]
    streams: Mapping[tuple[int, int], tuple[str, float]]
    cells: Mapping[tuple[int, int], tuple[int, bool]]
    more: Mapping[int, int]
    files: Mapping[int, FileBox]
    inodes: Mapping[int, InodeBox]


def describe(state: State, events: tuple[Event, ...], called: Names, buffers: Mapping[Key, Buffered]) -> Shown:
    """Everything the picture says of `state`; `buffers` are what stdio's hold then, by (pid, address)."""
    processes: dict[int, tuple[str, str]] = {}
    streams: dict[tuple[int, int], tuple[str, float]] = {}
    cells: dict[tuple[int, int], tuple[int, bool]] = {}
    more: dict[int, int] = {}
    for pid, process in state.processes.items():
        name = visible(process.name.encode("utf-8", "surrogateescape"))
        title = f"{called.process(pid)} {name}".rstrip()
        processes[pid] = (title, wording.doing(state, process, events))
        table = state.fds(pid)
        for fd in sorted(table)[:_CELLS]:
            cells[pid, fd] = (table[fd].open_file, table[fd].cloexec)
        if len(table) > _CELLS:
            more[pid] = len(table) - _CELLS
        known = [stream for stream in state.streams.get(pid, {}).values() if stream.buffer > 1 or stream.pending]
        for stream in known[:_STREAMS]:
            buffered = buffers.get((pid, stream.address)) or Buffered(stream, stream.pending, stream.readahead)
            text = f"{called.stream_now(stream)}: {wording.buffered(buffered)}"
            streams[pid, stream.address] = (text, wording.full(buffered))
    files = {}
    inodes = {}
    for number in sorted({file for file, _ in cells.values()} & state.open_files.keys()):
        file = state.open_files[number]
        refer = len(state.holders(number))
        files[number] = FileBox(
            called.open_file(number),
            f"{refer} refer{'s' if refer == 1 else ''}",
            wording.flags(file),
            wording.offset(file),
            file.inode,
        )
        if file.inode in state.inodes and file.inode not in inodes:
            inodes[file.inode] = _inode(state, state.inodes[file.inode], events, called)
    return Shown(processes, streams, cells, more, files, inodes)


def _inode(state: State, inode: Inode, events: tuple[Event, ...], called: Names) -> InodeBox:
    return InodeBox(
        called.inode_now(inode),
        inode.kind,
        wording.content(inode),
        wording.queues(inode),
        wording.sleepers(state, inode.id, called, events),
        inode.queue / inode.capacity if inode.queue and inode.capacity else 0.0,
        inode.socket.peer_inode if inode.socket is not None else None,
    )


def lines(shown: Shown) -> dict[Key, str]:
    """The same as lines of text, by key, in the order to read them in."""
    said: dict[Key, str] = {}
    for pid, (title, doing) in shown.processes.items():
        said["process", pid] = f"{title}: {doing}"
        for (owner, address), (text, _) in shown.streams.items():
            if owner == pid:
                said["stream", pid, address] = f"  {text}"
        for (owner, fd), (file, cloexec) in shown.cells.items():
            if owner == pid:
                box = shown.files.get(file)
                said["cell", pid, fd] = f"  fd {fd}{' (cloexec)' if cloexec else ''} → {box.name if box else 'gone'}"
        if pid in shown.more:
            said["more", pid] = f"  and {shown.more[pid]:,} descriptors more"
    for number, box in shown.files.items():
        inode = shown.inodes.get(box.inode)
        leads = inode.name if inode else "gone"
        said["file", number] = f"{box.name}: {box.flags}, {box.offset}, {box.refer} → {leads}"
    for number, thing in shown.inodes.items():
        words = [thing.content, thing.queues, thing.sleepers]
        if thing.peer is not None and thing.peer in shown.inodes:
            words.append(f"other end: {shown.inodes[thing.peer].name}")
        said["inode", number] = f"{thing.name}: {', '.join(word for word in words if word)}"
    return said
