"""Programs that do not come to an end of their own, and text that is no program: answered in plain words."""

import pytest

import labkit

HEAD = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"
PIPE = "    int p[2]; char c; if (pipe(p)) return 1;\n"


def program(body):
    return f"{HEAD}int main(void)\n{{\n{body}\n    return 0;\n}}\n"


MISHAPS = [
    (program("    for (;;) ;"), "endless-loop", "a loop does not end in line 8."),
    (program("    for (;;) getppid();"), "endless-loop", "it called getppid in line 8 again and again"),
    (program(PIPE + "    (void)!read(p[0], &c, 1);"), "hangs", "hangs in read in line 9: it waits for bytes"),
    (
        program(PIPE + "    if (fork() == 0) (void)!read(p[0], &c, 1);\n    wait(NULL);"),
        "hangs",
        "hangs in read in line 9",
    ),
    (program('    for (;;) puts("again");'), "flood", "writes without end"),
    (program("    for (;;) fork();"), "flood", "starts processes without end"),
    (program("    char *p = NULL;\n\n    p[5] = 1;"), "crash", "crashes in line 10, killed by SIGSEGV"),
    (program("    volatile int zero = 0;\n    return 7 / zero;"), "crash", "crashes in line 9, killed by SIGFPE"),
    (program("    abort();"), "crash", "crashes in line 8, killed by SIGABRT"),
]


@pytest.mark.parametrize(("source", "cause", "words"), MISHAPS)
def test_it_does_not_end_well(source, cause, words):
    feedback = labkit.check("copy-all", source)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words in feedback.reason
    assert len(feedback.recording.events) < 2_000
    labkit.step(feedback.recording, at=feedback.step)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (program("    int n = 1"), "Line 9: expected ',' or ';' before 'return'."),
        (program("    opne(3);").replace("-W", ""), "there is no function opne"),
        ("int other(void) { return 0; }\n", "no main function"),
        ("#include <nosuch.h>\nint main(void) { return 0; }\n", "Line 1: nosuch.h: No such file or directory."),
    ],
)
def test_it_does_not_compile(source, words):
    feedback = labkit.check("copy-all", source)
    assert feedback.cause == "does-not-compile" and feedback.step is None
    assert words in feedback.reason


def test_what_a_program_prints_stays_text():
    source = program('    fputs("<script>\\x1b[2J", stderr);\n    return 1;')
    feedback = labkit.check("copy-all", source)
    assert "<script>\\e[2J" in feedback.reason
