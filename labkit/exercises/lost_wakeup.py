"""The exercise of lecture 05 on the two halves of a driver: a read that goes to sleep without looking once more."""

from __future__ import annotations

from collections.abc import Callable

from labkit.exercises.driver_part import DriverPart, Facts, Shown, Trial, parted
from labkit.exercises.exercise import Exercise
from labkit.exercises.requirement import Finding
from labkit.kernel_box.module import DRIVER

_BEFORE, _, _AFTER = parted((DRIVER / "lab.c").read_text(), "static ssize_t lab_read(")
_STARTER = """\
static ssize_t lab_read(struct file *file, char __user *to, size_t count, loff_t *offset)
{
	DEFINE_WAIT(me);
	char text[16];
	u32 result;
	int length, error;

	counts.reads++;
	error = mutex_lock_interruptible(&one_reader);
	if (error)
		return error;
	if (kfifo_is_empty(&results)) {
		error = -EAGAIN;
		if (file->f_flags & O_NONBLOCK)
			goto out;
		counts.sleeps++;
		prepare_to_wait(&readers, &me, TASK_INTERRUPTIBLE);
		schedule();
		finish_wait(&readers, &me);
		error = -ERESTARTSYS;
		if (signal_pending(current))
			goto out;
	}
	if (!kfifo_get(&results, &result)) {
		error = -EIO;
		goto out;
	}
	length = min_t(size_t, scnprintf(text, sizeof(text), "%u\\n", result), count);
	error = copy_to_user(to, text, length) ? -EFAULT : length;
out:
	mutex_unlock(&one_reader);
	return error;
}
"""
# Whoever is about to wait is held up first: what happens once in a million reads happens every time.
_WINDOW = """\
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

static inline void held_up(void)
{
	if (!in_atomic() && !irqs_disabled() && READ_ONCE(current->__state) == TASK_RUNNING)
		msleep(200);
}

#define prepare_to_wait(...) (held_up(), (prepare_to_wait)(__VA_ARGS__))
#define prepare_to_wait_exclusive(...) (held_up(), (prepare_to_wait_exclusive)(__VA_ARGS__))
#define prepare_to_wait_event(...) (held_up(), (prepare_to_wait_event)(__VA_ARGS__))
#define add_wait_queue(...) (held_up(), (add_wait_queue)(__VA_ARGS__))
#define add_wait_queue_exclusive(...) (held_up(), (add_wait_queue_exclusive)(__VA_ARGS__))
"""
_HEAD = """
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static void nothing(int number) { (void)number; }
static char state_of(pid_t pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    if (fd >= 0 && read(fd, text, sizeof text - 1) < 0)
        text[0] = 0;
    close(fd);
    char *end = strrchr(text, ')');
    return end ? end[2] : '?';
}
static void until(pid_t pid, char state, int milliseconds)
{
    for (; milliseconds > 0 && state_of(pid) != state; milliseconds -= 5)
        usleep(5000);
}
static int ask(void)
{
    int card = open("/dev/lab", O_RDWR);
    int good = card >= 0 && write(card, "5", 1) == 1;
    close(card);
    return good;
}
static void interruptible(int number)
{
    struct sigaction on = {.sa_handler = nothing}; /* without SA_RESTART */
    sigaction(number, &on, NULL);
}
"""
_USES = (
    _HEAD
    + """
static struct { volatile int returned; long got; int error; char text[16]; } *it;
static pid_t reader(int n, int flags)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    interruptible(SIGUSR1);
    int card = open("/dev/lab", O_RDWR | flags);
    errno = 0;
    it[n].got = read(card, it[n].text, 15);
    it[n].error = it[n].got < 0 ? errno : 0;
    it[n].returned = 1;
    _exit(0);
}
static int returned(int n, int milliseconds)
{
    for (; milliseconds > 0 && !it[n].returned; milliseconds -= 5)
        usleep(5000);
    return it[n].returned;
}
static void line(pid_t pid, const char *file, const char *name)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    FILE *in = fopen(path, "r");
    printf("%s=", name);
    while (in && fgets(text, sizeof text, in)) {
        char *found = strncmp(file, "stack", 5) == 0 ? strstr(text, "] ") : text;
        if (found && strncmp(file, "stack", 5) == 0)
            printf("%.*s ", (int)strcspn(found + 2, "+"), found + 2);
    }
    printf("\\n");
    if (in)
        fclose(in);
}
static void tell(const char *who, int n, pid_t child)
{
    char name[32];
    printf("%s=%d %ld %d %.*s\\n", who, it[n].returned, it[n].got, it[n].error,
           it[n].got > 0 ? (int)strcspn(it[n].text, "\\n") : 0, it[n].text);
    if (it[n].returned)
        return;
    printf("%s-state=%c\\n", who, state_of(child));
    snprintf(name, sizeof name, "%s-stack", who);
    line(child, "stack", name);
    kill(child, SIGKILL);
}
static void used(pid_t pid, long *ticks, long *turns)
{
    char path[64], text[512] = "", row[128];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *in = fopen(path, "r");
    *ticks = *turns = 0;
    if (in && fgets(text, sizeof text, in)) {
        char *at = strrchr(text, ')');
        long user, kernel;
        if (at && sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &kernel) == 2)
            *ticks = user + kernel;
    }
    if (in)
        fclose(in);
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    in = fopen(path, "r");
    while (in && fgets(row, sizeof row, in))
        if (strncmp(row, "voluntary", 9) == 0)
            *turns = atol(strchr(row, ':') + 1);
    if (in)
        fclose(in);
}
int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    it = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t one, two;
    if (strcmp(what, "before") == 0) {
        ask();
        usleep(50000);
        one = reader(0, 0);
        returned(0, 2000);
        tell("reader", 0, one);
    } else if (strcmp(what, "nonblock") == 0) {
        one = reader(0, O_NONBLOCK);
        if (!returned(0, 1000))
            kill(one, SIGUSR1);
        tell("reader", 0, one);
    } else if (strcmp(what, "window") == 0) {
        one = reader(0, 0);
        until(one, 'D', 400);
        ask();
        returned(0, 1500);
        tell("reader", 0, one);
    } else if (strcmp(what, "asleep") == 0) {
        long ticks, turns, more_ticks, more_turns;
        one = reader(0, 0);
        until(one, 'D', 300);
        until(one, 'S', 500);
        used(one, &ticks, &turns);
        usleep(300000);
        printf("state=%c\\n", state_of(one));
        used(one, &more_ticks, &more_turns);
        printf("ticks=%ld\\nturns=%ld\\n", more_ticks - ticks, more_turns - turns);
        if (it[0].returned) {
            tell("early", 0, one);
            return 0;
        }
        ask();
        returned(0, 1500);
        tell("reader", 0, one);
    } else if (strcmp(what, "signal") == 0) {
        one = reader(0, 0);
        until(one, 'D', 300);
        until(one, 'S', 500);
        usleep(20000);
        kill(one, SIGUSR1);
        returned(0, 1000);
        tell("reader", 0, one);
        if (!it[0].returned)
            return 0;
        two = reader(1, O_NONBLOCK);
        returned(1, 1000);
        tell("next", 1, two);
    } else {
        one = reader(0, 0);
        two = reader(1, 0);
        until(one, 'D', 300);
        until(one, 'S', 500);
        until(two, 'S', 500);
        usleep(20000);
        ask();
        for (int n = 0; n < 300 && !it[0].returned && !it[1].returned; n++)
            usleep(5000);
        usleep(50000);
        ask();
        returned(0, 1500);
        returned(1, 1500);
        tell("reader", 0, one);
        tell("next", 1, two);
    }
    return 0;
}
"""
)
_LOST = (
    _HEAD
    + """
int main(void)
{
    char answer[16];
    pid_t self = getpid();
    int card = open("/dev/lab", O_RDWR);
    interruptible(SIGALRM);
    pid_t child = fork();
    if (child == 0) {
        until(self, 'D', 2000);
        alarm(5);
        return ask() && pause(); /* its end would be a signal to the reader, and wake it */
    }
    alarm(1);
    ssize_t got = read(card, answer, sizeof answer);
    kill(child, SIGKILL);
    return wait(NULL) != child || got >= 0;
}
"""
)
_NAMES = {4: "EINTR", 5: "EIO", 11: "EAGAIN", 14: "EFAULT", 22: "EINVAL", 35: "EDEADLK", 512: "ERESTARTSYS (512)"}


