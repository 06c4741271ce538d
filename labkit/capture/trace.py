"""Runs programs under the tracer and hands back the raw log; everything they started is over by then.

The tracer is a process of its own, in its own session: a tracing thread inside a Jupyter kernel would take other
children's exit statuses away. Its log is a file, read while it grows; the traced program never waits for the reader.
Knows the tracer's configuration, not what its log says beyond the end of it.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.capture import native
from labkit.capture.rawlog import Raw, only, records
from labkit.capture.runnable import find_program, why_ptrace_is_refused
from labkit.capture.surroundings import scratch
from labkit.errors import LabkitError, NobodyListensError, UnsupportedError
from labkit.model import Chunk, Limits

STREAMS = ("terminal", "pipe", "file")
_PART = 1 << 18  # bytes of the log read at once
_GRACE = 20.0  # seconds the tracer gets beyond the program's own limit to end everything and write its log


@dataclass(frozen=True)
class TraceLimits:
    """Bounds of the recording itself: system calls recorded, and bytes of the raw log."""

    events: int = 200_000
    log: int = 512 << 20


@dataclass(frozen=True)
class Command:
    """A program to be started beside the first one: as the arguments of `trace` of these names."""

    argv: Sequence[str]
    executable: str | None = None
    stdin: bytes | None = None


@dataclass(frozen=True)
class Trace:
    """What one traced run left behind.

    `log` is for `labkit.capture.rawlog.records`, empty if it was read already. `output` is what came through
    descriptors 1 and 2, in order, seconds after the start (where both lead to one terminal, all of it counts as 1; what
    a terminal echoes that only 0 leads to counts as 0; what went to a file is one chunk at the end). `status` is the
    first process's wait status (wait(2)), None if it was ended. `ended` says of each program whether its first process
    ended before that. `ended_by` names the limit that ended the run: a field
    of Limits or TraceLimits, or "". `capabilities` says which of kcmp, pidfd_getfd, cachestat were allowed.
    """

    log: bytes
    output: tuple[Chunk, ...]
    status: int | None
    ended_by: str
    ended: tuple[bool, ...] = (True,)
    capabilities: Mapping[str, bool] = field(default_factory=dict)


def trace(
    argv: Sequence[str],
    *,
    executable: str | None = None,
    plan: str,
    lines: Mapping[str, Sequence[int]] | None = None,
    inject: str = "",
    stdin: bytes | None = None,
    stdin_from: str = "pipe",
    stdout: str = "pipe",
    stderr: str = "pipe",
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    limits: Limits | None = None,
    trace_limits: TraceLimits | None = None,
    data_limit: int = 4096,
    stack_limit: int = 16384,
    credit: int = 40,
    in_turn: bool = False,
    wire: bool = False,
    streams: bool = True,
    verify: bool = False,
    without: Sequence[str] = (),
    others: Sequence[Command] = (),
    read: Callable[[Iterator[Raw]], None] | None = None,
) -> Trace:
    """Run `argv` under the tracer and return its Trace, when it and all that it started are over.

    `executable` is the program where argv[0] is another name for it (execve(2)).

    `plan` says which calls stop and which memory of them is copied (`labkit.decode`, text lines
    ``NR ARG OP WHEN PARAM``; ``*`` = every call stops). `lines` gives, for programs by their real path, link-time addresses of
    beginnings of source lines. `inject` has lines ``NR NTH errno E`` or ``NR NTH short N`` (NTH may end in ``+``: from there on);
    calls count from the program's entry point, not from the dynamic linker's.
    With `wire` the TCP segments on loopback are captured, where that can be done (tracer/wire.c).
    With `in_turn` one thread runs at a time, until it must wait; then the one whose last turn is longest ago.
    `stdin` are bytes to be read (None: nothing), through `stdin_from` "pipe", "file" or "terminal" (typed). `stdout`,
    `stderr` are "terminal", "pipe" or "file"; `stderr` may also be "stdout", as with 2>&1. `without` refuses the tracer
    "kcmp", "pidfd_getfd", "cachestat", "netns" (a network of its own), "packets" or "room" for these, to test what it does where they are forbidden.

    `others` are started one after the other, each when all threads before are asleep in a call or gone; ``{port}`` in an
    argument becomes the TCP port on which the latest listening socket can be connected to. When the last one has ended
    and the rest only wait, these get SIGTERM one by one, and SIGKILL if that does not end them.

    `read` is called while the program runs, and given the log's records, each as soon as it is there; the last one is the
    end of the run. The program does not wait for it.

    Raises LabkitError for a program that cannot be run, UnsupportedError where tracing is not allowed, KeyboardInterrupt
    when interrupted; in all cases no process is left.
    """  # noqa: E501
    if stdout not in STREAMS or stderr not in (*STREAMS, "stdout") or stdin_from not in STREAMS:
        raise LabkitError(
            f"stdin_from={stdin_from!r}, stdout={stdout!r}, stderr={stderr!r}: choose from {', '.join(STREAMS)}."
        )
    if not argv:
        raise LabkitError("There is no program to record: argv is empty.")
    environment = dict(os.environ if env is None else env)
    folder = Path(cwd) if cwd is not None else Path.cwd()
    if not folder.is_dir():
        raise LabkitError(f"The folder to run {argv[0]} in does not exist: {folder}")
    commands = (Command(argv, executable, stdin), *others)
    search = environment.get("PATH", os.defpath)
    programs = [find_program(command.executable or command.argv[0], folder, search) for command in commands]
    tracer = native.tracer()
    bounds, own = limits or Limits(), trace_limits or TraceLimits()
    with scratch("trace") as own_folder:
        entries: list[tuple[str, object]] = []
        left: list[tuple[int, int, Path]] = []  # files of output: program, descriptor, where
        for number, (program, command) in enumerate(zip(programs, commands, strict=True)):
            entries += [("exe", program), *(("arg", word) for word in command.argv)]
            entries += _stdin(command.stdin, stdin_from, own_folder / f"stdin{number or ''}")
            for fd, name, to in ((1, "stdout", stdout), (2, "stderr", stderr)):
                if to == "file":
                    left.append((number, fd, own_folder / f"{name}{number or ''}"))
                    entries.append((f"{name}_path", left[-1][2]))
        entries += [("cwd", folder), ("scratch", own_folder)]
        entries += [("env", f"{key}={value}") for key, value in environment.items()]
        entries += [("stdout", stdout), ("stderr", stderr)]
        entries += [("seconds", bounds.seconds), ("processes", bounds.processes), ("memory", bounds.memory)]
        entries += [
            ("output", bounds.output),
            ("file_size", bounds.file_size),
            ("events", own.events),
            ("log_bytes", own.log),
        ]
        entries += [("data_limit", data_limit), ("stack_limit", stack_limit), ("credit", credit)]
        entries += [("streams", int(streams)), ("verify", int(verify)), ("in_turn", int(in_turn))]
        entries += [("no_kcmp", int("kcmp" in without)), ("no_getfd", int("pidfd_getfd" in without))]
        entries += [("no_cachestat", int("cachestat" in without)), ("wire", int(wire))]
        entries += [(f"no_{what}", int(what in without)) for what in ("netns", "packets", "room")]
        entries += [("plan", line) for line in plan.splitlines() if line.strip()]
        entries += [("inject", line) for line in inject.splitlines() if line.strip()]
        for path, addresses in (lines or {}).items():
            entries.append(("lines", Path(path).resolve()))
            entries += [("line", " ".join(f"{address:x}" for address in addresses))]
        told: list[Raw] = []
        log = _run(tracer, entries, bounds.seconds + _GRACE, lambda parts: _read(parts, read, told))
        files = tuple((number, fd, path.read_bytes()) for number, fd, path in left if path.exists())
    return _outcome(log, told, files, programs)


_TELLING = ("output", "end")  # kinds of records that tell of the run as a whole


def _read(parts: Iterator[bytes], read: Callable[[Iterator[Raw]], None] | None, told: list[Raw]) -> bytes:
    """Has the log read as it comes, or keeps it; the records that tell of the run as a whole go into `told`."""
    if read is None:
        log = b"".join(parts)
        told += only(log, *_TELLING)
        return log
    coming = _noting(records(parts), told)
    read(coming)
    for _ in coming:  # the tracer ends with its log
        pass
    return b""


def _noting(coming: Iterator[Raw], told: list[Raw]) -> Iterator[Raw]:
    for raw in coming:
        if raw.kind in _TELLING:
            told.append(raw)
        yield raw


def _stdin(data: bytes | None, kind: str, path: Path) -> list[tuple[str, object]]:
    if data is None and kind != "terminal":
        return [("stdin", "null")]
    path.write_bytes(data or b"")
    return [("stdin", kind), ("stdin_path", path)]


def _run(
    tracer: Path, entries: Sequence[tuple[str, object]], seconds: float, read: Callable[[Iterator[bytes]], bytes]
) -> bytes:
    """Start the tracer and have its log read, in parts, until it ends; what `read` returns.

    The control pipe closes when this function ends in any way, and that ends all.
    """
    text = b"".join(os.fsencode(f"{key} {value}") + b"\0" for key, value in entries)
    with (
        tempfile.TemporaryFile() as configuration,
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryFile() as complaints,
    ):
        configuration.write(text)
        configuration.flush()
        configuration.seek(0)
        until = time.monotonic() + seconds
        control, keep = os.pipe()
        progress, tell = os.pipe()
        try:
            inherited = (configuration.fileno(), log.fileno(), control)
            process = subprocess.Popen(
                [str(tracer), *map(str, inherited)],
                stdin=subprocess.DEVNULL,
                stdout=tell,
                stderr=complaints,
                pass_fds=inherited,
                start_new_session=True,
                env={},
            )
        except OSError as error:
            os.close(keep)
            os.close(progress)
            raise UnsupportedError(f"The recorder's tracer ({tracer}) cannot be started: {error.strerror}.") from error
        finally:
            os.close(control)
            os.close(tell)
        try:
            result = read(_parts(process, progress, log.fileno(), until))
            status = process.wait(max(until - time.monotonic(), 1.0))
        except subprocess.TimeoutExpired:
            status, result = -signal.SIGALRM, b""
        finally:
            os.close(keep)
            os.close(progress)
            _wait_or_kill(process)
        complaints.seek(0)
        words = complaints.read().decode(errors="replace").strip()
        if status == -signal.SIGSYS:  # a filter that ends who asks, instead of refusing (seccomp(2))
            raise UnsupportedError(why_ptrace_is_refused("ended by SIGSYS for asking"))
        if status not in (0, 2) or words:
            raise LabkitError(
                f"The tracer ended before its time ({_how(status)}), and the program with it. {words}".strip()
            )
        return result


def _parts(process: subprocess.Popen[bytes], progress: int, log: int, until: float) -> Iterator[bytes]:
    """The log as it grows, until it ends or the time is over; on `progress` the tracer says how long it is by now."""
    ready = select.poll()
    ready.register(progress, select.POLLIN)
    done, ended = 0, False
    while not ended:
        news = ready.poll(1000)
        said = os.read(progress, 1 << 16) if news else b""  # 8 bytes each time, of which the last count
        # The end of the pipe may stay out: a child that another thread forked meanwhile can have inherited it.
        gone = not said and (bool(news) or process.poll() is not None)
        ended = gone or time.monotonic() > until
        length = os.fstat(log).st_size if ended else int.from_bytes(said[-8:], "little")
        while done < length and (part := os.pread(log, min(length - done, _PART), done)):
            done += len(part)
            yield part


def _how(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def _wait_or_kill(process: subprocess.Popen[bytes]) -> None:
    """The tracer ends everything when its control pipe is closed; should it not, the kernel does it (EXITKILL)."""
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _outcome(
    log: bytes, telling: Iterable[Raw], files: tuple[tuple[int, int, bytes], ...], programs: Sequence[str]
) -> Trace:
    output: list[Chunk] = []
    end: Raw | None = None
    for raw in telling:
        if raw.kind == "output":
            output.append(Chunk(raw.time / 1e9, raw.extra["fd"], raw.extra["data"], raw.extra.get("program", 0)))
        else:
            end = raw
    if end is None:
        raise LabkitError(
            f"The tracer of {programs[0]} was killed before it could finish its log; what it recorded is lost."
        )
    if "failed" in end.extra:
        number = end.extra.get("program", 0)
        raise _failure(end.extra["failed"], end.extra["errno"], programs[number], _complaints(output))
    output += [Chunk(end.time / 1e9, fd, data, number) for number, fd, data in files if data]
    return Trace(
        log,
        tuple(output),
        end.extra["status"] if end.extra["first_ended"] else None,
        end.extra["ended_by"],
        tuple(mark == "1" for mark in end.extra["ended"]),
        {name: bool(end.extra[name]) for name in ("kcmp", "pidfd_getfd", "cachestat")},
    )


def _complaints(output: Iterable[Chunk]) -> str:
    """The end of what the programs said on standard error, as a further line of a message; "" for nothing."""
    said = b"".join(chunk.data for chunk in output if chunk.fd == 2).decode(errors="replace").strip()
    return f"\nSaid on standard error: {said[-500:]}" if said else ""


def _failure(what: str, number: int, program: str, complaints: str) -> LabkitError:
    reason = os.strerror(number) if number else "no reason given"
    if what == "ptrace" or (what == "setup" and number in (errno.EPERM, errno.ENOSYS)):
        return UnsupportedError(why_ptrace_is_refused(reason))
    if what == "port":
        return NobodyListensError(
            f"{Path(program).name} is to be told a {{port}}, but no program before it listens on a TCP port:\n"
            f"start the server first, and let it listen(2) before it waits for anything.{complaints}"
        )
    if what == "execve":
        return LabkitError(f"{program} cannot be executed: {reason}.")
    return LabkitError(f"Recording {program} failed while {what}: {reason}.")
