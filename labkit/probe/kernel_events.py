"""Tries to have this machine's kernel report a system call through tracefs (ftrace), in a trace instance of our own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from labkit.probe.entry import NotWorking
from labkit.probe.kernel import number

PLACES = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))


def trace_a_call(home: Path) -> str:
    """Make a trace instance, have it report our own getppid(2), and remove it."""
    tracefs = _mounted()
    instance = tracefs / "instances" / f"labkit-doctor-{os.getpid()}"
    instance.mkdir()
    event = instance / "events/raw_syscalls/sys_enter/enable"
    try:
        (instance / "set_event_pid").write_text(str(os.getpid()))
        event.write_text("1")
        os.getppid()
        event.write_text("0")
        trace = (instance / "trace").read_text()
    finally:
        # Only a disabled instance can be removed; if even this is refused, the first refusal is the one to report.
        with suppress(OSError):
            event.write_text("0")
        instance.rmdir()
    if f"NR {number('getppid')} " not in trace:
        raise NotWorking("the kernel accepted the event, and reported no getppid(2) of ours")
    return f"{tracefs} reported a system call of ours from inside the kernel"


def _mounted() -> Path:
    for place in PLACES:
        # Another error than "not there" goes to the reader: it is there and closed to us.
        with suppress(FileNotFoundError):
            (place / "instances").stat()
            return place
    raise NotWorking(f"no tracefs at {PLACES[0]}")
