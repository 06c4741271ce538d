"""The exercise of lecture 05 on ioctl: one more command of the course's driver, tried by a program of ours."""

from __future__ import annotations

from labkit.exercises.driver_part import DriverPart, Facts, Trial, parted
from labkit.exercises.exercise import Exercise
from labkit.exercises.requirement import Finding
from labkit.kernel_box.module import DRIVER

_BEFORE, _FUNCTION, _AFTER = parted((DRIVER / "lab.c").read_text(), "static long lab_ioctl(")
_STARTER = "#define LAB_PENDING _IOR('L', 2, __u32)\n\n" + _FUNCTION
_USES = """
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
struct lab_counts { unsigned opens, releases, reads, writes, sleeps, interrupts, deferred; };
#define LAB_COUNTS _IOR('L', 1, struct lab_counts)
#define LAB_PENDING _IOR('L', 2, unsigned)
#define GUARD 0xa5a5a5a5u
static int card;
static void pending(const char *when)
{
    unsigned room[4] = {GUARD, GUARD, GUARD, GUARD};
    int result = ioctl(card, LAB_PENDING, &room[1]);
    int error = result < 0 ? errno : 0;
    printf("%s=%d %d %u %d\\n", when, result, error, room[1], room[0] == GUARD && room[2] == GUARD);
}
static void ask(void)
{
    struct lab_counts before = {0}, after = {0};
    ioctl(card, LAB_COUNTS, &before);
    if (write(card, "5", 1) != 1)
        printf("write=%d\\n", errno);
    for (int n = 0; n < 200 && after.deferred <= before.deferred; n++) {
        usleep(5000);
        ioctl(card, LAB_COUNTS, &after);
        if (after.deferred == 0 && n > 20)
            break;
    }
}
int main(void)
{
    char answer[16];
    struct lab_counts counts = {0};
    card = open("/dev/lab", O_RDWR | O_NONBLOCK);
    if (card < 0)
        return 1;
    int known = ioctl(card, LAB_COUNTS, &counts);
    printf("counts=%d %u\\n", known, counts.opens);
    pending("none");
    ask();
    pending("one");
    pending("again");
    ask();
    ask();
    pending("three");
    ssize_t got = read(card, answer, sizeof answer - 1);
    printf("read=%.*s\\n", got > 0 ? (int)got - 1 : 0, answer);
    pending("two");
    fflush(stdout);
    errno = 0;
    char *closed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int result = ioctl(card, LAB_PENDING, NULL);
    printf("null=%d %d\\n", result, result < 0 ? errno : 0);
    result = ioctl(card, LAB_PENDING, closed);
    printf("closed=%d %d\\n", result, result < 0 ? errno : 0);
    result = ioctl(card, LAB_PENDING, 0xffffffff81000000ul);
    printf("kernel=%d %d\\n", result, result < 0 ? errno : 0);
    result = ioctl(card, _IOR('L', 99, int), answer);
    printf("unknown=%d %d\\n", result, result < 0 ? errno : 0);
    return 0;
}
"""
_EFAULT, _EINVAL, _ENOTTY = 14, 22, 25
_WANTED = {"none": 0, "one": 1, "again": 1, "three": 3, "two": 2}
_WHEN = {
    "none": "Before anything was asked of the card",
    "one": "With one result in the fifo",
    "again": "Asked a second time, with one result in the fifo",
    "three": "With three results in the fifo",
    "two": "With three results in the fifo and one of them read",
}


def _counts(facts: Facts) -> Finding | None:
    if not facts.get("counts", "").startswith("0 ") or facts["counts"] == "0 0":
        return Finding("counts-broken", "LAB_COUNTS does not work any more: the command that was there must stay.")
    return None


def _values(facts: Facts) -> Finding | None:
    results = {name: int(facts.get(name, "0").split()[0]) for name in _WANTED}
    if positive := next((name for name, result in results.items() if result > 0), None):
        says = f"{_WHEN[positive]}, ioctl returns {results[positive]}. It is to return 0; the number goes where the "
        return Finding("as-result", says + "pointer leads.")
    for name, wanted in _WANTED.items():
        result, error, value, guarded = map(int, facts.get(name, "-1 0 0 1").split())
        when = _WHEN[name]
        if result < 0 and error == _ENOTTY:
            return Finding(
                "not-there", f"LAB_PENDING is answered with ENOTTY: {when.lower()}, there is no such command."
            )
        if result < 0:
            return Finding("refused-right-pointer", f"{when}, ioctl fails with errno {error}; the pointer is right.")
        if not guarded:
            return Finding("too-many-bytes", f"{when}, more than the 4 bytes of a __u32 are written to the program.")
        if value == 0xA5A5A5A5:
            says = f"{when}, ioctl returns 0, but nothing is written where the pointer leads: copy_to_user or put_user."
            return Finding("nothing-written", says)
        if value != wanted:
            cause = "takes-results" if name in ("again", "three") and value < wanted else "wrong-number"
            also = " Looking must not take any out." if cause == "takes-results" else ""
            return Finding(cause, f"{when}, it tells {value} instead of {wanted}.{also}")
    if facts.get("read") != "120":
        return Finding("takes-results", "After LAB_PENDING a read does not bring the result 120 any more.")
    return None


def _pointers(facts: Facts) -> Finding | None:
    for name, what in (
        ("null", "NULL"),
        ("closed", "a page that may only be read"),
        ("kernel", "an address of the kernel"),
    ):
        result, error = map(int, facts.get(name, "0 0").split())
        if result >= 0:
            says = f"With a pointer to {what}, ioctl returns {result}: what copy_to_user returns must be looked at."
            return Finding("pointer-unchecked", says.replace("a pointer to NULL", "the pointer NULL"))
        if error != _EFAULT:
            return Finding(
                "other-errno", f"With a pointer that is none, ioctl fails with errno {error}, not EFAULT (14)."
            )
    return None


def _unknown(facts: Facts) -> Finding | None:
    result, error = map(int, facts.get("unknown", "0 0").split())
    if result >= 0 or error != _ENOTTY:
        did = f"fails with errno {error}" if result < 0 else f"returns {result}"
        return Finding("unknown-accepted", f"A command that the driver does not know {did}; that is ENOTTY (25).")
    return None


IOCTL_PENDING = Exercise(
    name="ioctl-pending",
    lecture=5,
    topics=("driver", "beyond"),
    kind="complete a program",
    question=(
        "Give the driver a command `LAB_PENDING`: it tells, in the `__u32` that the pointer leads to, how many results "
        "wait in the fifo, takes none of them, and returns 0. With a pointer that leads nowhere it is EFAULT. All else "
        "stays as it is. Your answer is this part of the driver, or the whole: a cell `%%c mine --driver`."
    ),
    done="Your driver knows a command that the kernel has never heard of, and no pointer can make it fall.",
    starter=_STARTER,
    driver=DriverPart(
        _BEFORE,
        _AFTER,
        (
            Trial("keeps LAB_COUNTS", _USES, (), _counts),
            Trial("tells how many results wait", _USES, (), _values),
            Trial("refuses pointers that lead nowhere", _USES, (), _pointers),
            Trial("refuses commands that there are not", _USES, (), _unknown),
        ),
    ),
)
