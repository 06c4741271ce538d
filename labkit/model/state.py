"""What there is at one moment of a recording: processes, descriptors, open files, inodes, streams; and changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PAGE_SIZE = 4096  # bytes of a page of the page cache, on x86_64


@dataclass(frozen=True, slots=True)
class Wait:
    """A thread asleep in a call: on what, in plain words; on which inode, if one; `wchan` is the kernel's word.

    `state` is the letter of proc_pid_stat(5): "S", asleep until a signal at the latest, or "D", which no signal ends.
    """

    on: str
    inode: int | None = None
    wchan: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One row of a process's descriptor table: it leads to open file description `open_file`."""

    open_file: int
    cloexec: bool = False


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file description (open(2)): what dup and fork share. `offset` in bytes; None where nothing has one."""

    id: int
    inode: int
    flags: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Socket:
    """The socket behind an inode. `state` is the TCP state; `backlog` (waiting to be accepted, limit) while listening.

    `unsent` counts the bytes the other side has not acknowledged or taken yet (SIOCOUTQ). `peer_inode` is the other
    end when it, too, is in the recording.
    """

    family: str
    type: str
    state: str = ""
    local: str = ""
    peer: str = ""
    unsent: int | None = None
    backlog: tuple[int, int] | None = None
    peer_inode: int | None = None


@dataclass(frozen=True, slots=True)
class Inode:
    """What an open file description stands on. `kind`: file, dir, pipe, socket, terminal, device, eventfd, epoll …

    `path` is the name that the oldest of its open file descriptions has now, as /proc shows it ("… (deleted)"). `ino`
    and `dev` are the kernel's numbers. `size` in bytes for files. `queue` is the number of bytes waiting to be read
    in a pipe, socket or terminal (None where unknown), `capacity` of a pipe.

    Of a regular file `cached`, `dirty` and `writeback` count pages of PAGE_SIZE bytes, None where the kernel does not
    tell: those in the page cache; of these, those whose bytes storage does not have yet; and those on their way there
    (cachestat(2)). The kernel may keep several pages as one, which becomes dirty as one. They are as at the last call
    that had to do with the file: the kernel writes back and drops pages when it likes, as a rule after some seconds,
    so that they may differ from run to run; what a program stores through mmap(2) shows at the next such call. `fs`
    is the type of the file system, "" where not known. On "tmpfs" memory is the storage: nothing is ever waiting to
    be written.
    """

    id: int
    kind: str
    path: str
    ino: int = 0
    dev: int = 0
    size: int | None = None
    queue: int | None = None
    capacity: int | None = None
    socket: Socket | None = None
    cached: int | None = None
    dirty: int | None = None
    writeback: int | None = None
    fs: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stdio FILE in a process's memory, as glibc keeps it.

    `buffering` is "full", "line", "none", or "" while not decided (before first use). `buffer` is its size in bytes.
    `pending` are bytes written by the program that the kernel has not seen; `readahead` bytes read from the kernel that
    the program has not, behind `consumed` bytes of the buffer that it has. `name` is stdin, stdout, stderr or "".
    `pending` belong `beyond` bytes before the kernel's offset: glibc seeks back to there only when it writes them.
    """

    address: int
    fd: int
    name: str = ""
    buffering: str = ""
    buffer: int = 0
    pending: bytes = b""
    readahead: bytes = b""
    writing: bool = False
    append: bool = False
    eof: bool = False
    error: bool = False
    consumed: int = 0
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Process:
    """A process. `state` is "running", "stopped" or "zombie"; then `status` as passed to exit, or `signal` by name."""

    pid: int
    parent: int
    name: str
    table: int
    state: str = "running"
    status: int | None = None
    signal: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of process `pid`, using descriptor table `table`; `inside` is the event, a call, it has not left yet."""

    tid: int
    pid: int
    table: int
    inside: int | None = None
    wait: Wait | None = None


Noun = Process | Thread | Descriptor | OpenFile | Inode | Stream


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of the State became `value`, or went away (None).

    `what` is the State's field: "processes", "threads", "open_files", "inodes" with `key` (id,); "tables" with
    (table, fd); "streams" with (pid, address).
    """

    what: str
    key: tuple[int, ...]
    value: Noun | None


@dataclass(frozen=True, slots=True)
class State:
    """Everything at one moment, by id: `tables[table][fd]`, `streams[pid][address]`; see `labkit.decode.replay`."""

    moment: int
    processes: Mapping[int, Process]
    threads: Mapping[int, Thread]
    tables: Mapping[int, Mapping[int, Descriptor]]
    open_files: Mapping[int, OpenFile]
    inodes: Mapping[int, Inode]
    streams: Mapping[int, Mapping[int, Stream]]

    def fds(self, pid: int) -> Mapping[int, Descriptor]:
        """The descriptor table of process `pid`."""
        return self.tables.get(self.processes[pid].table, {})

    def holders(self, open_file: int) -> tuple[tuple[int, int], ...]:
        """Every (pid, fd) that leads to this open file description, sorted."""
        return tuple(
            sorted(
                (process.pid, fd)
                for process in self.processes.values()
                for fd, descriptor in self.tables.get(process.table, {}).items()
                if descriptor.open_file == open_file
            )
        )

    def users(self, inode: int) -> tuple[OpenFile, ...]:
        """Every open file description on this inode: of a pipe, its two ends."""
        return tuple(open_file for open_file in self.open_files.values() if open_file.inode == inode)
