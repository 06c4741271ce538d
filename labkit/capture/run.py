"""Run a program at its own speed, untraced, within limits, and keep what came out of it and when."""

from __future__ import annotations

import base64
import contextlib
import errno
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from labkit.capture.build import build
from labkit.capture.surroundings import environment, limits_with, place, scratch
from labkit.decode.syscalls import call_name
from labkit.errors import LabkitError, UnsupportedError
from labkit.model import Chunk, LeftFile, Limits, Program, Run, Span

Target = Literal["terminal", "pipe", "file"]
_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_KEPT = 64 << 10  # bytes kept of each file that a program leaves


def run(
    program: Program | str | Path,
    args: Sequence[str] | str = (),
    *,
    stdin: str | bytes | None = None,
    stdout: Target = "pipe",
    stderr: Target = "pipe",
    env: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    limits: Limits | None = None,
    **limit: float,
) -> Run:
    """Run `program` in a working folder of its own and return what it did.

    `program` is a `Program`, or whatever `build` takes. `args` is a list, or one string split as a shell splits words.
    Descriptor 0 reads `stdin` through a pipe (None: /dev/null); descriptors 1 and 2 each lead to a terminal, a pipe or
    a file. `env` is added to a small environment of PATH, HOME and LANG. `files` are put into the working folder first.
    Limits are those of `Limits`, singly by name: `run(p, seconds=30)`.

    A crash, a limit reached, a status that is not 0 are facts on the `Run`, not exceptions. Raises LabkitError when the
    program cannot be started at all, CompileError when it does not compile. Stopping the cell (KeyboardInterrupt) ends
    the program and everything it started.
    """
    options: dict[str, Any] = {"stdin": stdin, "stdout": stdout, "stderr": stderr, "env": env, "files": files}
    (result,) = _together(program, [{"args": args, "limits": limits, **options, **limit}])
    return result


def run_on(program: Program | str | Path, *targets: Target, **options: Any) -> tuple[Run, ...]:
    """Run `program` once for each of `targets`, with standard output leading there; `options` are those of `run`.

    The runs go on at the same time, each in a working folder of its own: three that sleep a second take one together.
    What a program spends time on otherwise, it has to share the processors for.
    """
    return _together(program, [{**options, "stdout": target} for target in targets])


def run_each(program: Program | str | Path, *args: Sequence[str] | str, **options: Any) -> tuple[Run, ...]:
    """Run `program` once with each of `args`, which are as for `run`, all at the same time, as `run_on` does."""
    return _together(program, [{**options, "args": arguments} for arguments in args])


def _together(program: Program | str | Path, each: Sequence[dict[str, Any]]) -> tuple[Run, ...]:
    """A run for each of `each`, the arguments of `run` by name. An error or an interrupt ends all of them."""
    _only_on_linux()
    program = program if isinstance(program, Program) else build(program)
    with contextlib.ExitStack() as stack:
        running = [start(stack, program, **options) for options in each]
        return tuple(one.finish() for one in running)


def _only_on_linux() -> None:
    if not sys.platform.startswith("linux"):
        raise UnsupportedError(
            f"Programs run on Linux only, and this is {sys.platform}. Use Binder, WSL 2 or a Linux machine."
        )


@dataclass(frozen=True)
class Running:
    """A program that was started: `supervisor` is the pid of the process above it, `folder` where it runs.

    `finish` waits for its end and returns the run; `stop` ends it first.
    """

    supervisor: int
    folder: Path
    finish: Callable[[], Run]
    stop: Callable[[], None]


