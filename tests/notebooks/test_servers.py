"""Lecture 08: what happened is what its text explains, and what the text says of the tables is in them."""

from __future__ import annotations

import re

from labkit.show import course
from tests.notebooks.reading import CELLS, stored

STEM = "08-servers"
HAPPENED = {
    "v1-first": "A",
    "v1-accepted": "1",
    "v2-crash": "it is answered",
    "v2-parent-keeps": "no, it waits",
    "v2-first": "A",
    "v3-order": "C, B, A",
    "zombies": "3",
    "threads-crash": "it is cut off",
    "epoll-deaf": "server_epoll",
    "web-outside": "403 Forbidden",
    "web-carried": "0",
}
# server: answered; where C waits; at once; tasks; a crash takes along; beside a deaf one
ARENA = {
    "server_v1": r"A, B, C +listen queue; server in read \(A\) +1 +1 process +B and C +waits +0 +0",
    "server_v2": r"A, B, C +listen queue; server in wait4 \(a child\) +1 +2 processes +nobody +waits +0 +0",
    "server_v3": r"C, B, A +does not wait +all 50 +51 processes +nobody +answered +0 +0",
    "server_threads": r"C, B, A +does not wait +all 50 +1 process, 51 threads +B and C +answered +0 +0",
    "server_epoll": r"C, B, A +does not wait +all 50 +1 process +B and C +waits +0 +0",
}


def test_what_happened_is_what_the_text_explains():
    assert {one.name: one.happened for one in course.questions(CELLS[STEM])} == HAPPENED


def test_the_arena_says_what_the_text_says_of_it():
    table = stored(STEM, "five = ", "text/plain")
    for server, row in ARENA.items():
        assert re.search(rf"^  {server} +{row}$", table, re.M), (server, table)
    assert "Never at rest" not in table and "Not served any more" not in table


def test_the_tables_of_moves_say_what_the_text_says_of_them():
    close = stored(STEM, "close = ", "text/plain")
    assert re.search(r"A ends +A: the end +A waits for the end; server in accept \(the listener\) +A: the end", close)
    assert re.search(r"C says hello +– +– +C in the listen queue", close)
    crashed = stored(STEM, "crashed = ", "text/plain")
    assert re.search(r"A says crash! +A closed; B reset; the server is gone \(SIGABRT\) +A closed", crashed)


def test_no_stored_check_gives_a_prediction_away():
    """Who has not tried yet finds no trace of the program in the answer."""
    for name in ("who-closes",):
        assert "data-stepper" not in stored(STEM, f'labkit.check("{name}"', "text/html")
