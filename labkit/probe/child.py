"""A child process to try things on: it does one thing, says so, and waits. Knows nothing of what is tried on it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labkit.probe.kernel import die_with_parent


@contextmanager
def child_that(does: Callable[[], bytes]) -> Iterator[tuple[int, bytes]]:
    """A forked child that has done something and sleeps: its pid and what `does` returned in it. Killed afterwards."""
    report, report_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            die_with_parent()
            os.write(report_end, does())
            signal.pause()
        finally:
            os._exit(1)
    os.close(report_end)
    try:
        yield pid, os.read(report, 4096)
    finally:
        os.close(report)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
