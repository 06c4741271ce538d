"""lost-wakeup: every way to wait that loses nothing is right; each wrong one is told what it does in the kernel."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES
from labkit.exercises.driver_part import parted
from labkit.kernel_box.module import DRIVER
from tests.exercises.drivers import changed

pytestmark = [pytest.mark.box, pytest.mark.usefixtures("boxed")]
STARTER = EXERCISES["lost-wakeup"].starter
COURSE = (DRIVER / "lab.c").read_text()
OWN = parted(COURSE, "static ssize_t lab_read(")[1]
SLEEP = """\
		prepare_to_wait(&readers, &me, TASK_INTERRUPTIBLE);
		schedule();
		finish_wait(&readers, &me);
"""
LOOP = """\
		for (;;) {
			prepare_to_wait(&readers, &me, TASK_INTERRUPTIBLE);
			if (!kfifo_is_empty(&results) || signal_pending(current))
				break;
			schedule();
		}
		finish_wait(&readers, &me);
"""
QUEUE = """\
		add_wait_queue(&readers, &me);
		set_current_state(TASK_INTERRUPTIBLE);
		while (kfifo_is_empty(&results) && !signal_pending(current)) {
			schedule();
			set_current_state(TASK_INTERRUPTIBLE);
		}
		__set_current_state(TASK_RUNNING);
		remove_wait_queue(&readers, &me);
"""
TIMEOUTS = """\
		while (kfifo_is_empty(&results) && !signal_pending(current))
			wait_event_interruptible_timeout(readers, !kfifo_is_empty(&results), HZ);
"""
UNLOCKED = """\
static ssize_t lab_read(struct file *file, char __user *to, size_t count, loff_t *offset)
{
	char text[16];
	u32 result;
	int length, got;

	counts.reads++;
	do {
		if (kfifo_is_empty(&results) && (file->f_flags & O_NONBLOCK))
			return -EAGAIN;
		if (wait_event_interruptible(readers, !kfifo_is_empty(&results)))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&one_reader))
			return -ERESTARTSYS;
		got = kfifo_get(&results, &result);
		mutex_unlock(&one_reader);
	} while (!got);
	length = min_t(size_t, scnprintf(text, sizeof(text), "%u\\n", result), count);
	return copy_to_user(to, text, length) ? -EFAULT : length;
}
"""


def slept(body):
    return changed(STARTER, (SLEEP, body))


def without_signal(text):
    return changed(text, ("\t\terror = -ERESTARTSYS;\n\t\tif (signal_pending(current))\n\t\t\tgoto out;\n", ""))


ONCE = changed(
    UNLOCKED,
    ("\tint length, got;\n", "\tint length, got;\n\tDEFINE_WAIT(me);\n"),
    (
        "\t\tif (wait_event_interruptible(readers, !kfifo_is_empty(&results)))\n\t\t\treturn",
        SLEEP.replace("\t\tschedule();", "\t\tif (kfifo_is_empty(&results))\n\t\t\tschedule();")
        + "\t\tif (signal_pending(current))\n\t\t\treturn",
    ),
    ("\t} while (!got);", "\t} while (0);\n\tif (!got)\n\t\treturn -EIO;"),
)


RIGHT = {
    "wait_event_interruptible": OWN,
    "a loop": slept(LOOP),
    "looks once more": changed(STARTER, ("\t\tschedule();", "\t\tif (kfifo_is_empty(&results))\n\t\t\tschedule();")),
    "a queue by hand": slept(QUEUE).replace("DEFINE_WAIT(me)", "DECLARE_WAITQUEUE(me, current)"),
    "timeouts in a loop": slept(TIMEOUTS).replace("\tDEFINE_WAIT(me);\n", ""),
    "without the mutex while asleep": UNLOCKED,
    "the whole driver": COURSE,
}
GIVES_UP = "results));\n\t\tif (error)\n\t\t\tgoto out;"
NONBLOCK = "\t\terror = -EAGAIN;\n\t\tif (file->f_flags & O_NONBLOCK)\n\t\t\tgoto out;\n"
WRONG = {
    "still-hangs": (STARTER, "lab_read < vfs_read < ksys_read"),
    "still-hangs, looks too early": (
        slept("\t\tif (kfifo_is_empty(&results)) {\n" + SLEEP + "\t\t}\n"), "must look again before it sleeps"),
    "without-data": (slept("\t\tschedule_timeout_interruptible(HZ / 10);\n").replace("\tDEFINE_WAIT(me);\n", ""),
                     "read fails with EIO after a while"),
    "without-data, one of two": (ONCE, "With two readers"),
    "spins": (slept("\t\twhile (kfifo_is_empty(&results) && !signal_pending(current))\n\t\t\tcond_resched();\n")
              .replace("\tDEFINE_WAIT(me);\n", ""), "it does not sleep"),
    "polls": (slept("\t\twhile (kfifo_is_empty(&results) && !msleep_interruptible(10))\n\t\t\t;\n")
              .replace("\tDEFINE_WAIT(me);\n", ""), "again and again to look"),
    "blocks-nonblock": (changed(OWN, (NONBLOCK, "")), "With O_NONBLOCK and an empty fifo, read sleeps"),
    "no-eagain": (changed(OWN, ("error = -EAGAIN", "error = -EBUSY")), "read fails with errno 16"),
    "no-signal": (changed(OWN, ("error = wait_event_interruptible(", "error = 0;\n\t\twait_event(")), "in state D"),
    "no-signal, not asked": (
        slept(LOOP.replace(" || signal_pending(current)", "")), "A signal does not end the sleep"),
    "lock-kept": (
        changed(OWN, (GIVES_UP, "results));\n\t\tif (error)\n\t\t\treturn error;")), "the mutex is still locked"),
    "other-errno": (
        changed(OWN, (GIVES_UP, GIVES_UP.replace(";", ";\n\t\terror = error ? -EBUSY : 0;", 1))),
        "ERESTARTSYS back",
    ),
    "crash": (changed(OWN, ("counts.sleeps++", "*(volatile int *)8 = 1")), "The kernel crashed in lab_read"),
    "hangs-kernel": (slept("\t\twhile (kfifo_is_empty(&results))\n\t\t\tcpu_relax();\n"), "does not answer any more"),
    "does-not-compile": (changed(STARTER, ("finish_wait(&readers, &me)", "finish_wait(&readers)")), "compile. Line 19"),
}  # fmt: skip


@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("lost-wakeup", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("lost-wakeup", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason


def test_the_lost_wake_up_is_in_the_recorded_path():
    feedback = labkit.check("lost-wakeup", STARTER)
    graph, step = feedback.recording, feedback.step
    names = [one.name for one in graph.steps]
    assert names.index("lab_deferred") + 1 < step and names[step - 1] == "sched_switch"
    assert "labkit.step(feedback.recording" in repr(feedback)
    labkit.step(graph, at=step)
