"""The log is read while the program runs: as it comes, without the program ever waiting for its reader."""

import os
import signal
import time

import pytest
from tracing import PLAN, nothing_left

from labkit.capture.build import build
from labkit.capture.rawlog import records
from labkit.capture.symbolize import Symbolizer
from labkit.capture.trace import trace
from labkit.decode.assemble import assemble
from labkit.errors import LabkitError
from labkit.model import Limits
from tests.bench.programs import program

pytestmark = pytest.mark.ptrace
PAUSE, WRITE = 34, 1

# Writes far more than fits into any pipe between tracer and reader, and then says that it is done.
MANY = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    for (int i = 0; i < 12000; i++)
        if (write(1, "x", 1) != 1)
            return 1;
    return open("done", O_CREAT | O_WRONLY, 0600) < 0;
}
"""


def test_records_come_while_the_program_runs():
    """The program pauses for ever; it is ended by who reads that it does."""

    def read(log):
        for raw in log:
            if raw.kind == "entry" and raw.nr == PAUSE:
                os.kill(raw.pid, signal.SIGTERM)

    with nothing_left() as marked:
        source = "#include <unistd.h>\nint main(void) { return pause(); }\n"
        ran = trace([str(build(source).path)], plan=PLAN, env=marked, limits=Limits(seconds=30), read=read)
    assert (ran.status, ran.ended_by, ran.log) == (signal.SIGTERM, "", b"")


def test_the_program_does_not_wait_for_its_reader(tmp_path):
    kinds = []

    def read(log):
        for _ in range(3000):  # at most 30 seconds; nothing is read until the program is done
            if (tmp_path / "done").exists():
                break
            time.sleep(0.01)
        assert (tmp_path / "done").exists()
        kinds.extend(raw.kind for raw in log if raw.nr == WRITE or raw.kind == "end")

    with nothing_left() as marked:
        path = str(build(MANY).path)
        ran = trace([path], plan=PLAN, env=marked, cwd=tmp_path, stdout="file", limits=Limits(seconds=60), read=read)
    assert kinds == ["entry", "exit"] * 12000 + ["end"]
    assert (ran.status, len(ran.output[0].data)) == (0, 12000)


def test_what_a_reader_leaves_is_read_to_the_end():
    with nothing_left() as marked:
        ran = trace(["/bin/echo", "x"], plan=PLAN, env=marked, read=lambda log: next(log) and None)
    assert (ran.status, b"".join(chunk.data for chunk in ran.output)) == (0, b"x\n")


def test_a_reader_that_fails_ends_the_program():
    def read(log):
        raise LabkitError(f"no more after {next(log).kind}")

    with nothing_left() as marked, pytest.raises(LabkitError, match="no more after start"):
        trace(["/bin/sleep", "1000"], plan=PLAN, env=marked, limits=Limits(seconds=60), read=read)


@pytest.mark.parametrize("name", ["fork", "print", "getc"])
def test_a_log_in_parts_is_decoded_to_the_same(name, tmp_path):
    with nothing_left() as marked:
        log = trace([str(program(name).path)], plan=PLAN, env=marked, cwd=tmp_path, stdout="file").log
    whole, parts = Symbolizer(), Symbolizer()
    cut = [log[at : at + 5000] for at in range(0, len(log), 5000)]
    assert len(cut) > 1
    assert assemble(records(log), whole.see, whole.streams) == assemble(records(cut), parts.see, parts.streams)
