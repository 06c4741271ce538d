"""Where one stream of a program is, line by line: the FILE's position, its buffer, and the kernel's offset.

Pure: a recording in, values out.
"""

from __future__ import annotations

from labkit.decode.library_work import summed
from labkit.decode.line_stretches import Stretch, line_text, stretches
from labkit.decode.replay import replay
from labkit.errors import LabkitError
from labkit.model import Event, OpenFile, Position, Positions, Recording, State, Stream


def positions(recording: Recording, fd: int = 3) -> Positions:
    """The stream on descriptor `fd` after each line of its program that worked on it.

    Raises LabkitError when the program had no stream there, or its lines were not recorded.
    """
    if not any(event.kind == "line" for event in recording.events):
        raise LabkitError("Positions are told line by line: record with lines=True.")
    rows: list[Position] = []
    path = ""
    for stretch in stretches(recording):
        stream = next((stream for stream in stretch.after.values() if stream.fd == fd), None)
        state = replay(recording).at(stretch.end)
        opened = _opened(state, stretch.pid, fd)
        if stream is None or opened is None or opened.offset is None or stretch.line is None:
            continue
        inode = state.inodes[opened.inode]
        path = path or inode.path.rpartition("/")[2]
        calls = tuple(call for call in stretch.calls if _on(call, fd))
        position = _position(stream, opened, inode.size)
        row = Position(stretch.line, line_text(recording, stretch.file, stretch.line), position,
                       stream.consumed if stream.readahead else 0, len(stream.readahead), len(stream.pending),
                       opened.offset, summed(calls))  # fmt: skip
        if _news(row, rows, stretch):
            rows.append(row)
    if not rows:
        raise LabkitError(f"The program had no stream on descriptor {fd} that has a position.")
    return Positions(path, tuple(rows), recording)


def _position(stream: Stream, opened: OpenFile, size: int | None) -> int:
    """What ftell(3) says."""
    waiting = len(stream.pending)
    if waiting and stream.append:
        return (size or 0) + waiting
    return (opened.offset or 0) - (stream.beyond if waiting else len(stream.readahead)) + waiting


def _on(call: Event, fd: int) -> bool:
    if call.call in ("open", "openat"):
        return call.result == fd
    return bool(call.args) and call.args[0].kind == "fd" and call.args[0].value == fd and call.call != "newfstatat"


def _opened(state: State, pid: int, fd: int) -> OpenFile | None:
    descriptor = state.fds(pid).get(fd) if pid in state.processes else None
    return state.open_files.get(descriptor.open_file) if descriptor is not None else None


def _news(row: Position, rows: list[Position], stretch: Stretch) -> bool:
    """Whether the line did anything to the stream."""
    if not rows or row.calls:
        return True
    last = rows[-1]
    now, then = ((r.file, r.used, r.ahead, r.unwritten, r.kernel) for r in (row, last))
    return now != then
