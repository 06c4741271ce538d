"""no-line-lost: O_APPEND, one description, a lock and taking turns are all right; what works by luck is refused."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["no-line-lost"].starter
APPEND = STARTER.replace("O_WRONLY | O_CREAT", "O_WRONLY | O_CREAT | O_APPEND")
MAIN = STARTER[STARTER.index("int main") :]
HEAD = STARTER[: STARTER.index("static int")].replace("#include <stdio", "#include <string.h>\n#include <stdio")
STREAM = (
    HEAD
    + """
static int add_lines(const char *who)
{
    FILE *log = fopen("log", "a");
    if (log == NULL) { perror("log"); return 1; }
    for (int i = 0; i < 20; i++)
        if (fprintf(log, "%s %d\\n", who, i) < 0) return 1;
    return fclose(log) != 0;
}

"""
    + MAIN
)
SHARED = (
    STARTER.replace("add_lines(const char *who)", "add_lines(int fd, const char *who)")
    .replace('    int fd = open("log", O_WRONLY | O_CREAT, 0644);\n', "")
    .replace(
        "int main(void)\n{\n",
        'int main(void)\n{\n    int fd = open("log", O_WRONLY | O_CREAT, 0644);\n'
        "    if (fd < 0 || lseek(fd, 0, SEEK_END) < 0) return 1;\n",
    )
    .replace('add_lines("child")', 'add_lines(fd, "child")')
    .replace('add_lines("parent")', 'add_lines(fd, "parent")')
)
TURNS = STARTER.replace("    if (fd < 0)", "    if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)").replace(
    '    int bad = add_lines("parent");\n    if (wait(NULL) < 0)\n        return 1;\n    return bad;',
    '    if (wait(NULL) < 0)\n        return 1;\n    return add_lines("parent");',
)
LOCKED = STARTER.replace("#include <fcntl.h>", "#include <fcntl.h>\n#include <sys/file.h>").replace(
    "        if (write(fd, line, length) != length) {",
    "        if (flock(fd, LOCK_EX) < 0 || lseek(fd, 0, SEEK_END) < 0) return 1;\n"
    "        if (write(fd, line, length) != length || flock(fd, LOCK_UN) < 0) {",
)
SEEK = STARTER.replace(
    "        if (write(fd, line, length) != length) {",
    "        if (lseek(fd, 0, SEEK_END) < 0 || write(fd, line, length) != length) {",
)
PIECES = APPEND.replace(
    "        if (write(fd, line, length) != length) {",
    '        if (write(fd, line, length - 1) != length - 1 || write(fd, "\\n", 1) != 1) {',
)
RIGHT = {
    "O_APPEND": APPEND,
    "fopen with a": STREAM,
    "opened once, before the fork": SHARED,
    "one after the other": TURNS,
    "a lock around lseek and write": LOCKED,
    "O_APPEND by fcntl": STARTER.replace("    if (fd < 0) {", "    if (fd < 0 || fcntl(fd, F_SETFL, O_APPEND) < 0) {"),
}
WRONG = {
    "own-offset": STARTER,
    "empties-the-file": APPEND.replace("O_APPEND", "O_APPEND | O_TRUNC"),
    "seek-then-write": SEEK,
    "line-in-pieces": PIECES,
    "never-closed": APPEND.replace("return close(fd) < 0;", "return 0;"),
    "lines-lost": APPEND.replace("i < 20", "i < 19"),
    "line-twice": APPEND.replace(
        "        if (write(fd, line, length) != length) {",
        "        if (write(fd, line, length) != length || write(fd, line, length) != length) {",
    ),
    "status": APPEND.replace("return bad;", "return 4;"),
    "no-file": APPEND.replace('open("log"', 'open("other"'),
    "strange-line": APPEND.replace(
        "int main(void)\n{",
        'int main(void)\n{\n    FILE *f = fopen("log", "a");\n'
        '    if (f == NULL || fputs("begin\\n", f) < 0 || fclose(f)) return 1;',
    ),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("no-line-lost", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("no-line-lost", WRONG[cause])
    assert not feedback.passed
    # with lseek lines are lost by chance; whether or not they are, the cause is named
    assert feedback.cause == cause, feedback
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_a_write_to_log():
    feedback = labkit.check("no-line-lost", STARTER)
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert event.call == "write" and event.argument("buf").endswith(b" 0\n")
