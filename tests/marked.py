"""Finds every process that descends from a test, however far it ran: all carry the test's mark in their environment."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path

NAME = "LABKIT_TEST_MARK"


def processes_with(mark: str) -> list[int]:
    """The pids, other than our own, whose environment carries `mark` (proc(5), environ; a zombie has none)."""
    wanted = f"{NAME}={mark}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
    return [pid for pid in found if pid != os.getpid()]


def left_after(mark: str, seconds: float) -> list[str]:
    """The command lines of the processes with `mark` that are still there when each was given `seconds` to end."""
    left = []
    for pid in processes_with(mark):
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                if not select.select([handle], [], [], seconds)[0]:
                    with suppress(OSError):
                        left.append(
                            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                        )
            finally:
                os.close(handle)
    return left
