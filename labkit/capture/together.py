"""Record several programs together: a server and its clients, in one recording with one clock.

Says what is asked for; `labkit.capture.record` does it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from labkit.capture import twins
from labkit.capture.record import record_here
from labkit.capture.request import Beside, Request, Target
from labkit.capture.surroundings import limits_with
from labkit.decode.assemble import Watching
from labkit.errors import LabkitError
from labkit.model import DATA_LIMIT, Fault, Limits, Program, Recording

Asked = Program | str | Path | tuple[Program | str | Path, Sequence[str] | str]


def record_together(
    *programs: Asked,
    lines: bool = False,
    in_turn: bool = False,
    wire: bool = False,
    inject: Sequence[Fault] = (),
    stdin: Sequence[str | bytes | None] = (),
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
    """Run several programs under one tracer and return what all of them did, in one order, on one clock.

    Each is a string split as a shell splits words, `(program, args)`, or a `Program`; the first word is what
    `labkit.record` takes as `program`. They are started in order, each when all before are asleep in a call or have
    ended. `{port}` in an argument is the TCP port of the latest socket that listens: servers ask the kernel for one
    (bind(2) to port 0). Each has descriptors 1 and 2 of its own, and `stdin` has what each reads (None or left out:
    nothing).

    When the last program has ended, and every other that goes on by itself, the rest get SIGTERM in order, as kill(1)
    sends it, and a second later SIGKILL. What computes or sleeps on is given five seconds before that. If the last
    one never ends, the limits do: `Recording.ended_by`.

    `Recording.programs` has how each ended, `Chunk.program` and `Recording.output(program=…)` what each printed.
    With a "terminal" each sits at one of its own; keys that send signals work at the first only.
    Everything else is as for `labkit.record`, and for all programs: `lines`, the calls that `inject` counts, `limits`.
    With `wire` they are in one network.

    Raises LabkitError when a program cannot be started, or wants a `{port}` where nobody listens.
    """
    asked = [_beside(program) for program in programs]
    if not asked:
        raise LabkitError("There is no program to record: record_together('echo_server', 'echo_client {port} hello').")
    if isinstance(stdin, str | bytes):
        raise LabkitError("stdin= is a sequence here, one for each program: stdin=(None, 'typed to the second').")
    if len(stdin) > len(asked):
        raise LabkitError(f"There are {len(stdin)} inputs in stdin= for {len(asked)} programs.")
    first, *others = [
        Beside(one.program, one.args, typed) for one, typed in zip_longest(asked, stdin) if one is not None
    ]
    request = Request(
        program=first.program,
        args=first.args,
        shell=False,
        lines=lines,
        in_turn=in_turn,
        wire=wire,
        inject=inject,
        stdin=first.stdin,
        stdin_from=stdin_from,
        stdout=stdout,
        stderr=stderr,
        env=env or {},
        files=files or {},
        folder=folder,
        limits=limits_with(limits, "record_together", limit),
        events=events,
        data_limit=data_limit,
        every_call=every_call,
        without=without,
        watch=watch,
        others=others,
    )
    return twins.here_or_shipped(request, lambda: record_here(request))


def _beside(asked: Asked) -> Beside:
    """A program as it is given.

    >>> _beside("echo_client {port} 'two words'").args
    ('{port}', 'two words')
    """
    if isinstance(asked, tuple):
        program, args = asked
        return Beside(program, args)
    if not isinstance(asked, str) or "\n" in asked:
        return Beside(asked)
    try:
        words = shlex.split(asked)
    except ValueError as err:
        raise LabkitError(f"{asked!r} cannot be split into words as a shell does it: {err}.") from err
    if not words:
        raise LabkitError("A program to record is an empty string.")
    return Beside(words[0], tuple(words[1:]))
