"""end-or-byte: every copy that knows the end from a byte is right; a wrong one is told how it ended, and where."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["end-or-byte"].starter
LOOP = STARTER[STARTER.index("    while ((c") : STARTER.index("    if (ferror")]
MENDED = STARTER.replace("char c;", "int c;")


def loop(text, declared="int c;"):
    return STARTER.replace("char c;", declared).replace(LOOP, text)


FAILED = 'if (fputc(c, out) == EOF) { perror("to"); return 1; }'
RIGHT = {
    "int": MENDED,
    "getc and putc, for ever": loop(
        'for (;;) { c = getc(in); if (c == EOF) break; if (putc(c, out) == EOF) { perror("to"); return 1; } }'
    ),
    "a char, and feof after the read": loop(
        f"for (;;) {{ c = fgetc(in); if (feof(in) || ferror(in)) break; {FAILED} }}", "char c;"
    ),
    "fread of one": loop(f"while (fread(&c, 1, 1, in) == 1) {FAILED}", "unsigned char c;"),
    "by blocks": loop(
        "size_t n; while ((n = fread(b, 1, sizeof b, in)) > 0)"
        ' if (fwrite(b, 1, n, out) != n) { perror("to"); return 1; }',
        "char b[100];",
    ),
    "read and write": "#include <fcntl.h>\n#include <unistd.h>\n#include <stdio.h>\nint main(int argc, char **argv) {"
    ' char c; if (argc != 3) return 2; int in = open(argv[1], O_RDONLY); if (in < 0) { perror("from"); return 1; }'
    " int out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644); ssize_t n;"
    ' if (out < 0) { perror("to"); return 1; }'
    ' while ((n = read(in, &c, 1)) == 1) if (write(out, &c, 1) != 1) { perror("to"); return 1; }'
    ' if (n < 0) { perror("from"); return 1; } return close(out) < 0; }',
}
WRONG = {
    "ends-at-255": (STARTER, "the copy ends before byte 255 of FROM"),
    "flood": (loop(LOOP, "unsigned char c;"), "it makes a file without end"),
    "end-written": (loop(f"while (!feof(in)) {{ c = fgetc(in); {FAILED} }}"), "EOF itself, as the byte 255"),
    "last-twice": (
        loop(f"while (!feof(in)) {{ if (fread(&c, 1, 1, in) != 1 && ferror(in)) break; {FAILED} }}", "char c = 0;"),
        "the last byte, once more",
    ),
    "stops-at-nul": (loop(LOOP.replace("!= EOF", "> 0"), "int c;"), "byte 6 of FROM (counted from 0) is 0"),
    "read-error-ignored": (MENDED.replace("if (ferror(in))", "if (0)"), "ferror tells which it was"),
    "failed-write-ignored": (
        MENDED.replace("if (fclose(out) == EOF)", "fclose(out);\n    if (0)"),
        "write failed with ENOSPC in fclose, line 30",
    ),
    "failed-write-ignored, at the end": (
        MENDED.replace("if (fclose(out) == EOF)", "if (0)"),
        "where nobody can hear of it",
    ),
    "silent": (MENDED.replace("perror(argv[2])", "puts(argv[2])"), "said nothing on stderr"),
    "old-kept": (MENDED.replace('"wb"', '"ab"'), "Which mode of fopen"),
    "bytes-changed": (loop(LOOP.replace("fputc(c, out)", "fputc(c == 10 ? 13 : c, out)"), "int c;"), "byte 4 of copy"),
    "failed-open-ignored": (
        MENDED.replace("perror(argv[1]);\n        return 1;", "return 0;", 1),
        "open failed with ENOENT, but the program ended with status 0",
    ),
}


@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("end-or-byte", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("end-or-byte", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_read_that_brought_the_byte():
    feedback = labkit.check("end-or-byte", STARTER)
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert event.call == "read" and b"\xff" in event.argument("buf")
