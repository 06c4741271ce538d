"""System calls followed in a running kernel, against that kernel's own symbols and what the program says of itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.decode.kernel_rules import OWN, points
from labkit.errors import LabkitError
from labkit.kernel_box.places import Places
from labkit.kernel_box.warm import Box

pytestmark = pytest.mark.box


@pytest.fixture(scope="module")
def box(places: Places) -> Iterator[Box]:
    made = Box(places)
    made.run("true")  # the channel is open before the first test
    yield made
    made.close()


KINDS = {
    "/dev/zero": "read_zero", "/dev/urandom": "urandom_read_iter", "pipe": "pipe_read", "terminal": "tty_read",
    "socket": "sock_read_iter", "/disk/numbers": "ext4_file_read_iter",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_call_takes_another_way_for_each_kind_of_file(box: Box, kind: str) -> None:
    graph = box.path("one_read", [kind])
    assert (graph.call, graph.result, graph.program, graph.args) == ("read", 16, "one_read", (kind,))
    assert [step.name for step, point in zip(graph.steps, points(graph), strict=True) if point is OWN] == [KINDS[kind]]
    known = {line.split()[2] for line in box.get("/proc/kallsyms").decode().splitlines()}
    assert set(graph.functions()) <= known
    assert graph.kernel == box.run("uname -r").text.strip()


def test_a_cold_file_is_read_from_the_device_and_a_cached_one_is_not(box: Box) -> None:
    cold = box.path("one_read", ["/disk/numbers", "cold"])
    issued = [step.detail for step in cold.steps if step.name == "block_rq_issue"]
    assert issued and "nvme_irq" in {step.name for step in cold.steps if step.side == "interrupt"}
    cached = box.path("one_read", ["/disk/numbers"])
    assert not any(step.name == "block_rq_issue" for step in cached.steps)


ASLEEP = """
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) < 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        usleep(50000);
        return write(ends[1], "x", 1) != 1;
    }
    return child < 0 || read(ends[0], &byte, 1) != 1 || wait(NULL) != child;
}
"""


def test_a_learners_own_program_sleeps_and_is_woken(box: Box) -> None:
    graph = box.path(ASLEEP, fd=3, asleep=True)
    assert graph.result == 1
    names = [step.name for step in graph.steps]
    left = next(n for n, step in enumerate(graph.steps) if step.name == "sched_switch")
    assert names.index("pipe_read") < left < names.index("sched_waking", left)
    assert f"prev_pid={graph.steps[0].tid}" in graph.steps[left].detail


def test_other_calls_and_later_ones_can_be_followed(box: Box) -> None:
    written = box.path("one_read", ["pipe"], call="write", nth=1, fd=4)
    assert "pipe_write" in written.functions() and written.result == 16
    assert "ext4_file_open" in box.path("one_read", ["/disk/greeting"], call="openat").functions()
    with pytest.raises(LabkitError, match="made no read number 7"):
        box.path("one_read", ["/dev/zero"], nth=7)
    with pytest.raises(LabkitError, match="no system call 'reed'"):
        box.path("one_read", call="reed")
    with pytest.raises(LabkitError, match="did not end within 1 seconds"):
        box.path("int main(void) { for (;;); }", seconds=1)
    assert box.path("one_read", ["/dev/zero"]).result == 16  # and it goes on
    assert box.live.boots == 1
