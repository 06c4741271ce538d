"""count-of-items: every copy that writes what fread brought is right; a wrong one is told what it counted."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["count-of-items"].starter
READ, WRITE = "fread(block, sizeof block, 1, in)", "fwrite(block, sizeof block, got, out) != got"
LOOP = STARTER[STARTER.index("    while ((got") : STARTER.index("    if (ferror")]
MENDED = STARTER.replace(READ, "fread(block, 1, sizeof block, in)").replace(WRITE, "fwrite(block, 1, got, out) != got")
FAILED = '{ perror("to"); return 1; }'


def loop(text, of=STARTER):
    return of.replace(LOOP, text)


def pair(read, write, size="512"):
    return STARTER.replace(READ, read).replace(WRITE, write).replace("block[512]", f"block[{size}]")


RIGHT = {
    "items of one byte": MENDED,
    "written as one item": pair("fread(block, 1, sizeof block, in)", "fwrite(block, got, 1, out) != 1"),
    "blocks of one byte": STARTER.replace("block[512]", "block[1]"),
    "feof, and the count": loop(
        f"do {{ got = fread(block, 1, sizeof block, in); if (fwrite(block, 1, got, out) != got) {FAILED} }}"
        " while (!feof(in) && !ferror(in));"
    ),
    "large blocks": pair("fread(block, 1, sizeof block, in)", "fwrite(block, 1, got, out) < got", "100000"),
    "by characters": loop(
        f"int c; while ((c = getc(in)) != EOF) if (putc(c, out) == EOF) {FAILED} got = 0; (void)got;"
    ),
}
WRONG = {
    "last-block-lost": (STARTER, "the last 494 bytes are missing"),
    "last-block-lost, of 1,000": (STARTER.replace("512", "1000"), "the last 590 bytes are missing"),
    "whole-block-written": (
        pair("fread(block, 1, sizeof block, in)", "fwrite(block, 1, sizeof block, out) == 0"),
        "the copy has 18 bytes more than FROM",
    ),
    "whole-block-written, after feof": (
        loop(
            "while (!feof(in) && !ferror(in)) { got = fread(block, sizeof block, 1, in);"
            f" if (fwrite(block, sizeof block, 1, out) != 1) {FAILED} }}"
        ),
        "left over from before",
    ),
    "items-for-bytes": (pair(READ, "fwrite(block, 1, got, out) != got"), "of every 512 bytes only the first"),
    "stops-at-nul": (
        loop(f"while (fgets(block, sizeof block, in)) if (fputs(block, out) == EOF) {FAILED} (void)got;"),
        "is 0, and from there on",
    ),
    "read-error-ignored": (MENDED.replace("if (ferror(in))", "if (0)"), "read failed with EIO in fread"),
    "endless-loop": (loop("while (!feof(in)) { got = fread(block, 1, sizeof block, in);"
                          f" if (fwrite(block, 1, got, out) != got) {FAILED} }}"), "again and again"),
    "failed-write-ignored": (MENDED.replace("if (fclose(out) == EOF)", "fclose(out);\n    if (0)"), "in fclose"),
    "silent": (MENDED.replace("perror(argv[2])", "puts(argv[2])"), "said nothing on stderr"),
    "old-kept": (MENDED.replace('"wb"', '"r+b"').replace("if (out == NULL)", 'if (out == NULL)\n        out = '
                 'fopen(argv[2], "wb");\n    if (out == NULL)'), "Which mode of fopen"),
}  # fmt: skip


@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("count-of-items", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("count-of-items", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_read_of_what_was_lost():
    feedback = labkit.check("count-of-items", STARTER)
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.result) == ("read", 494)
