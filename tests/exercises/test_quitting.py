"""goodbye-once: however the copy and the second goodbye are avoided, it is right; a wrong end is told what it does."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["goodbye-once"].starter
AT_EXIT = "    if (atexit(farewell) != 0)\n        return 1;\n"


def quits(
    *, start="", before_fork="", child='        printf("child\\n");\n', end="exit(0);", after_fork="", at_exit=AT_EXIT
):
    changed = STARTER.replace(AT_EXIT, at_exit + start).replace("    pid_t child", f"{before_fork}    pid_t child")
    changed = changed.replace('        printf("child\\n");\n', child).replace("exit(0);", end)
    return changed.replace("    if (wait", f"{after_fork}    if (wait")


FLUSH = "    fflush(stdout);\n"
SAID = '        printf("child\\n");\n        fflush(stdout);\n'


@pytest.mark.parametrize(
    "source",
    [
        quits(before_fork=FLUSH, child=SAID, end="_exit(0);"),
        quits(start="    setvbuf(stdout, NULL, _IONBF, 0);\n", end="_exit(0);"),
        quits(start="    setvbuf(stdout, NULL, _IOLBF, 0);\n", end="_Exit(0);"),
        quits(
            before_fork=FLUSH,
            child='        if (write(1, "child\\n", 6) != 6)\n            _exit(1);\n',
            end="_exit(0);",
        ),
        quits(before_fork=FLUSH, after_fork=AT_EXIT, at_exit=""),
        quits(before_fork="    fflush(NULL);\n", child=SAID, end="quick_exit(0);"),
    ],
)
def test_right(source):
    feedback = labkit.check("goodbye-once", source)
    assert feedback.passed, feedback


QUIET = quits(before_fork=FLUSH, child=SAID, end="_exit(0);")
IN_BOTH = quits(before_fork=FLUSH, child=SAID, end=";").replace("if (wait", "if (child > 0 && wait")
EARLY = quits(before_fork="    farewell();\n" + FLUSH, child=SAID, end="_exit(0);", at_exit="")
HELLO = '    printf("hello\\n");\n'
LATE = QUIET.replace(HELLO, "").replace('    printf("parent', HELLO + '    printf("parent')
WRONG = [
    (STARTER, "buffer-copied", "hello` came out twice: at the fork"),
    (quits(child=SAID, end="_exit(0);"), "buffer-copied", "each process got a copy"),
    (quits(before_fork=FLUSH), "goodbye-twice", "for fork copied that, too"),
    (quits(before_fork=FLUSH, end="_exit(0);"), "child-lost", "_exit(2) leaves that as it is"),
    (IN_BOTH, "parent-twice", "the child goes on"),
    (QUIET.replace(AT_EXIT, ""), "goodbye-lost", "no process did"),
    (QUIET.replace("return 0;\n}", "_exit(0);\n}"), "parent-lost", "never"),
    (QUIET.replace('printf("hello', 'printf("hullo'), "hello-lost", "never"),
    (QUIET.replace("return 0;\n}", "return 3;\n}"), "status", "status 0"),
    (LATE, "hello-late", "not the first line"),
    (EARLY, "goodbye-early", "not the last line"),
    (QUIET.replace("return 0;\n}", "abort();\n}"), "crash", "SIGABRT"),
]


@pytest.mark.parametrize(("source", "cause", "words"), WRONG)
def test_wrong(source, cause, words):
    feedback = labkit.check("goodbye-once", source)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)


def test_the_steps_are_the_fork_and_the_childs_goodbye():
    def pointed(source):
        feedback = labkit.check("goodbye-once", source)
        return feedback.recording, feedback.recording.events[
            labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event
        ]

    assert pointed(STARTER)[1].call in ("fork", "clone", "clone3")
    recording, event = pointed(quits(before_fork=FLUSH))
    assert event.call == "write" and event.pid != recording.events[0].pid
