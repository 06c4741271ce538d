"""The course's driver, built and loaded into a running kernel, used by a program, changed, and broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.errors import CompileError, LabkitError
from labkit.kernel_box.machine import BoxGone
from labkit.kernel_box.module import DRIVER, said
from labkit.kernel_box.places import Places
from labkit.kernel_box.warm import Box

pytestmark = pytest.mark.box
SOURCE = (DRIVER / "lab.c").read_text()

USES = """
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
struct lab_counts { unsigned opens, releases, reads, writes, sleeps, interrupts, deferred; };
int main(void)
{
    struct lab_counts counts;
    char answer[16];
    int card = open("/dev/lab", O_RDWR | O_NONBLOCK);
    if (card < 0)
        return 1;
    printf("%d ", read(card, answer, sizeof answer) < 0 && errno == EAGAIN);
    printf("%d ", write(card, "x", 1) < 0 && errno == EINVAL);
    printf("%zd ", write(card, "5", 1));
    struct pollfd until = {.fd = card, .events = POLLIN};
    printf("%d ", poll(&until, 1, 5000));
    ssize_t got = read(card, answer, sizeof answer);
    printf("%.*s ", (int)got - 1, answer);
    printf("%d ", ioctl(card, _IOR('L', 99, int), answer) < 0 && errno == ENOTTY);
    if (ioctl(card, _IOR('L', 1, struct lab_counts), &counts) < 0)
        return 1;
    printf("%u %u %u %u\\n", counts.reads, counts.writes, counts.interrupts, counts.deferred);
    return 0;
}
"""


@pytest.fixture
def box(places: Places) -> Iterator[Box]:
    made = Box(places)
    yield made
    made.close()


def test_it_answers_sleeps_and_counts(box: Box) -> None:
    box.load()
    assert box.run(box.program("card")).text == "10! = 3628800\n"
    assert box.run(box.program(USES)).text == "1 1 1 1 120 1 3 2 2 2\n"
    assert box.run("grep -c lab /proc/interrupts").text == "1\n"
    assert box.run("rmmod lab; test -e /dev/lab; echo $?; grep -c lab /proc/interrupts").text == "1\n0\n"


def test_a_readers_sleep_and_the_two_halves_of_its_wake_up_are_in_one_path(box: Box) -> None:
    box.load()
    graph = box.path("card", asleep=True)
    where = {step.name: (n, step.side, step.module) for n, step in enumerate(graph.steps) if step.module == "lab"}
    assert where["lab_read"][1:] == ("call", "lab")
    assert where["lab_interrupt"][1:] == ("interrupt", "lab")
    assert where["lab_deferred"][1:] == ("work", "lab")
    assert where["lab_read"][0] < where["lab_interrupt"][0] < where["lab_deferred"][0]
    asleep = next(n for n, step in enumerate(graph.steps) if step.name == "sched_switch")
    assert where["lab_read"][0] < asleep < where["lab_interrupt"][0]


def test_a_changed_driver_takes_the_place_of_the_one_before(box: Box) -> None:
    box.load()
    box.load(SOURCE.replace('"%u\\n", result', '"<%u>\\n", result'))
    assert box.run(box.program("card")).text == "10! = <3628800>\n"


def test_what_does_not_compile_is_told_with_the_compilers_words(box: Box) -> None:
    with pytest.raises(CompileError, match=r"lab\.c:\d+:\d+: error: .*no member named .open."):
        box.load(SOURCE.replace("counts.opens++", "counts.open++"))


def test_what_the_kernel_refuses_is_told(box: Box) -> None:
    refused = SOURCE.replace("return pci_register_driver(&lab_driver);", "return -ENODEV;")
    with pytest.raises(LabkitError, match="does not take the driver"):
        box.load(refused)


def test_a_driver_that_crashes_costs_a_new_start_and_nothing_else(box: Box) -> None:
    box.load(SOURCE.replace("counts.reads++;", "counts.reads++; *(volatile int *)8 = 1;"))
    with pytest.raises(BoxGone, match=r"(?s)NULL pointer dereference.*lab_read"):
        box.run(box.program("card"))
    assert box.run("true").status == 0 and box.live.boots == 2
    box.load()
    assert box.run(box.program("card")).text == "10! = 3628800\n"


def test_only_the_compilers_words_are_shown() -> None:
    assert said("make[2]: *** [x]\n/t/lab.c:1:2: error: y\n\n", "/t") == "lab.c:1:2: error: y"
