"""Tries entries each in a process of its own, and lets none of them hang, crash or litter. Knows no particular probe.

Runs in the single-threaded helper, never in the Jupyter kernel: a fork of a process with threads is unsafe, and a
tracer there takes the kernel's other children (waitpid(2)).
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import signal
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from labkit.probe.attempt import attempt
from labkit.probe.entry import Entry, Trial
from labkit.probe.kernel import die_with_parent, prctl

AT_ONCE = 4
LONGEST_DETAIL = 500
PR_SET_CHILD_SUBREAPER = 36


@dataclass(eq=False)
class _UnderWay:
    """One probe being tried: its process, the pipe its answer comes by, and when (monotonic seconds) it is cut off."""

    entry: Entry
    pid: int
    answer: int
    until: float
    heard: bytearray = field(default_factory=bytearray)

    def listen(self) -> bool:
        """Take what the probe has sent; true when nothing more will come."""
        more = os.read(self.answer, 1 << 16)
        self.heard += more
        return not more or self.heard.endswith(b"\n")


def supervise(entries: Iterable[Entry], tell: Callable[[str, Trial], None], lifeline: int | None = None) -> None:
    """Try all `entries`, a few at once, and `tell` each one's name and trial as soon as it is known.

    Gives up when the descriptor `lifeline` reaches end of file: whoever asked is gone. On return every process started
    here has been ended, those that left their session included, and every file removed.
    """
    # prctl(2): whoever loses its parent becomes our child, so that it can be found and ended.
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    waiting = list(entries)[::-1]
    under_way: list[_UnderWay] = []
    with (
        tempfile.TemporaryDirectory(prefix="labkit-doctor-", ignore_cleanup_errors=True) as folder,
        selectors.DefaultSelector() as selector,
    ):
        if lifeline is not None:
            selector.register(lifeline, selectors.EVENT_READ)
        try:
            while waiting or under_way:
                while waiting and len(under_way) < AT_ONCE:
                    probe = _begin(waiting.pop(), Path(tempfile.mkdtemp(dir=folder)))
                    under_way.append(probe)
                    selector.register(probe.answer, selectors.EVENT_READ, probe)
                patience = max(0.0, min(probe.until for probe in under_way) - time.monotonic())
                ready = [key.data for key, _ in selector.select(patience)]
                if None in ready:
                    return
                for probe in list(under_way):
                    said_all = probe in ready and probe.listen()
                    if said_all or time.monotonic() >= probe.until:
                        selector.unregister(probe.answer)
                        under_way.remove(probe)
                        tell(probe.entry.name, _finish(probe, said_all))
        finally:
            for probe in under_way:
                _finish(probe, False)
            _end_strays()


def _begin(entry: Entry, home: Path) -> _UnderWay:
    answer, answer_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _live_and_exit(entry, home, answer_end)
    os.close(answer_end)
    return _UnderWay(entry, pid, answer, time.monotonic() + entry.seconds)


def _live_and_exit(entry: Entry, home: Path, answer_end: int) -> None:
    """The whole life of a probe's process, which must never come back into the supervisor's code."""
    try:
        die_with_parent()
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(home)
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nothing, fd)
        trial = attempt(entry, home)
        os.write(answer_end, json.dumps([trial.works, trial.detail[:LONGEST_DETAIL], trial.errno]).encode() + b"\n")
    finally:
        os._exit(0)


def _finish(probe: _UnderWay, said_all: bool) -> Trial:
    """End the probe's process and all of its session, and say what came of it."""
    answered = probe.heard.endswith(b"\n")
    if said_all and not answered:
        _wait_for_end(probe.pid, 0.5)  # it closed the pipe by dying: let it finish, so that its own signal is seen
    own_end = _ended(probe.pid)
    # The whole group, and while its leader is not yet reaped: its number cannot have become somebody else's.
    for end in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            end(probe.pid, signal.SIGKILL)
    gone = _wait_for_end(probe.pid, 1.0)
    if gone:
        os.waitpid(probe.pid, 0)
    os.close(probe.answer)
    if answered:
        works, detail, number = json.loads(probe.heard)
        return Trial(works, detail, number)
    if own_end is not None and own_end.si_code != os.CLD_EXITED:
        return Trial(False, f"the process that tried it was ended by {signal.Signals(own_end.si_status).name}")
    if own_end is not None:
        return Trial(False, f"the process that tried it exited ({own_end.si_status}) and said nothing")
    cut = f"no answer within {probe.entry.seconds:g} s: cut off"
    return Trial(False, cut if gone else f"{cut}, and it cannot be ended")


def _ended(pid: int) -> os.waitid_result | None:
    """How our child `pid` ended, without reaping it; None while it lives."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def _wait_for_end(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while _ended(pid) is None:
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def _end_strays(seconds: float = 1.0) -> None:
    """End and reap whatever else has become our child, for at most `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        for pid in _children():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


def _children() -> list[int]:
    """Our own children, from proc(5): the fourth field of stat, after the name in parentheses, is the parent."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                found.append(int(stat.parent.name))
    return found
