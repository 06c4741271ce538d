"""One recorded run: what happened, and what each event changed.

Five minutes: a `Recording` is a list of `Event`s. An event begins at one moment and ends at another; moments are
numbered 0, 1, 2 … over all processes, in the order the kernel reported them. At both, it may change the `State`
(labkit.model.state): who runs, which descriptor leads to which open file description, which inode that one stands on,
what waits in pipes and sockets, what stdio keeps in its buffers. `labkit.decode.replay` gives the State at any moment.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from labkit.model.run import Chunk
from labkit.model.segment import Segment
from labkit.model.state import Change, Wait

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
class Launched:
    """One of the programs that were recorded together: `pid` of its first process, the `name` it is known by, `argv`.

    `argv` is what it was given. `status` and `signal` are as on `Recording`, both None if it was ended by a limit.
    """

    pid: int
    name: str
    argv: tuple[str, ...]
    status: int | None = None
    signal: str | None = None


@dataclass(frozen=True)
class Recording:
    """One run, recorded. Exactly one of `status` and `signal` is set unless a limit, named in `ended_by`, ended it.

    `start` are the changes that make the State before the first moment. `sources` are the program's texts by file name.
    `folder` is where it ran, an absolute path. `missing` says what this machine or program did not let us see, in plain
    words. `made` tells with what it was made.

    Of programs recorded together, `programs` are all of them in the order they were started; `name`, `argv`, `status`
    and `signal` are of the first. `segments` are what went over the wire, in order; `wire` says how that is known:
    "captured", "inferred", "" if nobody looked.
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
    folder: str = ""
    missing: tuple[str, ...] = ()
    made: dict[str, str] = field(default_factory=dict)
    programs: tuple[Launched, ...] = ()
    segments: tuple[Segment, ...] = ()
    wire: str = ""

    @property
    def title(self) -> str:
        """What the whole is called: its name, or the names of all programs ("echo_server and 3 × echo_client")."""
        counts = Counter(program.name for program in self.programs)
        called = [name if count == 1 else f"{count} × {name}" for name, count in counts.items()] or [self.name]
        return " and ".join(filter(None, [", ".join(called[:-1]), called[-1]]))

    @property
    def first_processes(self) -> tuple[int, ...]:
        """The pid of each program's first process, in the order they were started."""
        if self.programs:
            return tuple(program.pid for program in self.programs)
        return tuple(change.key[0] for change in self.start if change.what == "processes")[:1]

    @property
    def given(self) -> tuple[tuple[Change, ...], ...]:
        """For each program the changes that made its first process, with what its descriptors 0 to 2 lead to."""
        later = set(self.first_processes[1:])
        begun = [event.changes for event in self.events if event.kind == "begin" and event.pid in later]
        return (self.start, *begun)

    def output(self, *fds: int, program: int | None = None) -> bytes:
        """All bytes that left through `fds` (default: stdout, 1), in the order they left.

        Of programs recorded together, `program` (counted from 0) chooses one; without, it is all of them.
        """
        wanted = fds or (1,)
        chosen = [chunk for chunk in self.chunks if program is None or chunk.program == program]
        return b"".join(chunk.data for chunk in chosen if chunk.fd in wanted)

    def calls(self, *names: str) -> tuple[Event, ...]:
        """The events that are calls of these names, or all calls."""
        return tuple(e for e in self.events if e.kind == "call" and (not names or e.call in names))
