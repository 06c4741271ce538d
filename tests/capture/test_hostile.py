"""Programs that are hostile by accident: each ends, says why, and leaves nothing behind."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import labkit
from labkit.capture.run import run
from labkit.decode.text import visible
from labkit.decode.verdict import verdict

HOSTILE = Path(__file__).parent / "hostile"


def alive(mark):
    """The processes that carry `mark` in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes() and path.parent.joinpath("stat").read_text().split(")")[1][1] != "Z":
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def hostile(name, **options):
    mark = secrets.token_hex(8)
    try:
        return run(HOSTILE / f"{name}.c", env={"LABKIT_TEST_MARK": mark}, **options)
    finally:
        assert alive(mark) == []


@pytest.mark.parametrize(
    ("name", "limit", "says"),
    [
        ("loop", {"seconds": 0.5}, "still running after 0.5 s"),
        ("ears", {"seconds": 0.5, "stdin": "hello\n"}, "still running after 0.5 s"),
        ("storm", {"processes": 40}, "more than 40 processes"),
        ("flood", {"output": 100_000}, "wrote more than 97.6562 KiB of output"),
        ("glutton", {"memory": 64 << 20}, "used more than 64 MiB of memory"),
        ("filler", {"file_size": 1 << 20}, "made a file larger than 1 MiB"),
        ("deserter", {"seconds": 0.5}, "left 1 process running"),
    ],
)
def test_a_limit_ends_it_and_is_named(name, limit, says):
    result = hostile(name, **limit)
    reached = next(key for key in limit if key != "stdin")
    assert result.ended_by == reached
    assert says in verdict(result) and f"`{reached}`; raise it with {reached}=" in verdict(result)


def test_a_storm_is_ended_while_it_is_small():
    """It doubles in a fraction of a millisecond; when it was counted before it was ended, it came to thousands."""
    result = hostile("storm", processes=40)
    assert result.ended_by == "processes" and 40 < result.left_running < 2000


def may_go_first():
    """Whether the supervisor may have its turn before all others (sched(7)); ordinary users may not."""
    code = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_a_storm_that_scatters_is_ended_too():
    """Each of its processes is alone in a session, out of reach of a signal to the group, with a share of its own."""
    if not may_go_first():
        pytest.skip("NOT TESTED: an ordinary user's supervisor gets too few turns; the storm blows over by itself")
    result = hostile("scatter", processes=40)
    assert result.ended_by == "processes" and 40 < result.left_running < 5000


@pytest.mark.parametrize("stdout", ["terminal", "pipe", "file"])
def test_a_flood_is_cut_at_the_limit_wherever_it_goes(stdout):
    result = hostile("flood", stdout=stdout, output=100_000)
    assert result.ended_by == "output" and len(result.output()) == 100_000


def test_ears_on_a_terminal_too():
    assert hostile("ears", stdout="terminal", seconds=0.5).ended_by == "seconds"


def test_a_crash_says_what_it_was():
    result = hostile("crash")
    assert result.signal == "SIGSEGV" and "memory that is not its own" in verdict(result)
    assert result.output() == b""  # what it had printed was in its buffer


def test_a_terabyte_that_is_refused_is_a_crash_of_the_program():
    assert hostile("greedy").signal == "SIGSEGV"


@pytest.mark.parametrize(("name", "says"), [("broken", "expected ';'"), ("headless", "has no main function")])
def test_what_does_not_build_is_the_compilers_message(name, says):
    with pytest.raises(labkit.CompileError, match=says):
        hostile(name)


def test_all_bytes_arrive_and_are_shown_as_text():
    result = hostile("binary")
    assert result.output() == bytes(range(256))
    assert visible(result.output()).isprintable()


def test_a_working_folder_that_the_program_locked_is_removed():
    source = r"""
#include <fcntl.h>
#include <sys/stat.h>
int main(void)
{
    return mkdir("locked", 0700) | open("locked/file", O_CREAT | O_WRONLY, 0) < 0 | chmod("locked", 0) | chmod(".", 0);
}
"""
    before = set(Path("/tmp").glob("labkit-run-*"))
    run(source)
    assert set(Path("/tmp").glob("labkit-run-*")) <= before


NOTEBOOK = """
import labkit, sys
print("ready", flush=True)
labkit.run(sys.argv[1], env={"LABKIT_TEST_MARK": sys.argv[2]}, seconds=60, output=1 << 40)
"""


@pytest.mark.parametrize("name", ["loop", "deserter", "flood"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopping_the_cell_or_losing_the_kernel_ends_everything(name, how):
    mark = secrets.token_hex(8)
    source = HOSTILE / f"{name}.c"
    labkit.build(source)
    command = [sys.executable, "-c", NOTEBOOK, str(source), mark]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as kernel:
        assert kernel.stdout.readline() == b"ready\n"
        wait_until(lambda: alive(mark))
        time.sleep(0.2)  # a flood has more to say by then than a pipe holds
        os.kill(kernel.pid, how)
        kernel.wait(20)
    wait_until(lambda: not alive(mark))


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
