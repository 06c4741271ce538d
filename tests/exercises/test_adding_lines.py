"""log-lines: whoever appends whole lines at once is right; a wrong one is told which line is lost, and by what."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

HEAD = "#include <fcntl.h>\n#include <stdio.h>\n#include <string.h>\n#include <sys/file.h>\n#include <unistd.h>\n"
BAD = '{ perror("log"); return 1; }'


def log(before, line, after=f"if (fclose(f) == EOF) {BAD}", mode="a"):
    return (
        f'{HEAD}int main(int argc, char **argv)\n{{\n    FILE *f = fopen("log", "{mode}");\n    if (f == NULL) {BAD}\n'
        f"    {before}\n    for (int i = 1; i < argc; i++) {{\n        {line}\n    }}\n    {after}\n    return 0;\n}}\n"
    )


PUT = 'if (fprintf(f, "%s\\n", argv[i]) < 0'
FLUSHED = f"{PUT} || fflush(f) == EOF) {BAD}"
EXISTING = 'f ? f : fopen("log", "w")'


def other_mode(line, mode="r+"):
    return log("", line, mode=mode).replace('fopen("log", "r+");', 'fopen("log", "r+");\n    f = ' + EXISTING + ";")


RIGHT = {
    "fflush after each": log("", FLUSHED),
    "line buffering": log(f"if (setvbuf(f, NULL, _IOLBF, BUFSIZ) != 0) {BAD}", f"{PUT}) {BAD}"),
    "no buffering": log(f"if (setvbuf(f, NULL, _IONBF, 0) != 0) {BAD}", f"{PUT}) {BAD}"),
    "read, too": log("", FLUSHED, mode="a+"),
    "opened for each line": f"{HEAD}int main(int argc, char **argv) {{ for (int i = 1; i < argc; i++) {{"
    f' FILE *f = fopen("log", "a"); if (f == NULL) {BAD} {PUT}) {BAD} if (fclose(f) == EOF) {BAD} }} return 0; }}',
    "a descriptor": f"{HEAD}int main(int argc, char **argv) {{ int fd = open("
    f'"log", O_WRONLY | O_CREAT | O_APPEND, 0644); if (fd < 0) {BAD} for (int i = 1; i < argc; i++)'
    f' if (dprintf(fd, "%s\\n", argv[i]) < 0) {BAD} return close(fd) < 0; }}',
    "with a lock": other_mode(
        f"if (flock(fileno(f), LOCK_EX) < 0 || fseek(f, 0, SEEK_END) < 0) {BAD} {FLUSHED}"
        f" if (flock(fileno(f), LOCK_UN) < 0) {BAD}"
    ),
}
WRONG = {
    "bytes-missing": (EXERCISES["log-lines"].starter, "log is empty; it should have 39 bytes"),
    "emptied": (log("", FLUSHED, mode="w"), "this mode empties the file"),
    "overwritten": (other_mode(FLUSHED), "begins to write at the start"),
    "own-offset": (other_mode(f"if (fseek(f, 0, SEEK_END) < 0) {BAD} {FLUSHED}"), "it lands on that line"),
    "kept-back": (log("", f"{PUT}) {BAD}"), "3 lines go out in this one write"),
    "line-in-pieces": (
        log("setbuf(f, NULL);", f"if (fputs(argv[i], f) == EOF || fputc('\\n', f) == EOF) {BAD}"),
        'takes only part of a line, "door open"',
    ),
    "text-as-format": (
        log("", f"if (fprintf(f, argv[i]) < 0 || fputc('\\n', f) == EOF || fflush(f) == EOF) {BAD}"),
        "a text is data",
    ),
    "no-newline": (log("", FLUSHED.replace("%s\\n", "%s")), "not every line ends with a newline"),
    "failed-write-ignored": (log("", f"{PUT}) {BAD} fflush(f);"), "What does fflush return?"),
    "silent": (log("", FLUSHED.replace('perror("log");', "")), "said nothing on stderr"),
    "failed-open-ignored": (
        log("", FLUSHED).replace(f"if (f == NULL) {BAD}", "if (f == NULL) return 0;"),
        "open failed with EISDIR",
    ),
}


@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("log-lines", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("log-lines", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
