"""Where in a file each write landed, which of its bytes are still there at the end, and whose each byte is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.decode.call_findings import moved
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.errors import LabkitError
from labkit.model import Event, Inode, OpenFile, Recording

EARLIER = -1  # whose a byte is that was in the file before the first write seen
_UNFOLLOWED = ("writev", "pwritev", "pwritev2", "sendfile", "copy_file_range", "splice", "ftruncate", "fallocate")


@dataclass(frozen=True, slots=True)
class Landing:
    """One write: `who` made it ("P1"), through descriptor `fd`, its bytes and the offset `at` which they went.

    `kept` are the numbers of its bytes, from 0, that are in the file at the end. `line` is that of the program.
    """

    who: str
    fd: int
    at: int
    data: bytes
    kept: tuple[int, ...]
    line: int | None = None


@dataclass(frozen=True)
class Landings:
    """The writes to file `name`, in the order they were done, and what is in it at the end.

    `owners[n]` is the number of the write that byte n of `content` is from, or EARLIER: what was there before, unknown
    and shown as "?". A hole is EARLIER, too, and holds zeros.
    """

    name: str
    writes: tuple[Landing, ...]
    content: bytes
    owners: tuple[int, ...]
    recording: Recording | None = field(default=None, compare=False, repr=False)

    @property
    def lost(self) -> int:
        """How many bytes were written and are not in the file at the end: written over, or cut off."""
        return sum(len(write.data) - len(write.kept) for write in self.writes)


def landings(recording: Recording, name: str) -> Landings:
    """Every write(2) and pwrite(2) to the file `name`, from all processes.

    LabkitError when none was made, or when the file was also changed in a way that is not followed here.
    """
    found: list[tuple[Event, OpenFile, Inode]] = []
    for event in recording.calls("write", "pwrite64", *_UNFOLLOWED):
        behind = _behind(recording, event, name)
        if behind is None or event.result is None or event.errno:
            continue
        if event.call in _UNFOLLOWED:
            raise LabkitError(f"{name} is also changed with {event.call}, which is not followed here.")
        found.append((event, *behind))
    if not found:
        raise LabkitError(f"{recording.name} writes nothing to a file {name!r}.")
    return _landed(recording, name, sorted(found, key=lambda one: one[0].end or one[0].begin))


def _landed(recording: Recording, name: str, found: list[tuple[Event, OpenFile, Inode]]) -> Landings:
    called = names(recording)
    content, owners = bytearray(), list[int]()
    writes: list[tuple[str, int, int, bytes, int | None]] = []
    for number, (event, opened, inode) in enumerate(found):
        assert event.end is not None
        size = inode.size or 0
        del content[size:], owners[size:]
        content += b"?" * (size - len(content)) if not number else bytes(size - len(content))
        owners += [EARLIER] * (size - len(owners))
        data = moved(event)
        if len(data) != event.result:
            raise LabkitError(f"A write to {name} is longer than what is kept of it: record with a larger data_limit.")
        at = _start(recording, event, opened, size)
        content += bytes(max(0, at - len(content)))
        owners += [EARLIER] * max(0, at - len(owners))
        content[at : at + len(data)] = data
        owners[at : at + len(data)] = [number] * len(data)
        fd = event.args[0].value
        assert isinstance(fd, int)
        writes.append((called.process(event.pid), fd, at, data, event.place.line))
    placed = tuple(
        Landing(
            who,
            fd,
            at,
            data,
            tuple(n for n in range(len(data)) if at + n < len(owners) and owners[at + n] == number),
            line,
        )
        for number, (who, fd, at, data, line) in enumerate(writes)
    )
    return Landings(name, placed, bytes(content), tuple(owners), recording)


def _start(recording: Recording, event: Event, opened: OpenFile, size: int) -> int:
    """The offset at which a write began: what it left behind, less what it wrote, wherever O_APPEND had sent it."""
    assert event.result is not None and event.end is not None
    if event.call == "pwrite64":  # pwrite(2), BUGS: on Linux O_APPEND appends nevertheless
        offset = event.argument("offset")
        return size if "O_APPEND" in opened.flags.split("|") or not isinstance(offset, int) else offset
    left = replay(recording).at(event.end).open_files[opened.id].offset
    return 0 if left is None else left - event.result


def _behind(recording: Recording, event: Event, name: str) -> tuple[OpenFile, Inode] | None:
    """What the descriptor of a call led to when it began, if that is the file."""
    state = replay(recording).at(event.begin)
    fd = next((argument.value for argument in event.args if argument.kind == "fd"), None)
    row = state.fds(event.pid).get(fd) if isinstance(fd, int) else None
    if row is None:
        return None
    opened = state.open_files[row.open_file]
    inode = state.inodes[opened.inode]
    return (opened, inode) if inode.kind == "file" and names(recording).inode(inode.id) == name else None
