"""Lecture 04: what its text says of each run is what the stored run shows, and its deck is one to project."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from labkit.exercises.catalogue import EXERCISES

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "notebooks" / "04-buffering-and-time.ipynb", as_version=4)
CODE = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
TOPICS = "user-buffer fd-now flush where-bytes durable cost".split()
CARDS = "m-newline m-exit m-fork-twice m-on-disk".split()
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


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def asked() -> dict[str, tuple[str, list[str]]]:
    """By the variable it is kept in: each prediction's name and options."""
    found = {}
    for cell in CODE:
        if "labkit.predict(" in cell.source:
            assigned = ast.parse(cell.source).body[0]
            name, _, options = (ast.literal_eval(argument) for argument in assigned.value.args)
            found[assigned.targets[0].id] = (name, options)
    return found


def answered() -> dict[str, str]:
    """By the variable: what happened, as stored."""
    found = {}
    for cell in CODE:
        if variable := re.search(r"^(\w+)\.beside\(", cell.source, re.M):
            found[variable[1]] = cell.outputs[0].data["text/plain"].split("What happened: ")[1]
    return found


def test_what_happened_is_what_the_text_explains():
    predictions = asked()
    assert {predictions[variable][0]: happened for variable, happened in answered().items()} == HAPPENED


def test_what_happened_was_an_option_and_never_the_only_one():
    answers = answered()
    for variable, (name, options) in asked().items():
        assert answers[variable] in options and len(set(options)) == len(options) > 1, name


def test_every_topic_and_card_is_there_once_and_on_a_slide():
    told = [tag for cell in NOTEBOOK.cells for tag in tags(cell)]
    assert [tag for tag in told if tag.startswith("topic:")] == [f"topic:{topic}" for topic in TOPICS]
    assert Counter(tag for tag in told if tag.startswith("misc")) == Counter(f"misconception:{card}" for card in CARDS)
    for cell in NOTEBOOK.cells:
        if any(tag.startswith(("topic:", "misconception:", "keep", "peer")) for tag in tags(cell)):
            assert cell.metadata.slideshow.slide_type in ("slide", "fragment")


@pytest.mark.parametrize("card", CARDS)
def test_a_card_says_what_is_believed_and_what_is_so(card):
    start = next(n for n, cell in enumerate(NOTEBOOK.cells) if f"misconception:{card}" in tags(cell))
    rest = [cell.source for cell in NOTEBOOK.cells[start:]]
    end = next(n for n, text in enumerate(rest) if text.startswith("**What is so:**"))
    assert rest[0].startswith("### Many believe that ") and "> **Many believe:** " in rest[0]
    assert not any(text.startswith(("## ", "### ")) for text in rest[1:end])
    assert any(re.search(r"labkit\.(record|run)", text) for text in rest[:end]) and any(".beside(" in text for text in rest[:end])


def test_the_deck_is_one_to_project():
    kinds = Counter(cell.metadata.slideshow.slide_type for cell in NOTEBOOK.cells)
    assert set(kinds) <= {"slide", "subslide", "fragment", "skip", "notes"}
    assert 15 <= kinds["slide"] + kinds["subslide"] <= 30


def test_cells_keep_the_habits_of_notebooks():
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "markdown":
            assert len(cell.source.partition("\n\n[← ")[0].split()) <= 120, cell.id
        elif not cell.source.startswith("%%c"):
            assert len(cell.source.splitlines()) <= 7, cell.id


def test_every_exercise_of_the_lecture_is_there_with_its_own_starter():
    wanted = {name for name, exercise in EXERCISES.items() if exercise.lecture == 4}
    found = {tag.removeprefix("exercise:"): cell for cell in CODE for tag in tags(cell) if tag.startswith("exercise:")}
    assert set(found) == wanted
    for name, cell in found.items():
        exercise = EXERCISES[name]
        if exercise.pieces is None and exercise.calls is None:
            assert cell.source.split("\n", 1)[1].rstrip("\n") == exercise.starter.rstrip("\n")
        assert cell.metadata.nbgrader.grade_id == f"{name}-answer"
        check = CODE[CODE.index(cell) + 1]
        assert check.source.startswith(f'labkit.check("{name}", ') and check.metadata.nbgrader.grade_id == f"{name}-check"
        assert "Not yet" in check.outputs[0].data["text/plain"]


def test_no_stored_check_gives_a_prediction_away():
    """Who has not tried yet finds no trace of the program in the answer."""
    for name in ("which-writes", "safe-save"):
        (cell,) = [cell for cell in CODE if cell.source.startswith(f'labkit.check("{name}"')]
        assert "data-stepper" not in cell.outputs[0].data["text/html"]


def test_the_buffer_is_seen_in_memory_and_the_bytes_in_all_three_places():
    """What the syllabus wants seen: a stepper with the buffer, one with both programs, one with three ways out."""
    steppers = [cell for cell in CODE if re.search(r"labkit\.(step|compare)\(", cell.source)]
    said = [cell.outputs[0].data["text/plain"] for cell in steppers]
    assert "18 bytes into stdout's buffer: 18 wait there, none has reached the kernel" in said[0]
    assert "pause, step by step" in said[1] and "write_pause, step by step" in said[1]
    for words in ("3 bytes wait at the other end", "of 65,536 bytes are waiting", "in the page cache, not on storage yet"):
        assert words in said[2]
