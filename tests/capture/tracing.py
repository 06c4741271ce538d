"""Runs programs under the tracer for the tests: each run carries a mark, and leaves no process with it."""

import secrets
import subprocess
from contextlib import contextmanager
from pathlib import Path

from labkit.capture.build import build
from labkit.capture.rawlog import records
from labkit.capture.trace import trace
from labkit.decode.calls import plan
from labkit.model import Limits
from tests.marked import NAME, left_after

PROGRAMS = Path(__file__).parent / "programs"
PLAN = plan()


@contextmanager
def nothing_left():
    """Gives a mark for the environment of a program; at the end no process carries it any more."""
    mark = secrets.token_hex(8)
    yield {NAME: mark, "PATH": "/usr/bin:/bin"}
    assert left_after(mark, 5.0) == []


def compiled(name, *flags):
    return str(build(PROGRAMS / f"{name}.c", flags=flags).path)


def traced(argv, *, plan=PLAN, seconds=20.0, **options):
    """The Trace of a run and its records, without the ones of the dynamic linker's and libc's beginnings left out."""
    limits = options.pop("limits", None) or Limits(seconds=seconds)
    with nothing_left() as environment:
        result = trace(argv, plan=plan, env={**environment, **options.pop("env", {})}, limits=limits, **options)
    return result, list(records(result.log))


def printed(result, fd=1):
    return b"".join(chunk.data for chunk in result.output if chunk.fd == fd)


def alone(argv, folder):
    """What the program prints and how it ends without a tracer."""
    with nothing_left() as environment:
        ran = subprocess.run(
            argv, cwd=folder, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=30
        )
    return ran.stdout, ran.returncode
