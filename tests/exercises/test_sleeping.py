"""sleep-not-spin: whoever lets the kernel wake the reader is right; who asks, dozes or waits elsewhere is told so."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["sleep-not-spin"].starter
READ = "        ssize_t got = read(from, buffer, sizeof buffer);\n"
AGAIN = "            continue;\n"
PLAIN = STARTER.replace("pipe2(p, O_NONBLOCK)", "pipe2(p, 0)")
POLL = STARTER.replace("#include <fcntl.h>", "#include <fcntl.h>\n#include <poll.h>").replace(
    READ,
    "        struct pollfd one = { .fd = from, .events = POLLIN };\n        if (poll(&one, 1, -1) < 0)\n"
    '            return fail("poll");\n' + READ,
)
SELECT = STARTER.replace("#include <fcntl.h>", "#include <fcntl.h>\n#include <sys/select.h>").replace(
    AGAIN,
    "        {\n            fd_set set;\n            FD_ZERO(&set);\n            FD_SET(from, &set);\n"
    "            if (select(from + 1, &set, NULL, NULL, NULL) < 0)\n                return 1;\n"
    "            continue;\n        }\n",
)
CLEARED = STARTER.replace(
    "    int bad = follow", '    if (fcntl(p[0], F_SETFL, 0) < 0)\n        return fail("fcntl");\n    int bad = follow'
)
TIMEOUT = POLL.replace("poll(&one, 1, -1)", "poll(&one, 1, 5000)")
TURNED = PLAIN.replace(
    "        return tick(p[1]);\n    if (close(p[1])",
    "        return close(p[1]) < 0 || follow(p[0]);\n    if (close(p[0])",
).replace("    int bad = follow(p[0]);\n", "    int bad = tick(p[1]);\n    close(p[1]);\n")
assert TURNED.count("tick(p[1])") == 1 and TURNED.count("follow(p[0])") == 1
RIGHT = {
    "reads that sleep": PLAIN,
    "poll": POLL,
    "select": SELECT,
    "fcntl": CLEARED,
    "a long timeout": TIMEOUT,
    "turned round": TURNED,
}
CHILD_FIRST = PLAIN.replace("    int bad = follow(p[0]);\n", "").replace(
    '        return fail("waitpid");\n    return bad;', '        return fail("waitpid");\n    return follow(p[0]);'
)
WRONG = {
    "polls": (STARTER, "again and again, for nothing"),
    "polls, and yields": (
        STARTER.replace(AGAIN, "        {\n            sched_yield();\n            continue;\n        }\n").replace(
            "#include <fcntl.h>", "#include <fcntl.h>\n#include <sched.h>"
        ),
        "again and again, for nothing",
    ),
    "polls, by poll": (POLL.replace("poll(&one, 1, -1)", "poll(&one, 1, 0)"), "poll is called"),
    "sleeps-by-the-clock": (
        STARTER.replace(AGAIN, "        {\n            usleep(1000);\n            continue;\n        }\n"),
        "fixed time",
    ),
    "waits-for-the-end": (CHILD_FIRST, "waits for the writer's end"),
    "nothing-yet-is-no-end": (STARTER.replace(AGAIN, "            return 0;\n"), "for the end"),
    "write-end-open": (PLAIN.replace('    if (close(p[1]) < 0)\n        return fail("close");\n', ""), "itself"),
    "bytes-missing": (PLAIN.replace("got == 0", "got >= 0"), "printed nothing"),
    "status": (PLAIN.replace("return bad;", "return 1;"), "status 0"),
}
WRONG["pauses-gone"] = (
    PLAIN.replace('        if (usleep(10000) < 0)\n            return fail("usleep");\n', ""),
    "does not pause",
)


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    assert RIGHT[way] != STARTER
    feedback = labkit.check("sleep-not-spin", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("sleep-not-spin", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
