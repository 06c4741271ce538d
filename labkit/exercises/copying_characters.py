"""The exercise of lecture 02 on fgetc: what it returns is no char."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding
from labkit.exercises.situation import told
from labkit.exercises.stream_copies import COPY, ORIGINAL, REPORTS, copies, first_difference
from labkit.exercises.stream_errors import read_of

_STARTER = """\
#include <stdio.h>

int main(int argc, char **argv)
{
    char c;
    if (argc != 3) {
        fprintf(stderr, "usage: copy FROM TO\\n");
        return 2;
    }
    FILE *in = fopen(argv[1], "rb");
    if (in == NULL) {
        perror(argv[1]);
        return 1;
    }
    FILE *out = fopen(argv[2], "wb");
    if (out == NULL) {
        perror(argv[2]);
        return 1;
    }
    while ((c = fgetc(in)) != EOF) {
        if (fputc(c, out) == EOF) {
            perror(argv[2]);
            return 1;
        }
    }
    if (ferror(in)) {
        perror(argv[1]);
        return 1;
    }
    if (fclose(out) == EOF) {
        perror(argv[2]);
        return 1;
    }
    return fclose(in) == EOF;
}
"""


def _other_end(observation: Observation) -> Finding | None:
    """The copy ends too early, before a byte 255, or too late, with one byte that is not in FROM."""
    wanted = dict(observation.situation.files)[ORIGINAL]
    left = observation.left.get(COPY)
    if left is None:
        return None
    at = first_difference(left.data, wanted)
    if at == left.size < len(wanted) and wanted[at] == 0xFF:
        says = (
            f"the copy ends before byte {at:,} of FROM (counted from 0), which is 255. As a char that is -1, and so is "
            "EOF. fgetc returns an int, which can tell EOF from all 256 bytes: keep it in one."
        )
        return Finding("ends-at-255", told(observation.situation, says), read_of(ORIGINAL, at))
    if left.size == len(wanted) + 1 and at == len(wanted):
        last = left.data[-1:]
        cause = "end-written" if last == b"\xff" else "last-twice"
        what = "EOF itself, as the byte 255" if cause == "end-written" else "the last byte, once more"
        says = (
            f"the copy has one byte too many: {what}. feof is true only after a read has met the end, so what that "
            "read returned must be looked at before it is written."
        )
        return Finding(cause, told(observation.situation, says))
    return None


END_OR_BYTE = Exercise(
    name="end-or-byte",
    lecture=2,
    topics=("copy-chars", "stream-ops"),
    kind="find and mend the fault",
    question=(
        "This program copies `FROM` to `TO`, a character at a time. With text it works; of a picture it copies only "
        "the beginning. Find out why, and mend it. What is right already, its reports of errors too, must stay so."
    ),
    done="Every byte is copied, whatever its value; the end is what fgetc says, and no byte.",
    starter=_STARTER,
    requirements=(*copies(_other_end), *REPORTS),
)
