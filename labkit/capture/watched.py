"""A server that runs, untraced, until the `with` block is left: its port, and what is seen of it from outside.

Judges nothing. Whatever it started is ended with it, also when the notebook's kernel dies: the supervisor sees to that.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from labkit.capture.build import build
from labkit.capture.run import Running, start
from labkit.capture.tasks import Task, below, descriptors, sockets, tasks
from labkit.decode.tcp_table import TcpRow, tcp_rows
from labkit.errors import NobodyListensError
from labkit.model import Limits, Program, Run

LIMITS = Limits(seconds=60.0, processes=80)
_TICK = 0.2  # seconds between two looks of the supervisor at limits: the server has the processor meanwhile
_PAUSE = 0.001
_GONE = 0.3  # seconds its first process is not seen before it counts as ended: one look can miss it (proc(5))


class Watched:
    """A running server; `root` is its first process, `port` where it listens, `host` the address to connect to."""

    def __init__(self, running: Running, name: str) -> None:
        self._running, self.name = running, name
        self.root, self.port, self.host = 0, 0, "127.0.0.1"

    def await_port(self, seconds: float) -> None:
        """Wait until a socket listens; NobodyListensError when there is none by then."""
        until, seen = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < until:
            listening = self._listening()
            if listening is not None:
                self.port, self.host = listening.local, "::1" if listening.six else "127.0.0.1"
                return
            if not self.root or self.alive:
                seen = time.monotonic()
            elif time.monotonic() - seen > _GONE:
                break
            time.sleep(_PAUSE)
        raise NobodyListensError(
            f"{self.name} does not listen on a TCP port"
            f"{'' if self.alive else ': it has ended'}. It is started with the argument 0 and should bind port 0 of "
            "127.0.0.1, so that the kernel chooses one, and listen."
        )

    def tasks(self) -> tuple[Task, ...]:
        """All its threads, dead ones that nobody has waited for among them."""
        return tuple(task for pid, parent in below(self._running.supervisor) for task in tasks(pid, parent))

    def rows(self) -> tuple[TcpRow, ...]:
        """The sockets of this machine at either end of a connection to its port, and those that listen on it."""
        table = _table(self.port, six=":" in self.host)
        return tuple(row for row in table if self.port in (row.local, row.remote))

    def sockets(self, pid: int) -> dict[int, int]:
        """Descriptor to inode, of the sockets of one of its processes."""
        return sockets(pid)

    @property
    def descriptors(self) -> int:
        """How many descriptors the first process has open."""
        return descriptors(self.root)

    @property
    def alive(self) -> bool:
        """Whether the first process is there and not dead."""
        return any(task.pid == self.root and task.state not in "ZX" for task in tasks(self.root, 0))

    def signal(self, number: int) -> None:
        """Send a signal to the first process, as `kill` does."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.root, number)

    def finish(self) -> Run:
        """End it, and all that it started, and say how it ended and what it wrote; SIGKILL if it was still alive."""
        self._running.stop()
        return self._running.finish()

    def _listening(self) -> TcpRow | None:
        found = list(below(self._running.supervisor))
        if not found:
            return None
        self.root = found[0][0]
        own = {inode for pid, _ in found for inode in sockets(pid).values()}
        table = (row for six in (False, True) for row in _table(six=six))
        return next((row for row in table if row.state == "LISTEN" and row.inode in own), None)


@contextlib.contextmanager
def watched(
    program: Program | str | Path,
    args: Sequence[str] = ("0",),
    *,
    files: Mapping[str, str | bytes] | None = None,
    limits: Limits = LIMITS,
    seconds: float = 5.0,
) -> Iterator[Watched]:
    """Start `program` with `args` in a new folder with `files`; it is ready when it listens, `seconds` at the latest.

    Raises NobodyListensError when it does not listen, CompileError when it does not compile.
    """
    built = program if isinstance(program, Program) else build(program)
    with contextlib.ExitStack() as stack:
        running = start(stack, built, args=args, files=files, limits=limits, tick=_TICK)
        server = Watched(running, built.name)
        server.await_port(seconds)
        yield server


def _table(port: int = 0, *, six: bool = False) -> Iterator[TcpRow]:
    with contextlib.suppress(OSError), open("/proc/net/tcp6" if six else "/proc/net/tcp") as file:
        yield from tcp_rows(file.read(), port, six=six)
