"""The exercise of lecture 02 on fread: the size of an item, the count of items, and what the last block holds."""

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
    char block[512];
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
    size_t got;
    while ((got = fread(block, sizeof block, 1, in)) > 0) {
        if (fwrite(block, sizeof block, got, out) != got) {
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
_LARGEST = 1 << 16  # a block that is looked for


def _miscounted(observation: Observation) -> Finding | None:
    """Items taken for bytes, a last block left out, or written as if it were full."""
    situation = observation.situation
    wanted = dict(situation.files)[ORIGINAL]
    left = observation.left.get(COPY)
    if left is None or left.data == wanted:
        return None
    at = first_difference(left.data, wanted)
    if at == len(wanted) < left.size:
        says = (
            f"the copy has {left.size - len(wanted):,} bytes more than FROM: the last block was written whole, though "
            "fread had brought only part of one. What lies behind that part is left over from before. fread returns "
            "how much it brought."
        )
        return Finding("whole-block-written", told(situation, says))
    if left.size < len(wanted) and (block := _one_of_each(left.data, wanted)):
        says = (
            f"of every {block:,} bytes only the first is in the copy: fread returned 1, the number of items it read, "
            "and as many bytes were written. Items of size 1 make the two numbers the same."
        )
        return Finding("items-for-bytes", told(situation, says))
    if at == left.size < len(wanted) and _whole_blocks(left.size, len(wanted)):
        says = (
            f"the last {len(wanted) - left.size:,} bytes are missing. fread counts whole items; of a last one that is "
            "not whole the bytes are read and not counted. With items of size 1 every byte counts."
        )
        return Finding("last-block-lost", told(situation, says), read_of(ORIGINAL, at))
    return None


def _one_of_each(copy: bytes, original: bytes) -> int:
    """The size of the blocks of which `copy` has only the first byte each, 0 if it is not that.

    >>> _one_of_each(b"adg", b"abcdefghi"), _one_of_each(b"ab", b"abcd"), _one_of_each(b"a", b"abcd")
    (3, 0, 0)
    """
    if len(copy) < 2:
        return 0
    sizes = range(max(2, len(original) // (len(copy) + 1)), len(original) // len(copy) + 2)
    return next((size for size in sizes if original[: size * len(copy) : size] == copy), 0)


def _whole_blocks(kept: int, size: int) -> bool:
    """Whether `kept` bytes are all whole blocks that `size` bytes have, for some size of a block.

    >>> _whole_blocks(4096, 4590), _whole_blocks(0, 600), _whole_blocks(3, 600)
    (True, True, False)
    """
    return any(size // block * block == kept for block in range(2, _LARGEST + 1))


COUNT_OF_ITEMS = Exercise(
    name="count-of-items",
    lecture=2,
    topics=("copy-blocks", "stream-ops"),
    kind="find and mend the fault",
    question=(
        "This program copies `FROM` to `TO` by blocks, and the copies are too short. Find out by how much, and mend "
        "it, so that it is right for files of every size. What is right already must stay so."
    ),
    done="What fread brought is written, to the last byte, and no more.",
    starter=_STARTER,
    requirements=(*copies(_miscounted), *REPORTS),
)
