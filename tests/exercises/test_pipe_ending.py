"""end-comes: whoever lets the last write end be closed is right; who hangs, stops early or cheats is told why."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["end-comes"].starter
COUNTING = "    bad = count_bytes(p[0]);\n"
SENDING = "        return send_file(argv[1], p[1]);\n"
CLOSED = STARTER.replace(COUNTING, '    if (close(p[1]) < 0)\n        return fail("close");\n' + COUNTING)
BOTH = CLOSED.replace(
    "    if (child == 0)\n" + SENDING,
    "    if (child == 0) {\n        close(p[0]);\n        bad = send_file(argv[1], p[1]);\n        close(p[1]);\n"
    "        return bad;\n    }\n",
)
# The parent sends, the child counts.
TURNED = STARTER.replace(
    "    if (child == 0)\n" + SENDING + COUNTING,
    "    if (child == 0) {\n        close(p[1]);\n        return count_bytes(p[0]);\n    }\n"
    "    close(p[0]);\n    bad = send_file(argv[1], p[1]);\n    close(p[1]);\n",
).replace("return printf(", "return printf(")
# The end moves to descriptor 0, and both that the pipe had are closed.
MOVED = STARTER.replace(
    COUNTING,
    "    if (dup2(p[0], 0) < 0 || close(p[0]) < 0 || close(p[1]) < 0)\n        return 1;\n    bad = count_bytes(0);\n",
)
STREAM = CLOSED.replace(
    """    char buffer[1000];
    long total = 0;
    ssize_t got;
    while ((got = read(from, buffer, sizeof buffer)) > 0)
        total += got;
    if (got < 0)
        return fail("read");
""",
    """    long total = 0;
    FILE *in = fdopen(from, "r");
    if (in == NULL)
        return fail("fdopen");
    while (getc(in) != EOF)
        total++;
""",
)
assert len({STARTER, CLOSED, BOTH, TURNED, MOVED, STREAM}) == 6
POLLS = (
    CLOSED.replace("#include <fcntl.h>", "#include <errno.h>\n#include <fcntl.h>")
    .replace("    long total = 0;\n", "    long total = 0;\n    fcntl(from, F_SETFL, O_NONBLOCK);\n")
    .replace(
        "got = read(from, buffer, sizeof buffer)) > 0)\n        total", "got = next(from, buffer)) > 0)\n        total"
    )
    .replace(
        "static int count_bytes",
        "static ssize_t next(int from, char *buffer)\n{\n    ssize_t got;\n    do\n"
        "        got = read(from, buffer, 1000);\n    while (got < 0 && errno == EAGAIN && usleep(100) == 0);\n"
        "    return got;\n}\n\nstatic int count_bytes",
    )
)
RIGHT = {"closed": CLOSED, "all closed": BOTH, "turned round": TURNED, "moved": MOVED, "a stream": STREAM}
WRONG = {
    "write-end-open": (STARTER, "the reader itself still has one open, descriptor 4"),
    "write-end-open, the other end closed": (STARTER.replace(COUNTING, "    close(p[0] + 7);\n" + COUNTING), "itself"),
    "write-end-open, of a copy": (
        CLOSED.replace("pid_t child = fork();", "int q = dup(p[1]);\n    pid_t child = q < 0 ? -1 : fork();"),
        "descriptor 5",
    ),
    "write-end-open, closed too late": (STARTER.replace(COUNTING, COUNTING + "    close(p[1]);\n"), "itself"),
    "waits-too-early": (
        STARTER.replace(COUNTING, "").replace(
            '        return fail("waitpid");\n', '        return fail("waitpid");\n    close(p[1]);\n' + COUNTING
        ),
        "nobody reads it",
    ),
    "short-read": (
        CLOSED.replace(
            "    while ((got = read(from, buffer, sizeof buffer)) > 0)\n        total += got;\n",
            "    do {\n        got = read(from, buffer, sizeof buffer);\n        total += got;\n"
            "    } while (got == sizeof buffer);\n",
        ),
        "took that for the",
    ),
    "wrong-count": (CLOSED.replace("total += got;", "total++;"), "should print"),
    "no-pipe": (
        CLOSED.replace(COUNTING, "    p[0] = open(argv[1], O_RDONLY);\n" + COUNTING),
        "the fault is elsewhere",
    ),
    "polls": (POLLS, "again and again"),
    "failed-open-ignored": (CLOSED.replace("return bad || status != 0;", "return bad;"), "ended with status 0"),
    "status": (CLOSED.replace("return bad || status != 0;", "return 5;"), "status 0"),
    "hangs": (CLOSED.replace(COUNTING, COUNTING + "    pause();\n"), "it hangs in pause"),
}  # fmt: skip


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("end-comes", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer != CLOSED
    feedback = labkit.check("end-comes", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_read_that_never_returns():
    feedback = labkit.check("end-comes", STARTER)
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.end) == ("read", None)
