"""print-part: every right way to a part of a file is accepted; a wrong one is told its own cause, at its own step."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

HEAD = """
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
static int fail(const char *what) { perror(what); return 1; }
static int put(const char *b, size_t n)
{
    while (n > 0) {
        ssize_t w = write(1, b, n);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return fail("write");
        b += w; n -= w;
    }
    return 0;
}
int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    long offset = atol(argv[2]), count = atol(argv[3]);
"""
OPEN = """
    int fd = open(argv[1], O_RDONLY);
    if (fd < 0) return fail(argv[1]);
"""
CLOSE = """
    if (close(fd) < 0) return fail("close");
    return 0;
}
"""


def part(body, *, opening=OPEN, closing=CLOSE):
    return HEAD + opening + body + closing


PREAD = """
    char b[4096];
    while (count > 0) {
        ssize_t n = pread(fd, b, count < 4096 ? count : 4096, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail("read");
        if (n == 0) break;
        if (put(b, n)) return 1;
        offset += n; count -= n;
    }
"""
SEEK = """
    char b[700];
    if (lseek(fd, offset, SEEK_SET) < 0) return fail("lseek");
    for (;;) {
        ssize_t n = read(fd, b, count < 700 ? count : 700);
        if (n < 0) { if (errno == EINTR) continue; return fail("read"); }
        if (n == 0) break;
        if (put(b, n)) return 1;
        count -= n;
    }
"""
ONE_BYTE = """
    char c;
    for (; count > 0; offset++, count--) {
        ssize_t n;
        do n = pread(fd, &c, 1, offset); while (n < 0 && errno == EINTR);
        if (n < 0) return fail("pread");
        if (n == 0) break;
        if (put(&c, 1)) return 1;
    }
"""
WHOLE = """
    char *b = malloc(count + 1);
    long got = 0;
    if (b == NULL) return fail("malloc");
    while (got < count) {
        ssize_t n = pread(fd, b + got, count - got, offset + got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail("pread");
        if (n == 0) break;
        got += n;
    }
    if (put(b, got)) return 1;
    free(b);
"""
MAP = """
    struct stat s;
    if (fstat(fd, &s) < 0) return fail("fstat");
    if (count > s.st_size - offset) count = s.st_size - offset;
    if (count > 0) {
        long page = offset / 4096 * 4096;
        char *b = mmap(NULL, offset - page + count, PROT_READ, MAP_PRIVATE, fd, page);
        if (b == MAP_FAILED) return fail("mmap");
        if (put(b + (offset - page), count)) return 1;
    }
"""
STREAM = """
    FILE *f = fopen(argv[1], "rb");
    if (f == NULL) return fail(argv[1]);
    if (fseek(f, offset, SEEK_SET) < 0) return fail("fseek");
    for (; count > 0; count--) {
        int c = getc(f);
        while (c == EOF && ferror(f) && errno == EINTR) { clearerr(f); c = getc(f); }
        if (c == EOF) break;
        if (putchar(c) == EOF) return fail("write");
    }
    if (ferror(f)) return fail("read");
    if (fflush(stdout) == EOF) return fail("write");
"""
SENDFILE = """
    off_t at = offset;
    while (count > 0) {
        ssize_t n = sendfile(1, fd, &at, count);
        if (n < 0) return fail("sendfile");
        if (n == 0) break;
        count -= n;
    }
"""
RIGHT = {
    "sendfile": part(SENDFILE),
    "pread": part(PREAD),
    "lseek, read": part(SEEK),
    "a byte at a time": part(ONE_BYTE),
    "all at once": part(WHOLE),
    "mmap": part(MAP),
    "a stream": part(STREAM, opening="", closing="    return fclose(f) == EOF;\n}\n"),
}
FROM_START = """
    char c;
    for (long i = 0; i < offset + count; i++) {
        static char b[65536]; static ssize_t have, at;
        if (at == have) {
            do have = read(fd, b, sizeof b); while (have < 0 && errno == EINTR);
            if (have < 0) return fail("read");
            if (have == 0) break;
            at = 0;
        }
        c = b[at++];
        if (i >= offset && put(&c, 1)) return 1;
    }
"""
WRONG = {
    "bytes-missing": EXERCISES["print-part"].starter,
    "offset-ignored": part(SEEK.replace('if (lseek(fd, offset, SEEK_SET) < 0) return fail("lseek");', "")),
    "short-read": part(
        """
    char b[8192];
    ssize_t n;
    do n = pread(fd, b, count, offset); while (n < 0 && errno == EINTR);
    if (n < 0) return fail("read");
    if (put(b, n)) return 1;
"""
    ),
    "count-of-buffer": part(
        PREAD.replace("if (put(b, n)) return 1;", "if (put(b, n < count && count < 4096 ? count : n)) return 1;")
    ),
    "pread64-eintr": part(PREAD.replace("if (n < 0 && errno == EINTR) continue;", "")),
    "read-eintr": part(SEEK.replace("if (errno == EINTR) continue;", "")),
    "short-write": part(WHOLE.replace("if (put(b, got)) return 1;", 'if (write(1, b, got) < 0) return fail("w");')),
    "stops-at-nul": part(
        WHOLE.replace(
            "if (put(b, got)) return 1;", 'b[got] = 0; printf("%s", b); if (fflush(stdout)) return fail("w");'
        )
    ),
    "failed-write-ignored": part(WHOLE.replace("if (put(b, got)) return 1;", "put(b, got);")),
    "failed-open-ignored": part(PREAD, opening="\n    int fd = open(argv[1], O_RDONLY);\n    if (fd < 0) return 0;\n"),
    "silent": part(PREAD, opening="\n    int fd = open(argv[1], O_RDONLY);\n    if (fd < 0) return 1;\n"),
    "reads-from-the-start": part(FROM_START),
    "never-closed": part(PREAD, closing="    return 0;\n}\n"),
    "endless-loop": part(PREAD.replace("if (n == 0) break;", "")),
    "status": part(PREAD.replace("if (n == 0) break;", 'if (n == 0) return fail("the end");')),
    "bytes-too-many": part(PREAD, closing='    if (put("\\n", 1)) return 1;\n' + CLOSE),
    "does-not-compile": part("copy(fd, 1)"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("print-part", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("print-part", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    if feedback.recording is not None:
        labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_read_that_was_short():
    feedback = labkit.check("print-part", WRONG["short-read"])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.result) == ("pread64", 7)
