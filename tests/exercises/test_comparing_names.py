"""same-file: inode and device decide, however they were asked for; whoever compares something else is told what."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

HEAD = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
"""
STAT = (
    HEAD
    + """
int main(int argc, char **argv)
{
    struct stat a, b;
    if (argc != 3) return 2;
    if (stat(argv[1], &a) < 0) { perror(argv[1]); return 2; }
    if (stat(argv[2], &b) < 0) { perror(argv[2]); return 2; }
    int same = a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    puts(same ? "same" : "different");
    return !same;
}
"""
)
OPENED = (
    HEAD
    + """
static struct stat look(const char *name)
{
    struct stat s;
    int fd = open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &s) < 0) { fprintf(stderr, "no %s\\n", name); exit(2); }
    if (close(fd) < 0) exit(2);
    return s;
}
int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    struct stat a = look(argv[1]), b = look(argv[2]);
    if (a.st_ino != b.st_ino || a.st_dev != b.st_dev) { printf("different\\n"); return 1; }
    printf("same\\n");
    return 0;
}
"""
)
STATX = (
    HEAD
    + """
int main(int argc, char **argv)
{
    struct statx s[2];
    if (argc != 3) return 2;
    for (int i = 0; i < 2; i++)
        if (statx(AT_FDCWD, argv[i + 1], 0, STATX_INO, &s[i]) < 0) { perror(argv[i + 1]); return 2; }
    int differ = s[0].stx_ino != s[1].stx_ino || s[0].stx_dev_major != s[1].stx_dev_major ||
        s[0].stx_dev_minor != s[1].stx_dev_minor;
    return write(1, differ ? "different" : "same", differ ? 9 : 4) < 0 ? 2 : differ;
}
"""
)
FOLLOWS = STAT.replace(
    "    if (stat(argv[1], &a) < 0)",
    "    if (fstatat(AT_FDCWD, argv[1], &a, 0) < 0)",
)
PATHS = (
    HEAD
    + """
int main(int argc, char **argv)
{
    struct stat a, b;
    if (argc != 3) return 2;
    int one = open(argv[1], O_PATH), other = open(argv[2], O_PATH);
    if (one < 0 || other < 0 || fstat(one, &a) < 0 || fstat(other, &b) < 0) { perror("same"); return 2; }
    int same = !memcmp(&a.st_dev, &b.st_dev, sizeof a.st_dev) && !(a.st_ino - b.st_ino);
    if (close(one) < 0 || close(other) < 0) return 2;
    return puts(same ? "same" : "different") == EOF ? 2 : !same;
}
"""
)
RIGHT = {"stat": STAT, "open, fstat": OPENED, "statx": STATX, "fstatat": FOLLOWS, "O_PATH": PATHS}
SAME = "a.st_dev == b.st_dev && a.st_ino == b.st_ino"
REALPATH = STAT.replace(f"int same = {SAME};", "int same = !strcmp(realpath(argv[1], NULL), realpath(argv[2], NULL));")
CONTENTS = STAT.replace(
    f"int same = {SAME};",
    """
    int same = a.st_size == b.st_size;
    if (same && S_ISREG(a.st_mode) && a.st_ino != b.st_ino) {
        FILE *f = fopen(argv[1], "r"), *g = fopen(argv[2], "r");
        if (f == NULL || g == NULL) return 2;
        for (int c = 0; same && c != EOF;) { c = getc(f); same = c == getc(g); }
        fclose(f); fclose(g);
    }
    """,
)
WRONG = {
    "wrong-answer": EXERCISES["same-file"].starter,
    "compares-names": STAT.replace(SAME, "strcmp(argv[1], argv[2]) == 0")
    .replace("stat(argv", "access_(argv")
    .replace(
        "int main", "static int access_(const char *n, struct stat *s) { (void)s; return access(n, F_OK); }\nint main"
    ),
    "compares-names, resolved": REALPATH,
    "looks-at-the-link": STAT.replace("stat(argv", "lstat(argv"),
    "compares-contents": CONTENTS,
    "compares-properties": STAT.replace(SAME, "a.st_size == b.st_size && a.st_mode == b.st_mode"),
    "inode-only": STAT.replace(SAME, "a.st_ino == b.st_ino"),
    "failed-stat-ignored": STAT.replace("{ perror(argv[2]); return 2; }", "{ perror(argv[2]); return 1; }"),
    "failed-stat-ignored, unchecked": STAT.replace("struct stat a, b;", "struct stat a = {0}, b = {0};")
    .replace("if (stat(argv[1], &a) < 0) { perror(argv[1]); return 2; }", "stat(argv[1], &a);")
    .replace("if (stat(argv[2], &b) < 0) { perror(argv[2]); return 2; }", "stat(argv[2], &b);"),
    "silent": STAT.replace("perror(argv[1]);", ""),
    "wrong-status": STAT.replace("return !same;", "return 0;"),
    "never-closed": OPENED.replace("if (close(fd) < 0) exit(2);", ""),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("same-file", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("same-file", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_where_it_looked_at_the_link():
    feedback = labkit.check("same-file", WRONG["looks-at-the-link"])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert "AT_SYMLINK_NOFOLLOW" in " ".join(argument.text for argument in event.args) or event.call == "lstat"
    assert "a file of its own" in feedback.reason
