"""reader-leaves: whoever hears from write that the reader has gone is right; who hangs, dies or guesses is told why."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["reader-leaves"].starter
FILLING = "    memset(block, '.', BLOCK);\n"
SENDING = """\
    for (int i = 0; i < blocks && !gone; i++)
        if (write(p[1], block, BLOCK) != BLOCK)
            return fail("write");
"""
assert FILLING + SENDING in STARTER
HEAD = "#include <errno.h>\n#include <signal.h>\n#include <stdio.h>"
CLOSED = STARTER.replace("#include <stdio.h>", HEAD).replace(
    FILLING, FILLING + '    if (close(p[0]) < 0)\n        return fail("close");\n'
)
IGNORES = '    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)\n        return fail("signal");\n'
TELLS = """\
    for (int i = 0; i < blocks && !gone; i++)
        if (write(p[1], block, BLOCK) != BLOCK) {
            if (errno != EPIPE)
                return fail("write");
            gone = 1;
        }
"""
IGNORED = CLOSED.replace(SENDING, IGNORES + TELLS)
ACTION = CLOSED.replace(
    SENDING,
    "    struct sigaction ignore = {.sa_handler = SIG_IGN};\n"
    '    if (sigaction(SIGPIPE, &ignore, NULL) < 0)\n        return fail("sigaction");\n' + TELLS,
)
HANDLER = CLOSED.replace(
    "static char block[BLOCK];", "static char block[BLOCK];\n\nstatic void nothing(int number) { (void)number; }"
).replace(SENDING, IGNORES.replace("SIG_IGN", "nothing") + TELLS)
FLAG = CLOSED.replace(
    "static char block[BLOCK];",
    "static char block[BLOCK];\nstatic volatile sig_atomic_t left;\n\nstatic void note(int number)\n{\n"
    "    (void)number;\n    left = 1;\n}",
).replace(
    SENDING,
    IGNORES.replace("SIG_IGN", "note") + "    for (int i = 0; i < blocks && !left; i++)\n"
    '        if (write(p[1], block, BLOCK) < 0 && !left)\n            return fail("write");\n    gone = left;\n',
)
BLOCKED = CLOSED.replace(
    SENDING,
    "    sigset_t set;\n    if (sigemptyset(&set) < 0 || sigaddset(&set, SIGPIPE) < 0 || "
    'sigprocmask(SIG_BLOCK, &set, NULL) < 0)\n        return fail("sigprocmask");\n' + TELLS,
)
BEFORE = IGNORED.replace("    if (pipe(p) < 0)", IGNORES + "    if (pipe(p) < 0)")
RIGHT = {
    "ignored": IGNORED,
    "by sigaction": ACTION,
    "a handler that does nothing": HANDLER,
    "a handler that notes it": FLAG,
    "blocked": BLOCKED,
    "ignored from the beginning": BEFORE,
}
WRONG = {
    "read-end-open": (STARTER, "descriptor 3"),
    "read-end-open, signal ignored": (
        STARTER.replace("#include <stdio.h>", HEAD).replace(SENDING, IGNORES + TELLS),
        "the writer itself still has a read end open",
    ),
    "read-end-open, closed too late": (
        IGNORED.replace(FILLING + '    if (close(p[0]) < 0)\n        return fail("close");\n', FILLING).replace(
            "    if (close(p[1]) < 0)", "    if (close(p[0]) < 0 || close(p[1]) < 0)"
        ),
        "descriptor 3",
    ),
    "crash": (CLOSED, "SIGPIPE"),
    "crash, handled for the child only": (
        CLOSED.replace(
            "        return close(p[1]) < 0 || take(p[0], wanted);",
            "        return signal(SIGPIPE, SIG_IGN) == SIG_ERR || close(p[1]) < 0 || take(p[0], wanted);",
        ),
        "SIGPIPE",
    ),
    "gives-up": (CLOSED.replace(SENDING, IGNORES + SENDING), "no error here but news"),
    "failed-write-ignored": (
        CLOSED.replace(
            SENDING,
            IGNORES + "    for (int i = 0; i < blocks; i++)\n        if (write(p[1], block, BLOCK) < 0)\n"
            "            continue;\n",
        ),
        "Look at what write returns",
    ),
    "goes-on": (IGNORED.replace("i < blocks && !gone", "i < blocks"), "One is enough"),
    "does-not-ask": (
        CLOSED.replace(SENDING, "    gone = wanted < blocks;\n" + SENDING.replace("&& !gone", "&& i < wanted")),
        "before the kernel has told it",
    ),
    "wrong-message": (
        IGNORED.replace("gone = 1;", "break;").replace('"all sent"', '"all is sent"'),
        "so it should print",
    ),
    "status": (IGNORED.replace('"all sent") == EOF', '"all sent") == EOF || gone'), "status 0"),
    "write-end-open": (
        IGNORED.replace("return close(p[1]) < 0 || take", "return take"),
        "the reader itself still has one open",
    ),
}


def test_the_variants_differ():
    answers = [CLOSED, *RIGHT.values(), *(answer for answer, _ in WRONG.values())]
    assert len(set(answers)) == len(answers) - 1  # CLOSED is among the wrong ones


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("reader-leaves", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("reader-leaves", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
