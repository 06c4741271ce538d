"""count-mapped: whatever counts every line in memory is right, and without a read."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

HEAD = """#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
"""
OPEN = """    struct stat status;
    long lines = 0;
    int fd = open(argc > 1 ? argv[1] : "text", O_RDONLY);
    if (fd < 0 || fstat(fd, &status) < 0) { perror("text"); return 1; }
    size_t size = (size_t)status.st_size;
"""
EMPTY = '    if (size == 0) { puts("0"); return 0; }\n'
MAP = """    char *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) { perror("mmap"); return 1; }
"""
COUNT = """    for (size_t i = 0; i < size; i++) lines += p[i] == '\\n';
    lines += p[size - 1] != '\\n';
"""


def counting(*parts):
    end = '    printf("%ld\\n", lines);\n    return 0;\n}\n'
    return HEAD + "int main(int argc, char *argv[])\n{\n" + "".join(parts) + end


MEMCHR = """    for (char *at = p, *end = p + size; at < end; lines++) {
        char *next = memchr(at, '\\n', (size_t)(end - at));
        at = next ? next + 1 : end;
    }
"""
PAGES = """    char last = '\\n';
    for (off_t at = 0; at < (off_t)size; at += 4096) {
        size_t here = size - (size_t)at < 4096 ? size - (size_t)at : 4096;
        char *p = mmap(NULL, here, PROT_READ, MAP_SHARED, fd, at);
        if (p == MAP_FAILED) { perror("mmap"); return 1; }
        for (size_t i = 0; i < here; i++) lines += p[i] == '\\n';
        last = p[here - 1];
        if (munmap(p, here) < 0) { perror("munmap"); return 1; }
    }
    lines += last != '\\n';
    if (S_ISDIR(status.st_mode)) { fputs("a folder\\n", stderr); return 1; }
"""
SHARED = MAP.replace("MAP_PRIVATE", "MAP_SHARED | MAP_POPULATE") + "    close(fd);\n"
RIGHT = {
    "bytes": counting(OPEN, EMPTY, MAP, COUNT),
    "memchr": counting(OPEN, EMPTY, MAP, MEMCHR),
    "page by page": counting(OPEN, PAGES),
    "shared, closed before": counting(OPEN, EMPTY, SHARED, COUNT),
    "size by lseek": counting(
        OPEN.replace("(size_t)status.st_size", "S_ISREG(status.st_mode) ? (size_t)lseek(fd, 0, SEEK_END) : 4096"),
        EMPTY, MAP, COUNT),
}  # fmt: skip
READ = (
    '    char *p = malloc(size + 1);\n    if (!p || read(fd, p, size) != (ssize_t)size) { perror("read"); return 1; }\n'
)
STREAM = """    FILE *in = fopen(argv[1], "r");
    if (!in) { perror("text"); return 1; }
    int c, last = '\\n';
    while ((c = fgetc(in)) != EOF) { lines += c == '\\n'; last = c; }
    lines += last != '\\n';
    (void)size;
"""
WRONG = {
    "wrong-count": (EXERCISES["count-mapped"].starter, 'it should print 3, but printed "0'),
    "reads-it": (counting(OPEN, EMPTY, READ, COUNT), "come by read"),
    "reads-it, by stdio": (counting(OPEN, STREAM), "come by read"),
    "empty-mapped": (counting(OPEN, MAP, COUNT), "An empty file has no lines, without it"),
    "last-line-missed": (counting(OPEN, EMPTY, MAP, COUNT.partition("    lines +=")[0]), "It counts newlines"),
    "stops-at-nul": (
        counting(OPEN, EMPTY, MAP, COUNT.replace("i < size", "i < size && p[i]")), "not a file"),
    "beyond-the-end": (
        counting(OPEN, EMPTY, MAP, COUNT, "    if (size % 4096 == 0) lines++;\n"), "behind the last byte"),
    "one-page": (counting(OPEN, EMPTY, "    if (size > 4096) size = 4096;\n", MAP, COUNT), "more than a page"),
    "open-unchecked": (
        counting(OPEN.replace('perror("text"); return 1;', 'perror("text"); return 0;'), EMPTY, MAP, COUNT), "s 0"),
    "silent": (counting(OPEN.replace('perror("text"); ', ""), EMPTY, MAP, COUNT), "nothing on stderr"),
    "map-unchecked": (
        counting(OPEN, EMPTY, MAP.replace('perror("mmap"); return 1;', 'puts("0"); return 0;'), COUNT), "MAP_FAILED"),
    "no-number": (counting(OPEN, EMPTY, MAP, COUNT, '    printf("lines: ");\n'), "it should print 3"),
    "not-mapped": (
        counting(OPEN, "    const char *p = \"a\\nb\\nc\\n\"; size = 6;\n", COUNT), "text is not mapped"),
    "crash": (counting(OPEN, "    char *p = NULL;\n", COUNT), "crashes"),
}  # fmt: skip


@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("count-mapped", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("count-mapped", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
