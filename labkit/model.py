"""Every noun of labkit, as frozen values that know nothing of the kernel, of drawing or of Jupyter.

What `capture` saw is kept in these values, `decode` reasons about them, `draw` draws them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

REPORT_FORMAT = 1


@dataclass(frozen=True)
class Program:
    """A compiled C program: `path` of the executable, its `source` text and the `name` it is known by."""

    name: str
    source: str
    path: Path
    flags: tuple[str, ...] = ()
    warnings: str = ""


@dataclass(frozen=True)
class Limits:
    """What one run may use before it is ended: seconds of wall time, live processes, and bytes of the rest."""

    seconds: float = 10.0
    processes: int = 64
    memory: int = 512 << 20
    output: int = 1 << 20
    file_size: int = 64 << 20


@dataclass(frozen=True)
class Chunk:
    """Bytes that left the program together: `at` seconds after its start, through descriptor `fd`."""

    at: float
    fd: int
    data: bytes


@dataclass(frozen=True)
class Span:
    """The first process of a run was seen asleep in system call `call` from `start` to `end` (seconds)."""

    start: float
    end: float
    call: str


@dataclass(frozen=True)
class LeftFile:
    """A file the program left in its working folder; `data` is the beginning of it, `size` the whole, in bytes."""

    name: str
    size: int
    data: bytes


@dataclass(frozen=True)
class Run:
    """One run of a program, untraced, at its real speed.

    `stdout` and `stderr` say what descriptors 1 and 2 led to: "terminal", "pipe" or "file". Exactly one of `status`
    (as passed to exit) and `signal` (by name) is set. `ended_by` names the field of `limits` that ended it, "" if none
    did; `left_running` counts the processes that had to be ended. `wiring`: where descriptors 0 to 2 led at the start.
    `duration` is in seconds, from just before execve(2) to the end of the first process.
    """

    name: str
    args: tuple[str, ...]
    stdout: str
    stderr: str
    chunks: tuple[Chunk, ...]
    status: int | None
    signal: str | None
    duration: float
    limits: Limits = Limits()
    ended_by: str = ""
    left_running: int = 0
    spans: tuple[Span, ...] = ()
    files: tuple[LeftFile, ...] = ()
    wiring: dict[int, str] = field(default_factory=dict)

    def output(self, *fds: int) -> bytes:
        """All bytes that left through `fds` (default: stdout, 1), in the order they left."""
        wanted = fds or (1,)
        return b"".join(chunk.data for chunk in self.chunks if chunk.fd in wanted)


@dataclass(frozen=True)
class Probe:
    """One thing the course needs, tried on this machine.

    `works` is the answer and `detail` what was seen (for a refusal the call and its errno, errno(3)). `purpose` says
    what the course uses it for, `instead` what is shown where it does not work, `enable` how to get it on this machine
    ("" when it works). Without an `essential` one nothing in the course can be run live.
    """

    name: str
    works: bool
    detail: str
    purpose: str
    instead: str
    enable: str = ""
    essential: bool = False


@dataclass(frozen=True)
class Report:
    """What one machine allows: every probe, always in the same order."""

    probes: tuple[Probe, ...]

    def __getitem__(self, name: str) -> Probe:
        """The probe called `name`; KeyError names the ones there are."""
        for probe in self.probes:
            if probe.name == name:
                return probe
        raise KeyError(f"no probe {name!r}; there are: {', '.join(probe.name for probe in self.probes)}")

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.probes)

    @property
    def ready(self) -> bool:
        """Programs can be compiled and run live: everything essential works."""
        return all(probe.works for probe in self.probes if probe.essential)

    def summary(self) -> str:
        """One line that is the same on every machine, so that it can be stored in a notebook.

        >>> Report((Probe("pty", True, "", "", ""),)).summary()
        'labkit doctor: 1 thing tried'
        """
        return f"labkit doctor: {len(self.probes)} thing{'' if len(self.probes) == 1 else 's'} tried"

    def to_json(self) -> str:
        """The report as JSON text, one object a probe, with the version of this format."""
        probes = [asdict(probe) for probe in self.probes]
        return json.dumps(
            {"format": REPORT_FORMAT, "ready": self.ready, "probes": probes}, ensure_ascii=False, indent=2
        )

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The report that `to_json` wrote; ValueError if it is not one of this format."""
        saved = json.loads(text)
        if not isinstance(saved, dict) or saved.get("format") != REPORT_FORMAT:
            raise ValueError(
                f"not a labkit doctor report of format {REPORT_FORMAT}: write it again with `labkit doctor --json`"
            )
        return cls(tuple(Probe(**probe) for probe in saved["probes"]))


# ------------------------------------------------------------------ a recording: what happened, and what it changed
# Five minutes: a `Recording` is a list of `Event`s. An event begins at one moment and ends at another; moments are
# numbered 0, 1, 2 … over all processes, in the order the kernel reported them. At both, it may change the `State`: who
# runs, which descriptor leads to which open file description, which inode that one stands on, what waits in pipes and
# sockets, what stdio keeps in its buffers. `labkit.decode.replay` gives the State at any moment.

