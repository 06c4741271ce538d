"""A learner's program being tried: run or recorded in one situation after another, each at most once.

Decides nothing about what it sees.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from labkit.capture.bout import measure_bout
from labkit.capture.build import build
from labkit.capture.record import record
from labkit.capture.run import run, start
from labkit.capture.serving import below
from labkit.capture.surroundings import place, scratch
from labkit.capture.together import record_together
from labkit.decode.verdict import ending
from labkit.errors import NobodyListensError, UnsupportedError
from labkit.exercises.observation import Left, Observation
from labkit.exercises.share import share
from labkit.exercises.situation import Other, Situation
from labkit.exercises.speaking import Clients, end, running_as
from labkit.model import Bout, Limits, Program, Recording

OUTPUT = 1 << 20
_ENV = {"PATH": "/usr/bin:/bin"}  # what a shell in it looks for, it finds everywhere in as many steps
_PROCESSES = 24  # no exercise needs more, and a fork storm is over sooner
# A program that does not end is recorded once more to be shown: so many seconds and calls of it are enough.
_BRIEFLY, _FEW = 0.5, 400
_TRACED = 1.5  # times as long as alone a traced server may take for an answer
_TERM = 1.0  # seconds for a server to end after SIGTERM
_MOST = 3.0  # times as much as usual: no machine is given longer


class Attempt:
    """One program, and what was seen of it so far; `told` hears, in words, what is being tried next."""

    def __init__(self, program: Program, told: Callable[[str], None] = lambda _: None) -> None:
        self.program = program
        self._told = told
        self._seen: dict[Situation, Observation] = {}

    def observe(self, situation: Situation) -> Observation:
        """What the program does in `situation`. Raises UnsupportedError where it cannot be recorded."""
        if situation not in self._seen:
            self._told(situation.says)
            self._seen[situation] = _how(situation)(self.program, situation)
        return self._seen[situation]

    def recorded(self, situation: Situation, *, lines: bool = False, briefly: bool = False) -> Observation:
        """The same situation once more under the tracer, so that there are steps to point at; `briefly` of no end."""
        again = replace(situation, recorded=True, lines=lines or situation.lines)
        few = min(_FEW, situation.events)
        return self.observe(replace(again, seconds=_BRIEFLY, events=few) if briefly else again)


def _how(situation: Situation) -> Callable[[Program, Situation], Observation]:
    """How an answer is tried in `situation`."""
    if situation.recorded:
        return _record
    if situation.script:
        return _meet
    if not situation.alone:
        return _record
    return _serve if situation.asked else _run


def _run(program: Program, situation: Situation) -> Observation:
    seen = run(
        program,
        situation.args,
        stdin=situation.stdin,
        env=_ENV,
        files=dict(situation.files),
        limits=_limits(situation.seconds),
    )
    left = {file.name: Left(file.size, file.data) for file in seen.files}
    return Observation(situation, seen, left)


def _meet(program: Program, situation: Situation) -> Observation:
    """What the clients of the script meet; a program that never listens has a bout without moments."""
    limits = Limits(seconds=30.0, output=OUTPUT, processes=_PROCESSES)
    try:
        bout = measure_bout(program, situation.script, args=situation.args or ("0",), limits=limits)
    except NobodyListensError:
        seen = run(program, situation.args or ("0",), env=_ENV, limits=_limits(situation.seconds))
        return Observation(situation, seen, {}, bout=Bout(program.name, situation.script, (), ending(seen), run=seen))
    assert bout.run is not None
    return Observation(situation, bout.run, {}, bout=bout)


def _serve(program: Program, situation: Situation) -> Observation:
    """A server at its own speed, and its clients."""
    clients = Clients(situation.asked, _patience())
    with contextlib.ExitStack() as stack:
        files, limits = dict(situation.files), _limits(situation.seconds)
        running = start(stack, program, args=situation.args, env=_ENV, files=files, limits=limits)
        _furnish(running.folder, situation)

        def server() -> int | None:
            return next(below(running.supervisor), None)

        clients.speak(server)
        if (pid := server()) is not None:
            end(pid)
        deaf = threading.Timer(_TERM, running.stop)  # it does not end for SIGTERM
        deaf.start()
        seen = running.finish()
        deaf.cancel()
    return Observation(situation, seen, {}, served=clients.served)


def _furnish(folder: Path, situation: Situation) -> None:
    for name in situation.folders:
        (folder / name).mkdir()
    for new, old in situation.links:
        (folder / new).hardlink_to(folder / old)
    for new, text in situation.symlinks:
        (folder / new).symlink_to(text)


def _record(program: Program, situation: Situation) -> Observation:
    with scratch("record") as folder:
        place(folder, dict(situation.files))
        _furnish(folder, situation)
        if situation.asked:
            return _record_served(program, situation, folder)
        seen, whole = _recorded(program, situation, folder)
        left = {path.relative_to(folder).as_posix(): _left(path) for path in sorted(folder.rglob("*"))}
    return Observation(situation, seen, {name: found for name, found in left.items() if found}, whole)


def _record_served(program: Program, situation: Situation, folder: Path) -> Observation:
    """A server under the tracer, and its clients, who are not."""
    clients = Clients(situation.asked, max(_TRACED, _patience()))

    def server() -> int | None:
        return running_as(program.path, folder)

    def speak() -> None:
        clients.speak(server)
        if (pid := server()) is not None:
            end(pid)

    with ThreadPoolExecutor(1) as beside:
        spoken = beside.submit(speak)
        try:
            seen, whole = _recorded(program, situation, folder)
        finally:
            clients.stopped.set()
        spoken.result()
    return Observation(situation, seen, {}, whole, clients.served)


def _recorded(program: Program, situation: Situation, folder: Path) -> tuple[Recording, Recording | None]:
    """What is told of the program, and the recording of all programs, where there were others."""
    options: dict[str, Any] = {
        "env": _ENV,
        "folder": folder,
        "inject": situation.faults,
        "lines": situation.lines,
        "in_turn": situation.in_turn,
        "limits": _limits(situation.seconds),
        "events": situation.events,
        "data_limit": 1 << 17,  # all bytes of each call: the judges compare them
    }
    before, after = (tuple(map(_other, others)) for others in (situation.before, situation.after))
    typed = (*(None for _ in before), situation.stdin)
    for count in range(len(after), -1, -1):
        if not before and not count:
            break
        try:
            whole = record_together(*before, (program, situation.args), *after[:count], stdin=typed, **options)
            return share(whole, len(before)), whole
        except (NobodyListensError, UnsupportedError):  # what happens without the last one tells why; so do twins
            continue
    return record(program, situation.args, stdin=situation.stdin, **options), None


def _other(other: str | Other) -> str | tuple[Program, tuple[str, ...]]:
    if isinstance(other, str):
        return other
    return build(other.program, name=other.name), other.args


def _left(path: Path) -> Left | None:
    """A regular file as it was left; one that its owner may not read is read all the same, None if that fails."""
    if path.is_symlink() or not path.is_file():
        return None
    status = path.stat()
    try:
        path.chmod(0o600)
        return Left(status.st_size, path.read_bytes(), status.st_mode & 0o7777)
    except OSError:
        return Left(status.st_size, b"", status.st_mode & 0o7777)


def _limits(seconds: float) -> Limits:
    return Limits(seconds=seconds * _patience(), output=OUTPUT, processes=_PROCESSES)


def _patience() -> float:
    """How many times longer than alone this machine takes now: a busy one must not make a right answer wrong."""
    wall, cpu = time.perf_counter(), time.thread_time()
    while time.thread_time() - cpu < 0.004:
        pass
    return min(max(1.0, (time.perf_counter() - wall) / 0.004), _MOST)
