"""However a recording is ended, from outside or by what the program does to it, nothing of it is left."""

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tracing import PLAN, nothing_left

from labkit.capture.surroundings import scratch
from labkit.capture.trace import trace
from labkit.errors import LabkitError
from labkit.model import Limits
from tests.ordinary import environment

pytestmark = pytest.mark.ptrace

# A family that would live for ever, with a stopped child and a grandchild in its own session; says "ready" by a FIFO.
FAMILY = (
    "( (trap '' TERM HUP INT; exec setsid sleep 1000) & ); sleep 1000 & kill -STOP $!; "
    "echo ready > ready; exec cat /dev/zero > /dev/null"
)

LAUNCH = """
import os, sys
from labkit.capture.trace import trace
from labkit.model import Limits
trace(["/bin/sh", "-c", sys.argv[1]], plan=sys.argv[2], cwd=sys.argv[3], limits=Limits(seconds=60))
"""


def wait_for_ready(folder):
    """Returns when the program has opened the FIFO and written; fails instead of waiting for ever."""
    fifo = os.open(folder / "ready", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([fifo], [], [], 30)[0], "the program did not get ready"
    finally:
        os.close(fifo)


def tracers():
    """The tracer processes that are children of this process."""
    pids = [int(word) for task in Path("/proc/self/task").iterdir() for word in (task / "children").read_text().split()]
    return [pid for pid in pids if "/tracer/" in str(Path(f"/proc/{pid}/exe").readlink())]


@pytest.fixture
def folder(tmp_path):
    os.mkfifo(tmp_path / "ready")
    return tmp_path


def launch(folder, marked):
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCH, FAMILY, PLAN, str(folder)],
        env={**environment(), **marked},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_tracers_death_ends_the_program(folder, number):
    said = []

    def run(marked):
        try:
            trace(
                ["/bin/sh", "-c", FAMILY],
                plan=PLAN,
                cwd=folder,
                env={**os.environ, **marked},
                limits=Limits(seconds=60),
            )
        except LabkitError as error:
            said.append(str(error))

    with nothing_left() as marked:
        thread = threading.Thread(target=run, args=(marked,))
        thread.start()
        wait_for_ready(folder)
        (pid,) = tracers()
        os.kill(pid, number)
        thread.join(30)
        assert not thread.is_alive()
    assert said and f"killed by {number.name}" in said[0]


def test_the_launchers_death_ends_the_program(folder):
    with nothing_left() as marked:
        process = launch(folder, marked)
        wait_for_ready(folder)
        process.kill()
        process.communicate(timeout=30)
    with scratch("trace"):  # nobody cleans up after SIGKILL but the next one
        pass


def test_an_interrupt_ends_the_program_and_is_passed_on(folder):
    with nothing_left() as marked:
        process = launch(folder, marked)
        wait_for_ready(folder)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert complaint.rstrip().endswith("KeyboardInterrupt")


def test_the_whole_groups_interrupt_does_not_reach_the_tracer(folder):
    """Jupyter's stop button signals the whole process group; the tracer must live to end the program."""
    with nothing_left() as marked:
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, FAMILY, PLAN, str(folder)],
            env={**environment(), **marked},
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        wait_for_ready(folder)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT


def test_a_program_that_kills_its_tracer(tmp_path):
    """The tracer is the program's parent, and may be killed by it: an error, not a hang."""
    with nothing_left() as marked, pytest.raises(LabkitError, match="killed by SIGKILL"):
        trace(
            ["/bin/sh", "-c", "kill -KILL $PPID; sleep 1000"],
            plan=PLAN,
            env={**os.environ, **marked},
            limits=Limits(seconds=30),
        )


def test_no_descriptor_and_no_file_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = {path.name for path in Path("/proc/self/fd").iterdir()}
    trace(["/bin/echo", "x"], plan=PLAN, stdin=b"y", stdout="file", stderr="file")
    with pytest.raises(LabkitError):
        trace(["/no/such/program"], plan=PLAN)
    assert len({path.name for path in Path("/proc/self/fd").iterdir()} - before) == 0
    assert list(tmp_path.iterdir()) == []
