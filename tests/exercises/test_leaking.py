"""no-leak: descriptors are closed when done with, in whatever way; those kept are found and named."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["no-leak"].starter
LOOP_END = "            perror(argv[i]);\n            return 1;\n        }\n    }\n    printf"
MENDED = STARTER.replace(LOOP_END, LOOP_END.replace("        }\n    }\n", "        }\n        close(fd);\n    }\n"))
assert MENDED != STARTER
STREAMS = """
#include <stdio.h>
int main(int argc, char **argv)
{
    long total = 0;
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "r");
        if (f == NULL) { perror(argv[i]); return 1; }
        while (getc(f) != EOF) total++;
        fclose(f);
    }
    printf("%ld\\n", total);
    return 0;
}
"""
SEEKS = MENDED.replace(
    "while ((got = read(fd, buffer, sizeof buffer)) > 0)\n            total += got;",
    "total += got = lseek(fd, 0, SEEK_END);",
).replace("char buffer[512];", "")
SAME_NUMBER = MENDED.replace(
    "        int fd = open(argv[i], O_RDONLY);",
    "        int first = open(argv[i], O_RDONLY);\n"
    "        int fd = first < 0 ? first : dup2(first, 40);\n        if (first >= 0) close(first);",
)
STAT = """
#include <stdio.h>
#include <sys/stat.h>
int main(int argc, char **argv)
{
    long total = 0;
    struct stat s;
    for (int i = 1; i < argc; i++) {
        if (stat(argv[i], &s) < 0) { perror(argv[i]); return 1; }
        total += s.st_size;
    }
    return printf("%ld\\n", total) < 0;
}
"""
RIGHT = {"close": MENDED, "streams": STREAMS, "lseek": SEEKS, "another number": SAME_NUMBER, "stat": STAT}
WRONG = {
    "leak": STARTER,
    "leak, of a copy": MENDED.replace("close(fd);", "dup(fd); close(fd);").replace("dup(fd);", "(void)!dup(fd);"),
    "never-closed": MENDED.replace("        close(fd);\n", "        if (i < argc - 1) close(fd);\n"),
    "closed-twice": MENDED.replace("        close(fd);\n", "        close(fd);\n        close(fd);\n"),
    "wrong-total": MENDED.replace("total += got;", "total++;"),
    "failed-open-ignored": MENDED.replace("perror(argv[i]);\n            return 1;", "continue;", 1),
    "silent": MENDED.replace("perror(argv[i]);", "", 1),
    "status": MENDED.replace("return 0;", "return 1;"),
    "endless-loop": MENDED.replace("i < argc; i++", "i < argc;"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("no-leak", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("no-leak", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    labkit.step(feedback.recording, at=feedback.step)
