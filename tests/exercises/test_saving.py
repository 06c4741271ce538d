"""saved-or-not: whoever says saved only when it is so is right; a wrong one is told what it did not hear of."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

HEAD = "#include <errno.h>\n#include <fcntl.h>\n#include <stdio.h>\n#include <string.h>\n#include <unistd.h>\n"
BAD = '{ perror("notes"); return 1; }'
SAVED = 'puts("saved");'


def save(body, end=SAVED):
    return f"{HEAD}int main(int argc, char **argv)\n{{\nif (argc != 2) return 2;\n{body}\n{end}\nreturn 0;\n}}\n"


PRINTED = f"""
    FILE *f = fopen("notes", "w");
    if (f == NULL) {BAD}
    if (fprintf(f, "%s\\n", argv[1]) < 0) {BAD}
    if (fclose(f) == EOF) {BAD}
"""
FLUSHED = f"""
    FILE *f = fopen("notes", "w");
    if (!f) {BAD}
    if (fputs(argv[1], f) == EOF || fputc('\\n', f) == EOF || fflush(f) == EOF || fsync(fileno(f)) < 0) {BAD}
    if (fclose(f)) {BAD}
"""
DESCRIPTOR = f"""
    int fd = open("notes", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) {BAD}
    char text[10000];
    size_t length = snprintf(text, sizeof text, "%s\\n", argv[1]);
    for (size_t done = 0; done < length;) {{
        ssize_t n = write(fd, text + done, length - done);
        if (n < 0) {BAD}
        done += n;
    }}
    if (close(fd) < 0) {BAD}
"""
RENAMED = PRINTED.replace('"notes", "w"', '"notes.new", "w"') + f'    if (rename("notes.new", "notes") < 0) {BAD}\n'
KEPT_ERRNO = f"""
    FILE *f = fopen("notes", "w");
    if (f == NULL) {BAD}
    int why = 0;
    errno = 0;
    if (fprintf(f, "%s\\n", argv[1]) < 0) why = errno;
    if (fclose(f) == EOF && !why) why = errno;
    if (why) {{ fprintf(stderr, "notes: %s\\n", strerror(why)); return 1; }}
"""
RIGHT = {
    "fprintf and fclose": save(PRINTED),
    "flushed and forced": save(FLUSHED),
    "open, write, close": save(DESCRIPTOR),
    "a new file that is renamed": save(RENAMED),
    "with errno kept": save(KEPT_ERRNO),
    "and sees whether it could say so": save(PRINTED, 'if (puts("saved") == EOF || fflush(stdout) == EOF) return 1;'),
}
ONCE = DESCRIPTOR.replace("for (size_t done = 0; done < length;) {", "{ size_t done = 0;")
CLOSED = f"if (fclose(f) == EOF) {BAD}"
FOUND = f"if (f == NULL) {BAD}"
WRONG = {
    "no-file": (EXERCISES["saved-or-not"].starter, "it should leave a file notes"),
    "failed-write-ignored": (save(PRINTED.replace(CLOSED, "fclose(f);")), "What does fclose return?"),
    "failed-write-ignored, at the end": (save(PRINTED.replace(CLOSED, "")), "after main had returned"),
    "failed-close-ignored": (save(FLUSHED.replace(f"if (fclose(f)) {BAD}", "fclose(f);")), "close failed with EIO in"),
    "claims-saved": (save(PRINTED.replace(CLOSED, SAVED + CLOSED), ""), "it had printed saved"),
    "text-as-format": (
        save(PRINTED.replace('"%s\\n", argv[1]', "argv[1]").replace(CLOSED, 'fputs("\\n", f);' + CLOSED)),
        "The text is data",
    ),
    "old-kept": (save(PRINTED.replace('"w"', '"a"')), "Which mode of fopen"),
    "silent": (save(PRINTED.replace('perror("notes")', 'puts("error")')), "said nothing on stderr"),
    "other-reason": (
        save(PRINTED.replace('perror("notes")', 'fprintf(stderr, "notes: not saved\\n")')),
        "it does not say why: No space left on device",
    ),
    "no-newline": (save(PRINTED.replace("%s\\n", "%s")), "no newline ends the line"),
    "not-said": (save(PRINTED, ""), "it should print saved"),
    "short-write": (save(ONCE), "took 3, which it may"),
    "failed-open-ignored": (save(PRINTED.replace(FOUND, "if (f == NULL) return 0;")), "open failed with EISDIR"),
    "crash": (save(PRINTED.replace(FOUND, "")), "When notes is a folder, it crashes"),
}


@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("saved-or-not", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("saved-or-not", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_write_in_fclose():
    answer, _ = WRONG["failed-write-ignored"]
    feedback = labkit.check("saved-or-not", answer)
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.errno, event.place.via[0]) == ("write", "ENOSPC", "fclose")
