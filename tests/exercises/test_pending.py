"""ioctl-pending: a driver's new command is tried in a running kernel; what goes wrong in the kernel is told as well."""

import pytest

import labkit
from labkit.exercises import driver_attempt
from labkit.exercises.catalogue import EXERCISES
from labkit.exercises.driver_attempt import facts
from labkit.exercises.pending import _counts, _pointers, _unknown, _values
from labkit.kernel_box.module import DRIVER
from labkit.kernel_box.warm import Box
from tests.exercises.drivers import changed

STARTER = EXERCISES["ioctl-pending"].starter
END = "\t}\n\treturn -ENOTTY;\n"
PUT = "return put_user(kfifo_len(&results), (__u32 __user *)to);"


def command(body, text=STARTER):
    return changed(text, (END, f"\tcase LAB_PENDING: {{\n\t\t{body}\n\t}}\n{END}"))


COPY = "__u32 n = kfifo_len(&results);\n\t\treturn copy_to_user(to, &n, sizeof(n)) ? -EFAULT : 0;"
HELPER = "static u32 waiting(void)\n{\n\treturn kfifo_len(&results);\n}\n\n"
IFS = """\
#define LAB_PENDING _IOR('L', 2, __u32)
static long lab_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	u32 n = kfifo_len(&results);
	if (command == LAB_COUNTS)
		return copy_to_user((void __user *)argument, &counts, sizeof(counts)) ? -EFAULT : 0;
	if (command != LAB_PENDING)
		return -ENOTTY;
	if (copy_to_user((void __user *)argument, &n, sizeof(n)))
		return -EFAULT;
	return 0;
}
"""
LOCKED = (
    "u32 n; int bad;\n\t\tif (mutex_lock_interruptible(&one_reader)) return -ERESTARTSYS;\n"
    "\t\tn = kfifo_len(&results);\n"
    "\t\tbad = put_user(n, (u32 __user *)to);\n\t\tmutex_unlock(&one_reader);\n\t\treturn bad;"
)
WHOLE = changed(
    (DRIVER / "lab.c").read_text(),
    ('#include "lab.h"\n', "#include \"lab.h\"\n#define LAB_PENDING _IOR('L', 2, __u32)\n"),
    (END, f"\tcase LAB_PENDING:\n\t\t{PUT}\n{END}"),
)
RIGHT = {
    "copy_to_user": command(COPY),
    "put_user": command(PUT),
    "with a function": HELPER + command(PUT.replace("kfifo_len(&results)", "waiting()")),
    "ifs": IFS,
    "under the mutex": command(LOCKED),
    "the whole driver": WHOLE,
}
WRONG = {
    "not-there": (STARTER, "there is no such command"),
    "wrong-number": (command(PUT.replace("kfifo_len", "kfifo_avail")), "it tells 16 instead of 0"),
    "wrong-number, bytes": (command(PUT.replace("&results)", "&results) * 4")), "tells 4 instead of 1"),
    "as-result": (command("return kfifo_len(&results);"), "ioctl returns 1. It is to return 0"),
    "nothing-written": (command("return access_ok(to, 4) ? 0 : -EFAULT;"), "nothing is written"),
    "takes-results": (
        command("u32 n = 0, one; while (kfifo_get(&results, &one)) n++; return put_user(n, (u32 __user *)to);"),
        "Looking must not take any out",
    ),
    "pointer-unchecked": (
        command('u32 n = kfifo_len(&results); if (copy_to_user(to, &n, sizeof(n))) pr_debug("lab"); return 0;'),
        "the pointer NULL",
    ),
    "other-errno": (command(COPY.replace("-EFAULT", "-EINVAL")), "errno 22, not EFAULT"),
    "too-many-bytes": (command(COPY.replace("__u32 n", "u64 n")), "more than the 4 bytes"),
    "unknown-accepted": (changed(command(PUT), ("return -ENOTTY", "return 0")), "returns 0; that is ENOTTY"),
    "counts-broken": (changed(command(PUT), ("case LAB_COUNTS:", "case LAB_COUNTS: return -EINVAL;")), "must stay"),
    "does-not-compile": (command("return put_user(kfifo_len(results), to)"), "It does not compile. Line 11:"),
    "does-not-unload": (command("__module_get(THIS_MODULE);\n\t\t" + PUT), "cannot be unloaded"),
    "crash": (command("*(u32 *)argument = kfifo_len(&results);\n\t\treturn 0;"), "The kernel crashed in lab_ioctl"),
    "kernel-complains": (command("WARN_ON(kfifo_len(&results) == 2);\n\t\t" + PUT), "WARNING: "),
    "refused": (changed(WHOLE, ("return pci_register_driver(&lab_driver);", "return -ENODEV;")), "does not take it"),
}  # fmt: skip


@pytest.mark.box
@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("ioctl-pending", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.box
@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("ioctl-pending", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason


@pytest.mark.box
@pytest.mark.usefixtures("boxed")
def test_the_box_has_the_right_answer_afterwards_or_else_the_courses_driver():
    here = labkit.box()
    labkit.check("ioctl-pending", RIGHT["put_user"])
    assert here.run(here.program("card")).text == "10! = 3628800\n"
    assert labkit.check("ioctl-pending", WRONG["crash"][0]).cause == "crash"
    assert here.run(here.program("card")).text == "10! = 3628800\n"


GOOD = """counts=0 1
none=0 0 0 1
one=0 0 1 1
again=0 0 1 1
three=0 0 3 1
read=120
two=0 0 2 1
null=-1 14
closed=-1 14
kernel=-1 14
unknown=-1 25
"""


@pytest.mark.parametrize(
    ("judge", "line", "bad", "cause"),
    [
        (_counts, "counts=0 1", "counts=-1 0", "counts-broken"),
        (_values, "one=0 0 1 1", "one=-1 25 0 1", "not-there"),
        (_values, "one=0 0 1 1", "one=-1 14 0 1", "refused-right-pointer"),
        (_values, "one=0 0 1 1", "one=1 0 1 1", "as-result"),
        (_values, "read=120", "read=", "takes-results"),
        (_pointers, "kernel=-1 14", "kernel=0 0", "pointer-unchecked"),
        (_unknown, "unknown=-1 25", "unknown=-1 22", "unknown-accepted"),
    ],
)
def test_what_is_made_of_the_facts(judge, line, bad, cause):
    assert judge(facts(GOOD)) is None
    assert judge(facts(changed(GOOD, (line, bad)))).cause == cause


@pytest.mark.parametrize("name", ["ioctl-pending", "lost-wakeup"])
def test_where_there_is_no_box(monkeypatch, name):
    monkeypatch.setattr(driver_attempt, "box", lambda: Box(None))
    with pytest.raises(labkit.UnsupportedError, match=r"judged in a running kernel, the box\.\n.*labkit box build"):
        labkit.check(name, EXERCISES[name].starter)