def _reader(facts: Facts, who: str = "reader") -> tuple[bool, int, str, str]:
    returned, got, error, *text = [*facts.get(who, "0 0 0").split(" "), ""]
    return returned == "1", int(got), _NAMES.get(int(error), f"errno {error}"), text[0]


def _data(when: str, who: str = "reader") -> Callable[[Facts], Finding | None]:
    """A read brought the card's answer; `when` says in which situation."""

    def judge(facts: Facts) -> Finding | None:
        returned, got, error, text = _reader(facts, who)
        if not returned:
            stack = " < ".join(facts.get(f"{who}-stack", "").split()[:4])
            says = f"{when}, read does not return. The kernel says where it sleeps: {stack}."
            return Finding("still-hangs", says if stack else f"{when}, read does not return.")
        if got <= 0 or text != "120":
            did = f"fails with {error}" if got < 0 else f"returns {got} bytes, {text!r}" if got else "returns 0"
            says = f"{when}, read {did}, and not with the result 120. Whoever was woken looks again before taking."
            return Finding("without-data", says)
        return None

    return judge


def _lost(facts: Facts) -> Finding | None:
    when = "When the interrupt comes after the fifo was found empty and before the reader is in the queue"
    finding = _data(when)(facts)
    if finding is None or finding.cause != "still-hangs":
        return finding
    says = f"{finding.says} The wake-up was for nobody: once in the queue, the reader must look again before it sleeps."
    return Finding("still-hangs", says)


