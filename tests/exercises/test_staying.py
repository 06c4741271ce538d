"""always-on: whoever keeps a writer or opens anew is right; who ends, spins, naps or waits for itself is told why."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["always-on"].starter
OPEN = '    int from = open("requests", O_RDONLY);\n    if (from < 0)\n        return fail("requests");\n'
LOOP = """\
    while (read(from, name, sizeof name) == sizeof name && strcmp(name, "stop") != 0)
        if (dprintf(STDOUT_FILENO, "%d %s\\n", ++count, name) < 0)
            return fail("print");
"""
assert OPEN + LOOP in STARTER
BOTH = STARTER.replace('open("requests", O_RDONLY)', 'open("requests", O_RDWR)')
OWN_END = STARTER.replace(
    OPEN, OPEN + '    int own = open("requests", O_WRONLY);\n    if (own < 0)\n        return fail("own");\n'
)
AT_0 = """\
    for (;;) {
        ssize_t got = read(from, name, sizeof name);
        if (got < 0)
            return fail("read");
        if (got == 0) {
%s            continue;
        }
        if (strcmp(name, "stop") == 0)
            break;
        if (dprintf(STDOUT_FILENO, "%%d %%s\\n", ++count, name) < 0)
            return fail("print");
    }
"""
AGAIN = """\
            if (close(from) < 0 || (from = open("requests", O_RDONLY)) < 0)
                return fail("again");
"""
ANEW = STARTER.replace(LOOP, AT_0 % AGAIN)
# Before the clients are made, the parent opens the FIFO both ways and keeps it open.
PARENT = STARTER.replace(
    "    pid_t others = fork();",
    '    int keep = open("requests", O_RDWR);\n    if (keep < 0)\n        return fail("keep");\n'
    "    pid_t others = fork();",
)
POLL = STARTER.replace("#include <fcntl.h>", "#include <fcntl.h>\n#include <poll.h>").replace(
    OPEN + LOOP,
    OPEN.replace("O_RDONLY", "O_RDWR | O_NONBLOCK")
    + """\
    for (;;) {
        struct pollfd waiting = {from, POLLIN, 0};
        if (poll(&waiting, 1, -1) < 0)
            return fail("poll");
        if (read(from, name, sizeof name) != sizeof name || strcmp(name, "stop") == 0)
            break;
        if (dprintf(STDOUT_FILENO, "%d %s\\n", ++count, name) < 0)
            return fail("print");
    }
""",
)
NAP = "            usleep(1000);\n"
RIGHT = {
    "O_RDWR": BOTH,
    "an end of its own": OWN_END,
    "opens anew": ANEW,
    "its parent keeps it open": PARENT,
    "poll": POLL,
}
WRONG = {
    "took-0-for-the-end": (STARTER, "the next client waits in open"),
    "took-0-for-the-end, told so": (
        STARTER.replace(
            LOOP, LOOP + '    if (strcmp(name, "stop") != 0)\n        dprintf(STDERR_FILENO, "no more\\n");\n'
        ),
        "read returned 0",
    ),
    "polls": (STARTER.replace(LOOP, AT_0 % ""), "again and again"),
    "sleeps-by-the-clock": (STARTER.replace(LOOP, AT_0 % NAP), "sleeps for a fixed time"),
    "waits-for-itself": (
        OWN_END.replace(OPEN, "").replace(
            "    if (own < 0)", '    int from = open("requests", O_RDONLY);\n    if (own < 0)'
        ),
        "would be the server itself",
    ),
    "bytes-changed": (
        ANEW.replace("            if (close(from)", "            count = 0;\n            if (close(from)"),
        "should print",
    ),
    "bytes-changed, counts too late": (BOTH.replace("++count", "count++"), "should print"),
    "hangs": (BOTH.replace(' && strcmp(name, "stop") != 0', ""), "it hangs in read"),
    "clients-changed": (
        BOTH.replace(
            "            return ask(*names);",
            "            return ask(*names) || (names[1] != NULL && (ask(names[1]) || ask(names[2])));",
        ).replace("        usleep(20000);", "        break;"),
        "Leave them as they are",
    ),
    "several-servers": (
        STARTER.replace(
            "    if (serve() != 0)\n        return 1;\n",
            """\
    for (int count = 1; count < argc; count++) {
        pid_t one = fork();
        if (one < 0)
            return fail("fork");
        if (one == 0) {
            char name[16];
            int from = open("requests", O_RDONLY);
            if (read(from, name, sizeof name) != sizeof name)
                return fail("read");
            return dprintf(STDOUT_FILENO, "%d %s\\n", count, name) < 0;
        }
        if (waitpid(one, &status, 0) < 0 || status != 0)
            return 1;
    }
    if (serve() != 0)
        return 1;
""",
        ),
        "one is to serve all",
    ),
}


def test_the_variants_differ():
    answers = [STARTER, *RIGHT.values(), *(answer for answer, _ in WRONG.values())]
    assert len(set(answers)) == len(answers) - 1


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("always-on", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("always-on", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