DATA_LIMIT = 4096  # bytes kept of each buffer that went through a call, unless more are asked for
Value = None | int | str | bytes | tuple["Value", ...] | dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault to be injected into the `nth` call named `call` of the program, and, with `onwards`, all later ones.

    Either it fails with `errno` (a name: "EINTR"), not having been executed; or it is told a `length` shorter than the
    program asked for, so that it reads or writes less. Calls count over all processes, from the program's own start.
    """

    call: str
    nth: int = 1
    errno: str = ""
    length: int | None = None
    onwards: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a system call: `value` decoded, `text` as strace(1) would print it, `kind` what it is.

    `kind` "fd" is an int; "path" a str; "bytes" the data that went or came; "flags" and "mode" an int whose names are
    in `text`; "struct" a dict; "address" a socket address; "int" and "pointer" plain numbers.
    `size` is the length in bytes of all the data when `value` keeps only its beginning, else None. `out`: the kernel
    filled it in, so that it is known only when the call has returned.
    """

    name: str
    kind: str
    value: Value
    text: str
    size: int | None = None
    out: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the program: `file`, `line`, `function`; `via` names the library calls down to the kernel.

    `via` has the outermost first: ("fclose", "write").
    `line` is None when no line of the program is on the stack; `phase` then says which: "before main", "after main
    returned", "" when not known.
    """

    file: str = ""
    line: int | None = None
    function: str = ""
    via: tuple[str, ...] = ()
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """A thread asleep in a call: on what, in plain words; on which inode, if one; `wchan` is the kernel's word."""

    on: str
    inode: int | None = None
    wchan: str = ""


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

    `path` is the name it was found under, `ino` and `dev` the kernel's numbers. `size` in bytes for files. `queue` is
    the number of bytes waiting to be read in a pipe, socket or terminal (None where unknown), `capacity` of a pipe.
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


@dataclass(frozen=True, slots=True)
class Stream:
    """A stdio FILE in a process's memory, as glibc keeps it.

    `buffering` is "full", "line", "none", or "" while not decided (before first use). `buffer` is its size in bytes.
    `pending` are bytes written by the program that the kernel has not seen; `readahead` bytes read from the kernel that
    the program has not, behind `consumed` bytes of the buffer that it has. `name` is stdin, stdout, stderr or "".
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
class Event:
    """One thing that happened.

    `kind` is "call", or "line" (the program reached `place`), "begin" (first moment of a process or thread), "exit" (of
    one), "signal", "stop", "continue". `begin` and `end` are moments; `end` is None for a call that never returned.
    `at` and `until` are the same in seconds since the start. Tracing makes them longer: to time, use `labkit.run`.
    A call has `call`, `args`, `result` (None when it never returned) and `errno` by name, "" on success.
    `detail` says the rest in the kernel's words: signal and sender, exit status, fault injected.
    `entered` and `changes` are what it changed in the State at `begin` and at `end`.
    """

    index: int
    kind: str
    pid: int
    tid: int
    begin: int
    end: int | None
    at: float
    until: float | None
    place: Place = Place()
    call: str = ""
    args: tuple[Argument, ...] = ()
    result: int | None = None
    errno: str = ""
    detail: str = ""
    wait: Wait | None = None
    entered: tuple[Change, ...] = ()
    changes: tuple[Change, ...] = ()

    def argument(self, name: str) -> Value:
        """The decoded value of argument `name`; KeyError if the call has none of that name."""
        for argument in self.args:
            if argument.name == name:
                return argument.value
        raise KeyError(f"{self.call} has no argument {name!r}; it has {', '.join(a.name for a in self.args)}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a stepper: `part` of event `event` ("whole", "enters", "returns"); it shows the state at `moment`."""

    event: int
    part: str
    moment: int


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


@dataclass(frozen=True)
class Recording:
    """One run, recorded. Exactly one of `status` and `signal` is set unless a limit, named in `ended_by`, ended it.

    `start` are the changes that make the State before the first moment. `sources` are the program's texts by file name.
    `missing` says what this machine or program did not let us see, in plain words. `made` tells with what it was made.
    """

    name: str
    argv: tuple[str, ...]
    stdin: str
    stdout: str
    stderr: str
    events: tuple[Event, ...]
    start: tuple[Change, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    status: int | None = None
    signal: str | None = None
    ended_by: str = ""
    duration: float = 0.0
    sources: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    made: dict[str, str] = field(default_factory=dict)

    def output(self, *fds: int) -> bytes:
        """All bytes that left through `fds` (default: stdout, 1), in the order they left."""
        wanted = fds or (1,)
        return b"".join(chunk.data for chunk in self.chunks if chunk.fd in wanted)

    def calls(self, *names: str) -> tuple[Event, ...]:
        """The events that are calls of these names, or all calls."""
        return tuple(e for e in self.events if e.kind == "call" and (not names or e.call in names))
