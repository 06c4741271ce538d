"""Lecture 04: what its text says of each run is what the stored run shows; what all lectures have is tested for all."""

from __future__ import annotations

import re

from labkit.show import course
from tests.notebooks.reading import CELLS, code, stored

STEM = "04-buffering-and-time"
HAPPENED = {
    "pause-on-a-pipe": "after 1 s",
    "newline-on-a-pipe": "after 1 s",
    "write-on-a-pipe": "at once",
    "mixed-order": "write, then printf, then printf again",
    "modes-line": "after 2 s",
    "fill-first": "4,096",
    "ends-underscore": "never",
    "fork-on-a-pipe": "twice",
    "where-after-fputs": "0",
    "diary-kill-9": "the first 13 of 26 bytes",
    "on-disk-power": "nothing",
    "fsync-time": "more than 10 times as long",
    "cost-write-fputc": "more than 10 times as long",
    "cost-calls": "8",
}


def test_what_happened_is_what_the_text_explains():
    assert {one.name: one.happened for one in course.questions(CELLS[STEM])} == HAPPENED


def test_no_stored_check_gives_a_prediction_away():
    """Who has not tried yet finds no trace of the program in the answer."""
    for name in ("which-writes", "safe-save"):
        assert "data-stepper" not in stored(STEM, f'labkit.check("{name}"', "text/html")


def test_the_buffer_is_seen_in_memory_and_the_bytes_in_all_three_places():
    """What the syllabus wants seen: a stepper with the buffer, one with both programs, one with three ways out."""
    steppers = [cell for cell in code(STEM) if re.search(r"labkit\.(step|compare)\(", cell.source)]
    said = ["".join(cell.outputs[0]["data"]["text/plain"]) for cell in steppers]
    assert "18 bytes into stdout's buffer: 18 wait there, none has reached the kernel" in said[0]
    assert "pause, step by step" in said[1] and "write_pause, step by step" in said[1]
    for words in ("3 bytes wait at the other end", "of 65,536 bytes are waiting", "in the page cache, not on storage yet"):
        assert words in said[2]
