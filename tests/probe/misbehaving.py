"""Attempts that do what an attempt must never do. Run only under `labkit.probe.supervise`."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from labkit.probe.entry import NotWorking
from tests import restrict


def behaves(home: Path) -> str:
    return "seen"


def says_no(home: Path) -> str:
    raise NotWorking("tried, and no")


def is_refused(home: Path) -> str:
    os.kill(1 << 22, 0)  # larger than any pid: ESRCH
    return "unreachable"


def raises(home: Path) -> str:
    return {}["missing"]


def hangs(home: Path) -> str:
    while True:
        signal.pause()


def hangs_deaf(home: Path) -> str:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(3600)


def spins(home: Path) -> str:
    while True:
        pass


def stops_itself(home: Path) -> str:
    os.kill(os.getpid(), signal.SIGSTOP)
    return "continued"


def crashes(home: Path) -> str:
    ctypes.string_at(0)
    return "unreachable"


def is_killed_by_a_filter(home: Path) -> str:
    restrict.refuse({"kcmp": restrict.KILL})
    ctypes.CDLL(None).syscall(restrict.number("kcmp"), 0, 0, 0, 0, 0)
    return "unreachable"


def exits(home: Path) -> str:
    sys.exit("bye")


def exits_at_once(home: Path) -> str:
    os._exit(3)


def leaves_descendants(home: Path) -> str:
    """Three of them: in its group, in a session of its own, and with the answer's pipe still open."""
    for leave in (lambda: None, os.setsid, os.setsid):
        if os.fork() == 0:
            leave()
            while True:
                signal.pause()
    return "answered"


def dies_and_leaves_the_pipe_open(home: Path) -> str:
    if os.fork() == 0:
        os.setsid()
        while True:
            signal.pause()
    os._exit(0)


def litters(home: Path) -> str:
    (home / "folder").mkdir()
    (home / "folder" / "file").write_text("left")
    Path("relative").write_text("left")
    return str(Path.cwd() == home)


def shouts(home: Path) -> str:
    print("noise" * 100_000, flush=True)
    print("noise", file=sys.stderr, flush=True)
    return str(len(sys.stdin.read()))


def talks_too_much(home: Path) -> str:
    return "x" * 10_000_000
