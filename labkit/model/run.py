"""A program, and one run of it at its real speed: what came out of it, when, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A compiled C program: `path` of the executable, its `source` text and the `name` it is known by.

    Of a program of several files, `files` are (name, text) of all of them, and `source` is the text of the first.
    """

    name: str
    source: str
    path: Path
    flags: tuple[str, ...] = ()
    warnings: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def sources(self) -> dict[str, str]:
        """The texts of its files by their names."""
        return dict(self.files) or {f"{self.name}.c": self.source}


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
    """Bytes that left the program together: `at` seconds after its start, through descriptor `fd`.

    Of programs recorded together, `program` counts them from 0.
    """

    at: float
    fd: int
    data: bytes
    program: int = 0


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
