"""A program that serves, kept running beside Python: started, found by the port it listens on, asked, and ended.

It runs at its own speed, watched over as `labkit.run` does it: when this object, the cell's `with` block or the
notebook's kernel ends, the program ends with all that it started, and nothing listens any more.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

from labkit.capture.build import build
from labkit.capture.run import Running, start
from labkit.errors import LabkitError
from labkit.model import Fetched, Program, Run

_READY = 5.0  # seconds for a program to listen
_LOOK = 0.005  # seconds between two looks whether it does
_ANSWER = 15.0  # seconds for an answer
_LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp (proc(5))


class Server:
    """One program that listens on a TCP port of 127.0.0.1, which it asked the kernel for."""

    def __init__(
        self,
        program: Program | str | Path,
        args: Sequence[str] | str = ("0",),
        *,
        files: Mapping[str, str | bytes] | None = None,
        ready: float = _READY,
        prepare: Callable[[Path], None] = lambda folder: None,
        **options: Any,
    ) -> None:
        """Start `program` (as for `build`) in a new folder with `files` in it, and wait until it listens.

        `prepare` may do more to that folder before the first client comes. `options` are those of `labkit.run`, its
        limits among them. Raises LabkitError when it ends, or does not listen within `ready` seconds.
        """
        program = program if isinstance(program, Program) else build(program)
        self.name = program.name
        self.files = tuple(sorted(files or {}))
        with contextlib.ExitStack() as stack:
            self._running: Running = start(stack, program, args=args, files=files, **options)
            prepare(self._running.folder)
            self.port = self._wait_until_it_listens(ready)
            self._end = weakref.finalize(self, stack.pop_all().close)

    def _wait_until_it_listens(self, seconds: float) -> int:
        until = time.monotonic() + seconds
        while not ended(self._running.supervisor) and (left := until - time.monotonic()) > 0:
            if found := listening(self._running.supervisor):
                return found[0]
            time.sleep(min(_LOOK, left))
        self._running.stop()
        run = self._running.finish()
        how = f"ended with status {run.status}" if run.status is not None else f"was killed by {run.signal}"
        if run.ended_by == "stopped":
            how = f"did not in {seconds:g} s"
        said = run.output(1, 2).decode(errors="replace").strip()
        raise LabkitError(f"{self.name} does not listen on a port: it {how}.{' It said: ' + said if said else ''}")

    @property
    def url(self) -> str:
        """The address of its first page, for programs on this machine."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def folder(self) -> Path:
        """Where it runs, and its files are."""
        return self._running.folder

    @property
    def open(self) -> bool:
        """Whether it still runs here."""
        return self._end.alive

    def processes(self) -> tuple[int, ...]:
        """The pids of the program and all that it started, as they are now."""
        return tuple(below(self._running.supervisor))

    def get(self, path: str = "/", *options: str) -> Fetched:
        """What a client that is not ours gets for `path`: curl with `options`, or urllib where there is no curl.

        An answer that is an error ("404 Not Found") is an answer. Raises LabkitError when none comes.
        """
        if not self.open:
            raise LabkitError(f"{self.name} has ended; start it again to ask it.")
        curl = shutil.which("curl")
        if curl is None and options:
            raise LabkitError(f"{' '.join(options)} is for curl, which is not installed: sudo apt install curl")
        url = f"http://127.0.0.1:{self.port}{path}"
        return _by_urllib(url, path) if curl is None else _by_curl(curl, url, path, options)

    def close(self) -> None:
        """End the program and all that it started; nothing listens on its port after that."""
        self._end()

    def finish(self) -> Run:
        """End the program, too, and return what it did; it may be asked for once, before `close`."""
        self._running.stop()
        run = self._running.finish()
        self._end()
        return run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self.open:
            return f"{self.name} has ended: nothing listens on its port any more."
        files = ", ".join(self.files) or "an empty folder"
        return f"{self.name} serves {files} on 127.0.0.1, at a port of the kernel's choice."


def _by_curl(curl: str, url: str, path: str, options: Sequence[str]) -> Fetched:
    command = [curl, "-q", "--silent", "--show-error", "--include", "--path-as-is", "--noproxy", "*"]
    command += ["--max-time", f"{_ANSWER:g}", *options, url]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * _ANSWER, check=False)
    if not done.stdout:
        raise LabkitError(f"curl got no answer for {path}: {done.stderr.decode(errors='replace').strip()}")
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return Fetched(path, "curl", head.decode("latin-1"), body)


class _Unmoved(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _by_urllib(url: str, path: str) -> Fetched:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Unmoved)
    try:
        try:
            answer = opener.open(url, timeout=_ANSWER)
        except urllib.error.HTTPError as err:
            answer = err
        with answer:
            lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{k}: {v}" for k, v in answer.headers.items())]
            return Fetched(path, "urllib", "\r\n".join(lines), answer.read())
    except (OSError, HTTPException) as err:
        raise LabkitError(f"urllib got no answer for {path}: {err}") from err


def listening(pid: int) -> list[int]:
    """The TCP ports, lowest first, on which process `pid` and those below it listen now (proc(5): net/tcp, tcp6)."""
    inodes: set[str] = set()
    for process in (pid, *below(pid)):
        with contextlib.suppress(OSError):
            for link in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    inodes |= set(re.findall(r"^socket:\[(\d+)\]$", str(link.readlink())))
    ports = set()
    for table in ("tcp", "tcp6") if inodes else ():
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and fields[9] in inodes:
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return sorted(ports)


def below(pid: int) -> Iterator[int]:
    """The living processes below `pid`, each as it is found (proc(5): task/TID/children)."""
    todo = [pid]
    while todo:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{todo.pop()}/task").iterdir():
                children = [int(word) for word in (task / "children").read_text().split()]
                todo += children
                yield from (child for child in children if not ended(child))


def ended(pid: int) -> bool:
    """Whether there is no such process, or only what its parent has not collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
