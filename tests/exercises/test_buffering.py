"""Every right solution passes; a wrong one is told why."""

import pytest

import labkit

HALVES = """
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void)
{{
    {body}
    return 0;
}}
"""
FIRST, SECOND = 'printf("Beginning of line ");', 'printf("and end of line\\n");'


@pytest.mark.parametrize(
    "body",
    [
        f"{FIRST} fflush(stdout); sleep(1); {SECOND}",
        f"{FIRST} fflush(NULL); sleep(1); {SECOND}",
        f"setvbuf(stdout, NULL, _IONBF, 0); {FIRST} sleep(1); {SECOND}",
        f"setbuf(stdout, NULL); {FIRST} sleep(2); {SECOND}",
        f'if (write(1, "Beginning of line ", 18) != 18) return 1; sleep(1); {SECOND}',
        f"{FIRST} fseek(stdout, 0, SEEK_CUR); fflush(stdout); usleep(1000000); {SECOND}",
    ],
)
def test_half_line_right(body):
    assert labkit.check("half-line-now", HALVES.format(body=body)).passed


@pytest.mark.parametrize(
    ("body", "cause", "words"),
    [
        (f"{FIRST} sleep(1); {SECOND}", "still-in-buffer", "leaves after 1 s. It sits in the buffer"),
        (f"{FIRST} fflush(stdout); {SECOND}", "no-pause", "no pause between them"),
        (f'printf("Beginning of line \\n"); fflush(stdout); sleep(1); {SECOND}', "other-bytes", "The bytes should be"),
        (f"{FIRST} fflush(stdout); sleep(1); {SECOND} fflush(stdout); _exit(3);", "status", "status 0"),
        (f"{FIRST} fflush(stdout); sleep(1); {SECOND} _exit(0);", "bytes-lost", "still in the buffer when it ended"),
        ("for (;;) ;", "endless-loop", "a loop does not end"),
        (f"{FIRST} fflush((FILE *)8); sleep(1); {SECOND}", "crash", "SIGSEGV"),
        (f"{FIRST} fflush(stdou); sleep(1); {SECOND}", "does-not-compile", "'stdou' undeclared"),
    ],
)
def test_half_line_wrong(body, cause, words):
    feedback = labkit.check("half-line-now", HALVES.format(body=body))
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words in feedback.reason


FORK = """
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{{
    {start}
    printf("before\\n");
    {before_fork}
    if (fork() == 0) {{
        printf("child\\n");
        {child_end}
    }}
    {wait}
    printf("parent\\n");
    return 0;
}}
"""


def fork(start="", before_fork="", child_end="return 0;", wait="wait(NULL);"):
    return FORK.format(start=start, before_fork=before_fork, child_end=child_end, wait=wait)


@pytest.mark.parametrize(
    "source",
    [
        fork(before_fork="fflush(stdout);"),
        fork(start="setvbuf(stdout, NULL, _IOLBF, 0);"),
        fork(start="setvbuf(stdout, NULL, _IONBF, 0);"),
        fork(before_fork="fflush(stdout);", wait=""),
        fork(before_fork="fflush(NULL);", child_end="fflush(stdout); _exit(0);"),
    ],
)
def test_once_each_right(source):
    assert labkit.check("once-each", source).passed


@pytest.mark.parametrize(
    ("source", "cause", "words"),
    [
        (fork(), "buffer-copied", "left twice: at the fork it was still in the buffer"),
        (fork(child_end="_exit(0);"), "child-lost", "the child's came out never"),
        (fork(before_fork="fflush(stdout);", child_end=""), "parent-twice", "the parent's twice"),
        (fork(before_fork="fclose(stdout);"), "child-lost", "the child's came out never"),
        (fork(before_fork="fflush(stdout);", wait="_exit(0);"), "parent-lost", "the parent's never"),
        (fork(before_fork="fflush(stdout);").replace("return 0;\n}", "return 5;\n}"), "status", "status 0"),
        (fork(before_fork="fflush(stdout);").replace('printf("before', 'printf("after'), "before-lost", "never left"),
        (fork(before_fork='printf("child\\n"); fflush(stdout);'), "child-twice", "the child's came out twice"),
        (fork(before_fork="fflush(stdout)"), "does-not-compile", "expected ';'"),
    ],
)
def test_once_each_wrong(source, cause, words):
    feedback = labkit.check("once-each", source)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words in feedback.reason


def test_an_unknown_exercise():
    with pytest.raises(labkit.LabkitError, match="Did you mean 'once-each'"):
        labkit.check("one-each", "pause")
