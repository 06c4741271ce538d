"""copy-all and count-right: every right copy is accepted; a wrong one is told its own cause, at its own step."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES
from labkit.exercises.copying import SIZES

HEAD = """
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sendfile.h>
#include <unistd.h>
"""
OPEN = """
    if (argc != 3) { fprintf(stderr, "usage: copy FROM TO\\n"); return 2; }
    int from = open(argv[1], O_RDONLY);
    if (from < 0) { perror(argv[1]); return 1; }
    int to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (to < 0) { perror(argv[2]); return 1; }
"""
CLOSE = """
    if (close(from) < 0 || close(to) < 0) { perror("close"); return 1; }
    return 0;
"""


def copy(loop, *, opening=OPEN, closing=CLOSE, before=""):
    return f"{HEAD}{before}\nint main(int argc, char **argv)\n{{{opening}\n{loop}\n{closing}}}\n"


WHILE = """
    char b[4096];
    for (;;) {
        ssize_t n = read(from, b, sizeof b);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) { perror("read"); return 1; }
        if (n == 0) break;
        ssize_t done = 0;
        while (done < n) {
            ssize_t w = write(to, b + done, n - done);
            if (w < 0 && errno == EINTR) continue;
            if (w < 0) { perror("write"); return 1; }
            done += w;
        }
    }
"""
ONE_BYTE = """
    char c;
    ssize_t n;
    while ((n = read(from, &c, 1)) != 0) {
        if (n < 0) { if (errno == EINTR) continue; perror("read"); return 1; }
        ssize_t w;
        do w = write(to, &c, 1); while (w == 0 || (w < 0 && errno == EINTR));
        if (w < 0) { perror("write"); return 1; }
    }
"""
ALL = """
static int all(int fd, const char *p, size_t n)
{
    if (n == 0) return 0;
    ssize_t w = write(fd, p, n);
    if (w < 0) return errno == EINTR ? all(fd, p, n) : -1;
    return all(fd, p + w, n - w);
}
"""
WHOLE = """
    size_t size = 0, room = 1 << 17;
    char *b = malloc(room);
    if (b == NULL) { perror("malloc"); return 1; }
    ssize_t n;
    do {
        n = read(from, b + size, room - size);
        if (n > 0) size += n;
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0) { perror("read"); return 1; }
    if (all(to, b, size) < 0) { fprintf(stderr, "%s: %s\\n", argv[2], strerror(errno)); return 1; }
    free(b);
"""
AT_OFFSETS = """
    char b[1000];
    off_t at = 0;
    ssize_t n;
    while ((n = pread(from, b, sizeof b, at)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) { perror("read"); return 1; }
        ssize_t w = pwrite(to, b, n, at);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) { perror("write"); return 1; }
        at += w;
    }
"""
OTHER_NUMBERS = OPEN.replace(
    "int from = open(argv[1]", "(void)!dup(0); (void)!dup(0); close(3); close(4); int from = open(argv[1]"
)
MOVED = OPEN + "    int high = dup2(to, 77); if (high < 0 || close(to) < 0) return 1; to = high;\n"

RIGHT = {
    "two loops": copy(WHILE),
    "a byte at a time": copy(ONE_BYTE),
    "recursion, all at once": copy(WHOLE, before=ALL),
    "pread and pwrite": copy(AT_OFFSETS),
    "other descriptor numbers": copy(WHILE, opening=MOVED),
    "descriptors opened and closed before": copy(WHILE, opening=OTHER_NUMBERS),
    "creat and close in the other order": copy(
        WHILE,
        opening=OPEN.replace("open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644)", "creat(argv[2], 0600)"),
        closing='    if (close(to) < 0) { perror("close"); return 1; }\n    close(from);\n    return 0;\n',
    ),
}
RIGHT["a new file that is renamed"] = copy(
    WHILE,
    opening=OPEN.replace("open(argv[2]", 'open("new"'),
    closing=CLOSE.replace("return 0", 'return rename("new", argv[2]) < 0'),
)
RIGHT["and says how much"] = copy(WHILE, closing='    puts("copied");' + CLOSE)
STREAMS = """
    FILE *in = fdopen(from, "r"), *out = fdopen(to, "w");
    int c;
    if (in == NULL || out == NULL) return 1;
    while ((c = getc(in)) != EOF) if (putc(c, out) == EOF) { perror("write"); return 1; }
    if (ferror(in)) return 1;
    if (fclose(in) < 0 || fclose(out) < 0) { perror("write"); return 1; }
