"""Lecture 03: what its text says of each run is what the stored run shows; what all lectures have is tested for all."""

from __future__ import annotations

from labkit.show import course
from tests.notebooks.reading import CELLS, stored

STEM = "03-file-descriptors"
HAPPENED = {
    "flag-word-bits": "one",
    "umask-027": "0640",
    "mode-forgotten": "0005",
    "fdopen-close": "EBADF",
    "levels-mixed": "2, 1, 3",
    "low-ops-reads": "8, 2, 0, 5",
    "ask-for-100": "4, 4, 0",
    "count-ignored": "66",
    "show-file-writes": "8, 5",
    "whole-buffer": "good morning↵mor",
    "strlen-on-data": "4",
    "answer-writes": "2, 1, 1",
    "copy-buffer": "more than 100 times as long",
    "dup-or-open": "abc, def, abc",
    "fork-offset": "def",
    "exec-keeps": "3, EBADF",
    "redirect-swapped": "to where 1 led at first",
    "append-forgotten": "14",
    "append-both": "0",
}


def test_what_happened_is_what_the_text_explains():
    assert {one.name: one.happened for one in course.questions(CELLS[STEM])} == HAPPENED


def test_no_stored_check_gives_a_prediction_away():
    """Who has not tried yet finds no trace of the program in the answer."""
    for name in ("lowest-free", "redirect-both"):
        assert "data-stepper" not in stored(STEM, f'labkit.check("{name}"', "text/html")
