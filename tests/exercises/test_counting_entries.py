"""count-entries: a folder read in any way is accepted; what was left out, counted too many or overlooked is named."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

HEAD = """
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
static int fail(const char *what) { perror(what); return 1; }
static int dots(const char *name) { return !strcmp(name, ".") || !strcmp(name, ".."); }
"""
MAIN = "int main(int argc, char **argv)\n{\n    long count = 0;\n    if (argc != 2) return 2;\n"
READDIR = (
    HEAD
    + MAIN
    + """
    DIR *dir = opendir(argv[1]);
    if (dir == NULL) return fail(argv[1]);
    for (;;) {
        errno = 0;
        struct dirent *e = readdir(dir);
        if (e == NULL) break;
        if (!dots(e->d_name)) count++;
    }
    if (errno != 0) return fail(argv[1]);
    if (closedir(dir) < 0) return fail("closedir");
    printf("%ld\\n", count);
    return 0;
}
"""
)
WHILE = READDIR.replace(
    "    for (;;) {\n        errno = 0;\n        struct dirent *e = readdir(dir);\n        if (e == NULL) break;\n",
    "    struct dirent *e;\n    while (errno = 0, (e = readdir(dir)) != NULL) {\n",
)
SCANDIR = (
    HEAD
    + MAIN
    + """
    struct dirent **names;
    count = scandir(argv[1], &names, NULL, alphasort);
    if (count < 0) return fail(argv[1]);
    printf("%ld\\n", count - 2);
    return 0;
}
"""
)
BARE = (
    HEAD
    + MAIN
    + """
    char b[5000];
    long n;
    int fd = open(argv[1], O_RDONLY | O_DIRECTORY);
    if (fd < 0) return fail(argv[1]);
    while ((n = syscall(SYS_getdents64, fd, b, sizeof b)) > 0)
        for (long at = 0; at < n;) {
            struct dirent64 *e = (struct dirent64 *)(b + at);
            count += !dots(e->d_name);
            at += e->d_reclen;
        }
    if (n < 0) return fail("getdents64");
    if (close(fd) < 0) return fail("close");
    return printf("%ld", count) < 0;
}
"""
)
FDOPENDIR = READDIR.replace(
    "DIR *dir = opendir(argv[1]);",
    "int fd = open(argv[1], O_RDONLY); if (fd < 0) return fail(argv[1]); DIR *dir = fdopendir(fd);",
)
TREE = (
    HEAD
    + MAIN
    + """
    DIR *dir = opendir(argv[1]);
    if (dir == NULL) return fail(argv[1]);
    int bad = 0;
    do {
        errno = 0;
        struct dirent *e = readdir(dir);
        bad = errno;
        if (e == NULL) break;
        if (e->d_name[0] == '.' && (e->d_name[1] == 0 || (e->d_name[1] == '.' && e->d_name[2] == 0))) continue;
        count = count + 1;
    } while (1);
    if (closedir(dir) != 0 || bad) { fprintf(stderr, "%s: not read\\n", argv[1]); exit(EXIT_FAILURE); }
    char text[30];
    int length = snprintf(text, sizeof text, "%ld\\n", count);
    return write(STDOUT_FILENO, text, length) != length;
}
"""
)
CHANGED = READDIR.replace(
    "DIR *dir = opendir(argv[1]);", 'if (chdir(argv[1]) < 0) return fail(argv[1]); DIR *dir = opendir(".");'
)
RIGHT = {
    "its own words": TREE,
    "from inside": CHANGED,
    "readdir": READDIR,
    "a while": WHILE,
    "scandir": SCANDIR,
    "getdents64": BARE,
    "fdopendir": FDOPENDIR,
}
SHELL = (
    HEAD
    + MAIN
    + """
    char command[4000];
    snprintf(command, sizeof command, "ls -A '%s' | wc -l; exit %ld", argv[1], count);
    return system(command) != 0;
}
"""
)
WRONG = {
    "wrong-count": EXERCISES["count-entries"].starter,
    "counts-dots": READDIR.replace("if (!dots(e->d_name)) count++;", "count++;"),
    "counts-one-dot": READDIR.replace("if (!dots(e->d_name)) count++;", 'if (strcmp(e->d_name, ".")) count++;'),
    "skips-hidden": READDIR.replace("!dots(e->d_name)", "e->d_name[0] != '.'"),
    "skips-hidden, two dots": READDIR.replace(
        "!dots(e->d_name)", 'strcmp(e->d_name, ".") && strncmp(e->d_name, "..", 2)'
    ),
    "no-count": READDIR.replace('printf("%ld\\n", count);', ""),
    "crash": READDIR.replace("if (dir == NULL) return fail(argv[1]);", ""),
    "failed-open-ignored": READDIR.replace("if (dir == NULL) return fail(argv[1]);", "if (dir == NULL) return 0;"),
    "silent": READDIR.replace("if (dir == NULL) return fail(argv[1]);", "if (dir == NULL) return 1;"),
    "failed-read-ignored": READDIR.replace("if (errno != 0) return fail(argv[1]);", ""),
    "answer-all-the-same": READDIR.replace(
        "if (errno != 0) return fail(argv[1]);", 'if (errno != 0) { printf("%ld\\n", count); return fail(argv[1]); }'
    ),
    "never-closed": READDIR.replace('if (closedir(dir) < 0) return fail("closedir");', ""),
    "other-program": SHELL,
    "status": READDIR.replace("return 0;\n}\n", "return 3;\n}\n"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("count-entries", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("count-entries", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_call_that_failed():
    feedback = labkit.check("count-entries", WRONG["failed-read-ignored"])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.errno) == ("getdents64", "EIO")
