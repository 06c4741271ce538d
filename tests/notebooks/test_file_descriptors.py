"""Lecture 03: what its text says of each run is what the stored run shows, and its deck is one to project."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from labkit.exercises.catalogue import EXERCISES

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "notebooks" / "03-file-descriptors.ipynb", as_version=4)
CODE = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
TOPICS = "open-flags std-fds low-ops lowio lowio-std copy-fd fd-table dup append".split()
CARDS = "m-full-count m-two-opens m-fork-offset m-exec-fds".split()
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
    assert any("labkit.record(" in text for text in rest[:end]) and any(".beside(" in text for text in rest[:end])


def test_the_deck_is_one_to_project():
    kinds = Counter(cell.metadata.slideshow.slide_type for cell in NOTEBOOK.cells)
    assert set(kinds) <= {"slide", "subslide", "fragment", "skip", "notes"}
    assert 15 <= kinds["slide"] + kinds["subslide"] <= 30


def test_cells_keep_the_habits_of_notebooks():
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "markdown":
            assert len(cell.source.split()) <= 120, cell.id
        elif not cell.source.startswith("%%c"):
            assert len(cell.source.splitlines()) <= 7, cell.id


def test_every_exercise_of_the_lecture_is_there_with_its_own_starter():
    wanted = {name for name, exercise in EXERCISES.items() if exercise.lecture == 3}
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
    for name in ("lowest-free", "redirect-both"):
        (cell,) = [cell for cell in CODE if cell.source.startswith(f'labkit.check("{name}"')]
        assert "data-stepper" not in cell.outputs[0].data["text/html"]