def _at_once(facts: Facts) -> Finding | None:
    returned, got, error, _ = _reader(facts)
    if not returned or error == "EINTR":
        return Finding("blocks-nonblock", "With O_NONBLOCK and an empty fifo, read sleeps; it is to fail with EAGAIN.")
    if got >= 0 or error != "EAGAIN":
        did = f"fails with {error}" if got < 0 else f"returns {got}"
        return Finding("no-eagain", f"With O_NONBLOCK and an empty fifo, read {did}; it is to fail with EAGAIN.")
    return None


def _asleep(facts: Facts) -> Finding | None:
    if "early" in facts:
        _, got, error, _ = _reader(facts, "early")
        did = f"fails with {error}" if got < 0 else f"returns {got}"
        return Finding(
            "without-data", f"With nothing in the fifo, read {did} after a while; it is to sleep until there is."
        )
    ticks, turns = int(facts.get("ticks", "0")), int(facts.get("turns", "0"))
    if ticks > 5 or (facts.get("state") == "R" and turns <= 4):
        return Finding("spins", "While there is nothing to read it does not sleep: its process was busy all the time.")
    if turns > 4:
        says = f"It wakes up again and again to look, {turns} times in 0.3 s. Wait until the interrupt's side wakes it."
        return Finding("polls", says)
    finding = _data("When the interrupt comes while the reader sleeps")(facts)
    if finding is not None and facts.get("reader-state") == "D":
        says = f"{finding.says} It is in state D: neither wake_up_interruptible wakes it, nor a signal."
        return Finding("no-signal", says)
    return finding


def _signal(facts: Facts) -> Finding | None:
    returned, got, error, _ = _reader(facts)
    if not returned:
        return Finding(
            "no-signal", "A signal does not end the sleep: read goes on waiting. See signal_pending(current)."
        )
    if got >= 0 or error != "EINTR":
        did = f"fails with {error}" if got < 0 else f"returns {got}"
        return Finding("other-errno", f"After a signal read {did}. Give -ERESTARTSYS back: the program sees EINTR.")
    returned, got, error, _ = _reader(facts, "next")
    if not returned:
        return Finding(
            "lock-kept", "After a signal ended a read, the next one waits for ever: the mutex is still locked."
        )
    return None


def _both(facts: Facts) -> Finding | None:
    for who in ("reader", "next"):
        if (finding := _data("With two readers and two results", who)(facts)) is not None:
            return finding
    return None


def _trial(wants: str, what: str, judge: Callable[[Facts], Finding | None]) -> Trial:
    return Trial(wants, _USES, (what,), judge)


LOST_WAKEUP = Exercise(
    name="lost-wakeup",
    lecture=5,
    topics=("driver", "halves"),
    kind="find and mend the fault",
    question=(
        "Once in a million reads, the reader sleeps although its result is there. Here it happens every time: whoever "
        "is about to wait is held up for 0.2 s first, and the card's interrupt comes then. Mend `lab_read`, so that no "
        "wake-up is lost; it still sleeps, still answers `O_NONBLOCK` with EAGAIN, still hears signals. Your answer is "
        "this function, or the whole driver: a cell `%%c mine --driver`."
    ),
    done="It looks once more after it is in the queue: from then on no wake-up can miss it.",
    starter=_STARTER,
    driver=DriverPart(
        _BEFORE,
        _AFTER,
        (
            _trial("brings a result that is there already", "before", _data("With a result in the fifo")),
            _trial("answers EAGAIN with O_NONBLOCK", "nonblock", _at_once),
            _trial("sleeps until it is woken", "asleep", _asleep),
            _trial("loses no wake-up", "window", _lost),
            _trial("hears a signal", "signal", _signal),
            _trial("serves two readers", "both", _both),
        ),
        _WINDOW,
        Shown("still-hangs", _LOST, "lab_deferred"),
    ),
)
