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
    ("body", "why"),
    [
        (f"{FIRST} sleep(1); {SECOND}", "leaves after 1 s. It sits in the buffer"),
        (f"{FIRST} fflush(stdout); {SECOND}", "no pause between them"),
        (f'printf("Beginning of line \\n"); fflush(stdout); sleep(1); {SECOND}', "The bytes should be"),
        (f"{FIRST} fflush(stdout); sleep(1); {SECOND} fflush(stdout); _exit(3);", "status 0"),
        (f"{FIRST} fflush(stdout); sleep(1); {SECOND} _exit(0);", "The bytes should be"),
        ("for (;;) ;", "a loop does not end"),
    ],
)
def test_half_line_wrong(body, why):
    feedback = labkit.check("half-line-now", HALVES.format(body=body))
    assert not feedback.passed and why in feedback.reason


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
    ],
)
def test_once_each_right(source):
    assert labkit.check("once-each", source).passed


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (fork(), "left twice: at the fork it was still in the buffer"),
        (fork(child_end="_exit(0);"), "the child's came out never"),
        (fork(before_fork="fflush(stdout);", child_end=""), "the parent's twice"),
        (fork(before_fork="fclose(stdout);"), "the child's came out never"),
        (fork(start="fclose(stdout);", before_fork="if (0)").replace('printf("before', 'printf("after'), "came out"),
        (fork(before_fork="fflush(stdout);").replace("return 0;\n}", "return 5;\n}"), "status 0"),
        (fork(before_fork="fflush(stdout);").replace('printf("before', 'printf("after'), "never left the program"),
    ],
)
def test_once_each_wrong(source, why):
    feedback = labkit.check("once-each", source)
    assert not feedback.passed and why in feedback.reason


def test_an_unknown_exercise():
    with pytest.raises(labkit.LabkitError, match="Did you mean 'once-each'"):
        labkit.check("one-each", "pause")
