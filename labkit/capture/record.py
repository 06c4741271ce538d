"""Record a program: build it, run it under the tracer, and make a `Recording` of what the tracer saw.

Where nothing can be traced, the shipped recording of the same run takes its place (`labkit.capture.twins`). Joins the
parts and decides nothing itself: `trace` runs, `symbolize` says where, `labkit.decode` says what it means.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from labkit.capture import twins
from labkit.capture.chosen import Chosen, choose, line_addresses, sources_of, unseen
from labkit.capture.faults import faults_text
from labkit.capture.rawlog import Raw
from labkit.capture.request import Request, Target
from labkit.capture.surroundings import environment, limits_with, made, place, scratch
from labkit.capture.symbolize import Symbolizer
from labkit.capture.trace import Command, Trace, TraceLimits, trace
from labkit.capture.wire import with_segments
from labkit.decode.assemble import Assembled, Watching, assemble
from labkit.decode.calls import plan
from labkit.errors import LabkitError
from labkit.model import DATA_LIMIT, Fault, Launched, Limits, Program, Recording

PORT = "{port}"  # in an argument, of programs recorded together


def record(
    program: Program | str | Path,
    args: Sequence[str] | str = (),
    *,
    shell: bool = False,
    lines: bool = False,
    in_turn: bool = False,
    wire: bool = False,
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

    With `wire` the TCP segments on loopback are captured, too. The program then has a network of its own, in which
    there is nothing but loopback, and may do there what it may do else. (Who is not the system's administrator sees
    files of other users as user 65534's meanwhile.) With `in_turn` no acknowledgement waits there for data to go with:
    the segments are the same in every run. Where there can be no such network, it is the machine's loopback, of which
    only the recording's own segments are kept; else they are inferred. `Recording.wire` says which.

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

    For tests: `without` refuses the tracer "kcmp", "pidfd_getfd", "cachestat", "netns", "packets" or "room" (for
    packets); `watch` sees each raw record with the state of things after it, and the kernel's own view beside it.
    """
    request = Request(
        program=program,
        args=args,
        shell=shell,
        lines=lines,
        in_turn=in_turn,
        wire=wire,
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
    return twins.here_or_shipped(request, lambda: record_here(request))


def record_here(asked: Request) -> Recording:
    """What is asked, run and recorded on this machine."""
    together = choose(asked)
    chosen, *others = together
    sources_of(together)  # says what is wrong before anything runs
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
            lines=line_addresses(together) if asked.lines else None,
            in_turn=asked.in_turn,
            wire=asked.wire,
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
            others=[
                Command(other.argv, other.path, beside.input)
                for other, beside in zip(others, asked.others, strict=True)
            ],
            read=read,
        )
    assert assembled is not None
    recording = _recording(together, str(where.absolute()), traced, assembled, asked)
    if asked.in_turn:
        recording = replace(recording, made={**recording.made, "order": "in turn"})
    return with_segments(recording, assembled) if asked.wire else recording


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


def _recording(
    together: Sequence[Chosen], folder: str, traced: Trace, assembled: Assembled, asked: Request
) -> Recording:
    launched = _launched(together, traced, assembled)
    first = launched[0] if launched else None  # None: it was ended before it began
    return Recording(
        name=together[0].name,
        argv=together[0].argv,
        stdin=asked.stdin_from if asked.stdin is not None or asked.stdin_from == "terminal" else "null",
        stdout=asked.stdout,
        stderr=asked.stderr,
        events=assembled.events,
        start=assembled.start,
        chunks=traced.output,
        status=first.status if first else None,
        signal=first.signal if first else None,
        ended_by=traced.ended_by,
        duration=assembled.duration,
        sources=sources_of(together),
        folder=folder,
        missing=_missing(together, assembled),
        made=made(),
        programs=launched if len(together) > 1 else (),
    )


def _launched(together: Sequence[Chosen], traced: Trace, assembled: Assembled) -> tuple[Launched, ...]:
    """The programs that were started, and how each ended."""
    found = []
    for chosen, started, by_itself in zip(together, assembled.started, traced.ended, strict=False):
        argv = tuple(word.replace(PORT, str(started.port)) if started.port else word for word in chosen.argv)
        ended = started.ended if by_itself else None
        status, signal = (ended.status, ended.signal or None) if ended is not None else (None, None)
        found.append(Launched(started.pid, chosen.name, argv, status, signal))
    return tuple(found)


def _missing(together: Sequence[Chosen], assembled: Assembled) -> tuple[str, ...]:
    """What these programs did not let us see, in words."""
    said = []
    for path, name in {chosen.path: chosen.name for chosen in together}.items():
        which = "the program" if len(together) == 1 else name
        said += [word.format(which) for word in unseen(path)]
    if any(event.call == "io_uring_setup" for event in assembled.events):
        said.append("what went through io_uring: its requests are no system calls")
    said += assembled.untold
    said += [f"descriptors: what became of them was not foreseen ({surprise})" for surprise in assembled.surprises]
    return tuple(said)
