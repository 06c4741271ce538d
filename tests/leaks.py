"""What a test left behind: processes however far removed, open descriptors, files in the temporary folder.

Orphans come back to the test process because it is their subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), so a program
that forked twice to get away is found like any other child.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
GRACE = 1.0  # seconds for what was killed to be gone: the kernel takes down a process's memory first


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def children() -> frozenset[int]:
    """The pids of our running child processes; a zombie among them is reaped, not counted."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():  # proc(5): children are listed by the thread they belong to
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended: its children are another's now
            found |= {int(pid) for pid in (thread / "children").read_text().split()}
    for pid in [pid for pid in found if not _is_running(pid)]:
        found.remove(pid)
        # Orphans that were killed as they should be end as our zombies, as they would as init's.
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return frozenset(found)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def descriptors() -> dict[int, str]:
    """Our open descriptors and where each leads."""
    found = {}
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found[int(link.name)] = str(link.readlink())
    return found


@dataclass(frozen=True)
class Belongings:
    """What the test process has at one moment."""

    processes: frozenset[int]
    descriptors: dict[int, str]
    files: frozenset[str]

    @classmethod
    def now(cls) -> Belongings:
        """What there is now."""
        temporary = frozenset(path.name for path in Path(tempfile.gettempdir()).iterdir())
        return cls(children(), descriptors(), temporary)


def left_since(before: Belongings) -> list[str]:
    """One line for each thing that was not there `before`; a process gets a second to be gone."""
    for pid in children() - before.processes:
        _wait_for_end(pid)
    now = Belongings.now()
    if now != before:  # garbage holds descriptors; collecting it after every test would cost more than the tests
        gc.collect()
        now = Belongings.now()
    lines = [f"process {pid}: {_command(pid)}" for pid in sorted(now.processes - before.processes)]
    new = now.descriptors.items() - before.descriptors.items()
    lines += [f"descriptor {fd} → {target}" for fd, target in sorted(new)]
    lines += [f"{tempfile.gettempdir()}/{name}" for name in sorted(now.files - before.files)]
    return lines


def end_processes(before: Belongings) -> None:
    """Kill and reap what was started since `before`, with its descendants, so that one leak fails one test."""
    for pid in children() - before.processes:
        # Its children come to us when it is gone, so they are found in the next round.
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            end_processes(before)


def _wait_for_end(pid: int) -> None:
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            select.select([handle], [], [], GRACE)
        finally:
            os.close(handle)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(gone)"
