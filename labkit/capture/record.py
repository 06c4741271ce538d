"""Record a program: build it, run it under the tracer, and make a `Recording` of what the tracer saw.

Where nothing can be traced, the shipped recording of the same run takes its place (`labkit.capture.twins`). Joins the
parts and decides nothing itself: `trace` runs, `symbolize` says where, `labkit.decode` says what it means.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from labkit.capture import twins
from labkit.capture.build import build, sources
from labkit.capture.elf import Elf, ElfError
from labkit.capture.faults import faults_text
from labkit.capture.lines import Lines
from labkit.capture.rawlog import Raw
from labkit.capture.request import Request, Target, is_c
from labkit.capture.surroundings import environment, limits_with, made, place, scratch
from labkit.capture.symbolize import Symbolizer
from labkit.capture.trace import Trace, TraceLimits, trace
from labkit.decode.assemble import Assembled, Watching, assemble
from labkit.decode.calls import plan
from labkit.errors import LabkitError, UnsupportedError
from labkit.model import DATA_LIMIT, Fault, Limits, Program, Recording

_SHELL = "/bin/sh"


def record(
    program: Program | str | Path,
    args: Sequence[str] | str = (),
    *,
    shell: bool = False,
    lines: bool = False,
    in_turn: bool = False,
    inject: Sequence[Fault] = (),
    stdin: str | bytes | None = None,
    stdin_from: Target = "pipe",
    stdout: Target = "pipe",
    stderr: Target = "pipe",
    env: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    folder: str | Path | None = None,
    limits: Limits | None = None,
    events: int = 200_000,
    data_limit: int = DATA_LIMIT,
    every_call: bool = False,
    without: Sequence[str] = (),
    watch: Watching | None = None,
    **limit: float,
) -> Recording:
    """Run `program` under the tracer and return everything it did with its files, processes and sockets.

    `program` is a `Program`, C text, the path of a C file, the name of a program of the course, or of an executable
    (a path, or a name on PATH). With `shell` it is a command line for /bin/sh. `args` is a list, or one string split as
    a shell splits words. With `lines`, each line of C it comes to is an event, too (in long loops only the first ones
    between two calls). `inject` makes calls fail, see `Fault`.

    With `in_turn` one process or thread runs at a time, until it must wait; then the one whose last turn is longest ago
    (of those that had none the youngest). What they do is as real as ever, and its order is the same in every run, as
    on a machine with one processor that takes it from nobody; without, it is as it happens to come.

    Descriptor 0 reads `stdin` through a pipe, from a file or typed at a terminal (None: /dev/null); 1 and 2 lead to a
    terminal, a pipe or a file. `env` is added to a small environment of PATH, HOME and LANG. It runs in a new folder
    with `files` in it, or in `folder`. Of each buffer the first `data_limit` bytes are kept. Only calls that have to do
    with files, processes, signals and sockets are recorded; with `every_call`, all.

    Limits are those of `Limits`, singly by name (`record(p, seconds=30)`), and `events` system calls. A crash, a limit
    reached, a status that is not 0 are facts on the Recording. Its times are under tracing, which is slower.

    Where tracing is not possible, a run that is in the course's notebooks is shown by the recording shipped with
    labkit, and every picture of it says where it was made. Raises UnsupportedError if there is none, LabkitError when
    the program cannot be started, CompileError when it does not compile. KeyboardInterrupt ends the program and
    everything it started.

    For tests: `without` refuses the tracer "kcmp", "pidfd_getfd" or "cachestat"; `watch` sees each raw record with the
    state of things after it, and the kernel's own view beside it.
    """
    request = Request(
        program=program,
        args=args,
        shell=shell,
        lines=lines,
        in_turn=in_turn,
        inject=inject,
        stdin=stdin,
        stdin_from=stdin_from,
        stdout=stdout,
        stderr=stderr,
        env=env or {},
        files=files or {},
        folder=folder,
        limits=limits_with(limits, "record", limit),
        events=events,
        data_limit=data_limit,
        every_call=every_call,
        without=without,
        watch=watch,
    )
    return twins.here_or_shipped(request, lambda: _here(request))


def _here(asked: Request) -> Recording:
    """What is asked, run and recorded on this machine."""
    chosen = _choose(asked)
    symbolizer = Symbolizer()
    assembled: Assembled | None = None

    def read(log: Iterator[Raw]) -> None:
        nonlocal assembled
        assembled = assemble(log, symbolizer.see, symbolizer.streams, asked.watch)

    with _working_folder(asked) as where, _no_garbage_collection():
        traced = trace(
            chosen.argv,
            executable=chosen.path,
            plan=plan(every_call=asked.every_call),
            lines=_line_addresses(chosen.path) if asked.lines else None,
            in_turn=asked.in_turn,
            inject=faults_text(asked.inject),
            stdin=asked.input,
            stdin_from=asked.stdin_from,
            stdout=asked.stdout,
            stderr=asked.stderr,
            env={**environment(), **asked.env},
            cwd=where,
            limits=asked.limits,
            trace_limits=TraceLimits(events=asked.events),
            data_limit=asked.data_limit,
            verify=asked.watch is not None,
            without=asked.without,
            read=read,
        )
    assert assembled is not None
    recording = _recording(chosen, str(where.absolute()), traced, assembled, asked)
    return replace(recording, made={**recording.made, "order": "in turn"}) if asked.in_turn else recording


@dataclass(frozen=True)
class _Chosen:
    """What is to be run: `path` of the executable ("" to search PATH for argv[0]), its `argv`, the `name` to show."""

    path: str
    argv: tuple[str, ...]
    name: str
    source: dict[str, str]


def _choose(asked: Request) -> _Chosen:
    program, arguments = asked.program, asked.words
    if asked.shell:
        if not isinstance(program, str):
            raise LabkitError(f"With shell=True the program is a command line (a str), not {program!r}.")
        return _Chosen(_SHELL, ("sh", "-c", program, *arguments), program, {})
    if not isinstance(program, Program) and is_c(program):
        program = build(program)
    if isinstance(program, Program):
        return _Chosen(str(program.path), (program.name, *arguments), program.name, program.sources)
    name = str(program)
    path = name if "/" in name else shutil.which(name)
    if path is None:
        raise LabkitError(
            f"There is no program {name!r}: neither the course ({', '.join(sources())}) nor PATH has it.\n"
            f"A file in this folder is named ./{name}."
        )
    path = os.path.abspath(path)
    return _Chosen(path, (name, *arguments), os.path.basename(path), {})


@contextmanager
def _working_folder(asked: Request) -> Iterator[Path]:
    if asked.folder is not None:
        if asked.files:
            raise LabkitError("files= are put into a new folder; with folder= put them there yourself.")
        yield Path(asked.folder)
        return
    with scratch("record") as own:
        place(own, asked.files)
        yield own


def _line_addresses(path: str) -> dict[str, list[int]]:
    """Where the lines of the program begin; UnsupportedError when it has no line table to tell."""
    statements = Lines(Elf.open(path)).statements()
    if not statements:
        raise UnsupportedError(
            f"{path} has no line table, so that lines=True has nothing to go by: compile it with -g."
        )
    return {path: [statement.address for statement in statements]}


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Nothing of a recording is garbage while it is being made; looking for some takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _recording(chosen: _Chosen, folder: str, traced: Trace, assembled: Assembled, asked: Request) -> Recording:
    status = traced.status
    first = assembled.first
    return Recording(
        name=chosen.name,
        argv=chosen.argv,
        stdin=asked.stdin_from if asked.stdin is not None or asked.stdin_from == "terminal" else "null",
        stdout=asked.stdout,
        stderr=asked.stderr,
        events=assembled.events,
        start=assembled.start,
        chunks=traced.output,
        status=first.status if first is not None and status is not None else None,
        signal=(first.signal or None) if first is not None and status is not None else None,
        ended_by=traced.ended_by,
        duration=assembled.duration,
        sources=chosen.source or _source_texts(chosen.path),
        folder=folder,
        missing=_missing(chosen.path, assembled),
        made=made(),
    )


def _source_texts(path: str) -> dict[str, str]:
    """The sources of an executable that was not built here, as far as they can still be read where it was compiled."""
    texts = {}
    try:
        for name, place in Lines(Elf.open(path)).sources().items():
            source = Path(place)
            if source.is_file():
                texts[name] = source.read_text(errors="replace")
    except (ElfError, OSError):
        return {}
    return texts


def _missing(path: str, assembled: Assembled) -> tuple[str, ...]:
    """What this program did not let us see, in words."""
    said = []
    try:
        elf = Elf.open(path)
        if not Lines(elf).present:
            said.append("source lines: the program has no debug information (compile with -g)")
        if elf.interpreter and "musl" in elf.interpreter:
            said.append("stdio streams: the program uses musl, whose FILEs cannot be found")
        elif elf.interpreter is None and elf.address("_IO_list_all") is None:
            said.append("stdio streams: the program is static and has no symbols")
    except ElfError as err:
        said.append(f"source lines and streams: {err}")
    if any(event.call == "io_uring_setup" for event in assembled.events):
        said.append("what went through io_uring: its requests are no system calls")
    said += assembled.untold
    said += [f"descriptors: what became of them was not foreseen ({surprise})" for surprise in assembled.surprises]
    return tuple(said)