"""
WRONG = {
    "count-of-buffer": copy(
        WHILE.replace("done < n", "done < (ssize_t)sizeof b").replace("n - done", "sizeof b - done")
    ),
    "stops-at-nul": copy(
        WHILE.replace("ssize_t done = 0;", "b[n < 4096 ? n : 4095] = 0; n = strlen(b); ssize_t done = 0;").replace(
            "read(from, b, sizeof b)", "read(from, b, 4095)"
        )
    ),
    "short-write": copy(WHILE.replace("while (done < n)", "if (n > 0)")),
    "short-read": copy(
        WHILE.replace("if (n == 0) break;", "").replace("    }\n", "        if (n < 4096) break;\n    }\n")
    ),
    "read-eintr": copy(WHILE.replace("if (n < 0 && errno == EINTR) continue;", "")),
    "write-eintr": copy(WHILE.replace("if (w < 0 && errno == EINTR) continue;", "")),
    "failed-write-ignored": copy(WHILE.replace('if (w < 0) { perror("write"); return 1; }', "if (w < 0) break;")),
    "silent": copy(WHILE.replace('perror("write");', "")),
    "stdio": copy(STREAMS, closing="    return 0;\n"),
    "other-call": copy("    while (sendfile(to, from, NULL, 1 << 16) > 0) ;"),
    "failed-open-ignored": copy(
        WHILE.replace('perror("read"); return 1;', "break;"),
        opening=OPEN.replace("if (from < 0) { perror(argv[1]); return 1; }", ""),
        closing="    close(from); close(to);\n    return 0;\n",
    ),
    "never-closed": copy(WHILE, closing="    return close(to) < 0;\n"),
    "no-mode": copy(WHILE, opening=OPEN.replace(", 0644", "")),
    "no-truncate": copy(WHILE, opening=OPEN.replace(" | O_TRUNC", "")),
    "no-file": copy(WHILE, opening=OPEN.replace("argv[2], O_W", '"copy", O_W')),
    "status": copy(WHILE, closing="    close(from); close(to);\n    return 3;\n"),
    "does-not-compile": copy(WHILE.replace("ssize_t done = 0;", "ssize_t done = 0")),
    "endless-loop": copy(WHILE.replace("if (n == 0) break;", "")),
    "crash": copy("    int *p = NULL;\n    *p = from;"),
}


@pytest.mark.parametrize("variant", RIGHT)
def test_copy_all_right(variant):
    feedback = labkit.check("copy-all", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_copy_all_wrong(cause):
    feedback = labkit.check("copy-all", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert feedback.reason.count("\n") == 0
    if cause == "does-not-compile":
        assert "Line " in feedback.reason and feedback.recording is None
    else:
        labkit.step(feedback.recording, at=feedback.step)  # the step is there


def test_the_starter_itself_is_not_right_yet():
    assert labkit.check("copy-all", EXERCISES["copy-all"].starter).cause == "bytes-missing"


def test_the_step_is_the_learners_own_short_write():
    feedback = labkit.check("copy-all", WRONG["short-write"])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.detail, event.result) == ("write", "fault injected", 100)
    assert "the other 500" in feedback.reason
    assert "copies every byte, and no other" in feedback.met


def test_a_crash_is_told_with_its_line():
    source = WRONG["crash"]
    line = source[: source.index("*p = from")].count("\n") + 1
    assert f"crashes in line {line}, killed by SIGSEGV" in labkit.check("copy-all", source).reason


def test_the_sizes_that_matter_are_tried():
    assert SIZES == (0, 1, 4095, 4096, 65537)
    tried = {len(dict(one.when.files).get("from", b"")) for one in EXERCISES["copy-all"].requirements}
    assert tried >= set(SIZES)


MENDED = {
    "n instead of sizeof": RIGHT["two loops"],
    "a byte at a time": RIGHT["a byte at a time"],
    "all at once": RIGHT["recursion, all at once"],
    "with streams": copy(STREAMS, closing="    return 0;\n"),
    "sendfile": copy("    while (sendfile(to, from, NULL, 1 << 16) > 0) ;"),
}
NOT_MENDED = {
    "count-of-buffer": EXERCISES["count-right"].starter,
    "stops-at-nul": WRONG["stops-at-nul"],
    "short-write": EXERCISES["count-right"].starter.replace(
        "write(to, buffer, sizeof buffer)", "write(to, buffer, got)"
    ),
    "short-read": WRONG["short-read"],
    "failed-open-ignored": WRONG["failed-open-ignored"],
    "never-closed": WRONG["never-closed"],
    "no-truncate": WRONG["no-truncate"],
}


@pytest.mark.parametrize("variant", MENDED)
def test_count_right_right(variant):
    feedback = labkit.check("count-right", MENDED[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", NOT_MENDED)
def test_count_right_wrong(cause):
    feedback = labkit.check("count-right", NOT_MENDED[cause])
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    labkit.step(feedback.recording, at=feedback.step)