def start(
    stack: contextlib.ExitStack,
    program: Program,
    *,
    args: Sequence[str] | str = (),
    stdin: str | bytes | None = None,
    stdout: Target = "pipe",
    stderr: Target = "pipe",
    env: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    limits: Limits | None = None,
    tick: float | None = None,
    **limit: float,
) -> Running:
    """Start it; when `stack` is left, everything it started is gone. Arguments and errors as of `run`.

    `tick`: seconds between two looks at its limits, where it is to have the processor more than to be seen closely.
    """
    _only_on_linux()
    arguments = tuple(shlex.split(args)) if isinstance(args, str) else tuple(args)
    bounds = limits_with(limits, "run", limit)
    for name, target in (("stdout", stdout), ("stderr", stderr)):
        if target not in ("terminal", "pipe", "file"):
            raise LabkitError(f'{name} leads to "terminal", "pipe" or "file", not to {target!r}.')
    data = stdin.encode() if isinstance(stdin, str) else stdin
    own = stack.enter_context(scratch("run"))
    folder = own / "work"
    folder.mkdir()
    place(folder, files or {})
    request = {
        "path": str(program.path),
        "argv": [program.name, *arguments],
        "env": {**environment(), **(env or {})},
        "folder": str(folder),
        "has_stdin": data is not None,
        "stdin": base64.b64encode(data or b"").decode(),
        "stdout": stdout,
        "stdout_path": str(own / "stdout"),
        "stderr": stderr,
        "stderr_path": str(own / "stderr"),
        "limits": asdict(bounds),
        **({} if tick is None else {"tick": tick}),
    }
    supervisor = stack.enter_context(_supervisor(request))

    def finish() -> Run:
        reply = _reply(supervisor)
        if "errno" in reply:
            raise LabkitError(_cannot_start(program, reply))
        left = tuple(_left(folder, set(files or ())))
        return _to_run(program, arguments, stdout, stderr, bounds, reply, left)

    def stop() -> None:
        assert supervisor.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            supervisor.stdin.close()

    return Running(supervisor.pid, folder, finish, stop)


@contextlib.contextmanager
def _supervisor(request: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor that was handed the request; closing its stdin ends everything it started."""
    command = [sys.executable, "-I", "-S", str(_SUPERVISOR)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as supervisor:
        assert supervisor.stdin is not None and supervisor.stdout is not None
        try:
            supervisor.stdin.write(json.dumps(request).encode() + b"\n")
            supervisor.stdin.flush()
            yield supervisor
        finally:
            with contextlib.suppress(BrokenPipeError):
                supervisor.stdin.close()
            supervisor.stdout.close()  # a reply that nobody takes any more must not hold it up
            _wait_through_interrupts(supervisor)


def _reply(supervisor: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What the supervisor says when the run is over."""
    assert supervisor.stdout is not None
    line = supervisor.stdout.readline()
    if not line:
        raise LabkitError(
            "The process that watches over programs died (was it killed?); the program was ended with it."
        )
    reply: dict[str, Any] = json.loads(line)
    return reply


def _wait_through_interrupts(process: subprocess.Popen[bytes]) -> None:
    """A second press of the stop button must not leave the first one's work half done."""
    while True:
        try:
            process.wait()
            return
        except KeyboardInterrupt:
            continue


def _cannot_start(program: Program, reply: dict[str, Any]) -> str:
    number = reply["errno"]
    if number == errno.E2BIG:
        return f"{program.name} was not started: its arguments and environment are larger than execve allows (E2BIG)."
    if number == errno.ENOEXEC:
        return f"{program.path} was not started: it is no program for this machine (execve: ENOEXEC)."
    return f"{program.path} was not started: {reply['error']}."


def _left(folder: Path, placed: set[str]) -> list[LeftFile]:
    """The regular files a program made, sorted by name; what was placed there for it does not count."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.relative_to(folder).as_posix() not in placed:
            try:
                with path.open("rb") as file:
                    data = file.read(_KEPT)
            except OSError:  # the program took away our right to read it
                data = b""
            found.append(LeftFile(path.relative_to(folder).as_posix(), path.lstat().st_size, data))
    return found


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name of their own (signal(7))
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"


def _to_run(
    program: Program,
    args: tuple[str, ...],
    stdout: str,
    stderr: str,
    limits: Limits,
    reply: dict[str, Any],
    left: tuple[LeftFile, ...],
) -> Run:
    status = reply["status"]
    signal_number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else 0
    ended_by = reply["ended_by"]
    if not ended_by and signal_number == signal.SIGXFSZ:
        ended_by = "file_size"
    return Run(
        name=program.name,
        args=args,
        stdout=stdout,
        stderr=stderr,
        chunks=tuple(Chunk(at, fd, base64.b64decode(data)) for at, fd, data in reply["chunks"]),
        status=os.WEXITSTATUS(status) if status is not None and os.WIFEXITED(status) else None,
        signal=_signal_name(signal_number) if signal_number else None,
        duration=reply["duration"],
        limits=limits,
        ended_by=ended_by,
        left_running=reply["left_running"],
        spans=tuple(Span(start, end, call_name(number)) for start, end, number in reply["spans"]),
        files=left,
        wiring={int(fd): target for fd, target in reply["wiring"].items()},
    )
