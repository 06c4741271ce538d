"""Runs one program an instruction at a time and counts what it executes in user mode between its system calls.

The counter is a process of its own that steps the program (ptrace(2)); this reads its report. Draws nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from labkit.capture import native
from labkit.capture.build import build
from labkit.capture.request import Request
from labkit.capture.runnable import find_program, why_ptrace_is_refused
from labkit.capture.surroundings import environment, limits_with, made, place, scratch
from labkit.capture.twins import counted_here_or_shipped
from labkit.decode.code_owner import code_owner
from labkit.decode.syscalls import call_name
from labkit.errors import LabkitError, UnsupportedError
from labkit.model import Crossings, Limits, Program, Stretch

INSTRUCTIONS, SECONDS = 1_000_000, 30.0  # a step takes some 20 µs, on a busy machine a few times as long
_GRACE = 10.0  # seconds beyond the program's own limit for the counter to end


def count(
    program: Program | str | Path,
    args: Sequence[str] | str = (),
    *,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    instructions: int = INSTRUCTIONS,
    limits: Limits | None = None,
    **limit: float,
) -> Crossings:
    """The counted run of `program`, as `labkit.crossings` tells."""
    if instructions < 1:
        raise LabkitError(f"The limit instructions must be above 0, not {instructions}.")
    bounds = limits_with(limits or Limits(seconds=SECONDS), "crossings", limit)
    request = Request(
        program=program,
        args=args,
        shell=False,
        lines=False,
        in_turn=False,
        inject=(),
        stdin=stdin,
        stdin_from="file",
        stdout="file",
        stderr="file",
        env=env or {},
        files=files or {},
        folder=None,
        limits=bounds,
        events=instructions,
        data_limit=0,
        every_call=True,
        without=(),
        watch=None,
        counted=True,
    )
    return counted_here_or_shipped(request, lambda: _here(request))


def _here(asked: Request) -> Crossings:
    """What is asked, counted on this machine."""
    bounds = asked.limits
    with scratch("count") as own:
        folder = own / "work"
        folder.mkdir()
        path, name = _choose(asked.program, folder)
        place(folder, asked.files)
        argv = (name, *asked.words)
        given = (bounds.seconds, asked.events, bounds.file_size, bounds.memory, folder, path, *argv)
        report = _run(list(map(str, given)), bounds.seconds, asked.input, {**environment(), **asked.env})
    return _crossings(report, name, argv, os.path.realpath(path))


def _choose(program: Program | str | Path, folder: Path) -> tuple[str, str]:
    """The path of the executable and the name it goes by."""
    text = str(program)
    if not isinstance(program, Program) and "/" in text and "\n" not in text and not text.endswith(".c"):
        path = find_program(os.path.abspath(text), folder, "")
        return path, os.path.basename(path)
    built = program if isinstance(program, Program) else build(program)
    return str(built.path), built.name


def _run(given: list[str], seconds: float, data: bytes | None, env: dict[str, str]) -> str:
    """The counter's report. However this ends, the program is over: it does not outlive its tracer (EXITKILL)."""
    counter = native.counter()
    with tempfile.TemporaryFile() as report, tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as output:
        source.write(data or b"")
        source.seek(0)
        try:
            process = subprocess.Popen(
                [str(counter), str(report.fileno()), *given],
                stdin=subprocess.DEVNULL if data is None else source,
                stdout=output,
                stderr=output,
                pass_fds=(report.fileno(),),
                start_new_session=True,
                env=env,
            )
        except OSError as err:
            raise UnsupportedError(f"The counter ({counter}) cannot be started: {err.strerror}.") from err
        try:
            process.wait(seconds + _GRACE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.kill()
            process.wait()
        report.seek(0)
        return report.read().decode(errors="replace")


def _crossings(report: str, name: str, argv: tuple[str, ...], path: str) -> Crossings:
    facts = dict(line.split(" ", 1) for line in report.splitlines() if line.split(" ")[0] not in ("in", "call"))
    if "failed" in facts:
        raise _failure(facts["failed"], path)
    if not facts.keys() & {"exit", "signal", "limit"}:
        raise LabkitError(f"The counter of {name} ended before its time, and the program with it.")
    return Crossings(
        name,
        argv,
        tuple(_stretches(report, path)),
        status=int(facts["exit"]) if "exit" in facts else None,
        signal=signal.Signals(int(facts["signal"])).name if "signal" in facts else None,
        ended_by=facts.get("limit", ""),
        others=int(facts.get("others", 0)),
        made=made(),
    )


def _stretches(report: str, program: str) -> Iterator[Stretch]:
    """The report's stretches.

    >>> report = "in 3 /p\\nin 2 [vdso]\\ncall 1 6\\nin 1 /p\\ncall 231\\nexit 0"
    >>> [(s.instructions, s.result) for s in _stretches(report, "/p")]
    [((('the program', 3), ('the vDSO', 2)), 6), ((('the program', 1),), None)]
    """
    inside: dict[str, int] = {}
    for line in report.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "in":
            number, _, path = rest.partition(" ")
            owner = code_owner(path, program)
            inside[owner] = inside.get(owner, 0) + int(number)
        elif kind == "call":
            nr, _, result = rest.partition(" ")
            yield Stretch(tuple(inside.items()), call_name(int(nr)), int(result) if result else None)
            inside = {}
    if inside:
        yield Stretch(tuple(inside.items()))


def _failure(what: str, path: str) -> LabkitError:
    number, _, doing = what.partition(" ")
    reason = os.strerror(int(number))
    if doing == "ptrace":
        return UnsupportedError(why_ptrace_is_refused(reason))
    if doing == "execve":
        return LabkitError(f"{path} cannot be executed here.")
    return LabkitError(f"Counting the instructions of {path} failed while {doing}: {reason}.")
