"""Lecture 02: what it tells to stop at can be found, what it claims is in its own outputs, and it keeps the habits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "notebooks" / "02-streams.ipynb", as_version=4)
TOPICS = ("fopen-modes", "std-streams", "stream-ops", "copy-chars", "copy-blocks", "paranoia", "positioning")
SHOWN = re.compile(r"labkit\.(step|compare)\(")
STOPS = [
    (number, words)
    for number, cell in enumerate(NOTEBOOK.cells)
    if cell.cell_type == "markdown"
    for words in re.findall(r"\*\*Stop\*\* at[^*]* \*([^*]+)\*", cell.source)
]


def section(topic: str) -> list[Any]:
    (start,) = [n for n, cell in enumerate(NOTEBOOK.cells) if f"topic:{topic}" in cell.metadata.get("tags", [])]
    after = NOTEBOOK.cells[start + 1 :]
    ends = [n for n, cell in enumerate(after) if cell.cell_type == "markdown" and cell.source.startswith("## ")]
    return after[: ends[0]]


def output(wanted: str) -> str:
    """The text of the one cell whose source has `wanted` in it."""
    (cell,) = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code" and wanted in cell.source]
    return str(cell.outputs[-1].data["text/plain"])


@pytest.mark.parametrize(("number", "words"), STOPS)
def test_the_words_to_stop_at_are_in_the_stepper_that_follows(number: int, words: str) -> None:
    cell = next(cell for cell in NOTEBOOK.cells[number:] if cell.cell_type == "code" and SHOWN.search(cell.source))
    data = cell.outputs[0].data["text/html"].partition('<script type="application/json"')[2]
    assert words in data.replace('\\"', '"')


def test_there_is_something_to_stop_at() -> None:
    assert len(STOPS) >= 4


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_predicted_run_and_set_beside(topic: str) -> None:
    code = "\n".join(cell.source for cell in section(topic) if cell.cell_type == "code")
    predicted = set(re.findall(r"^(\w+) = labkit\.predict\(", code, re.M))
    assert predicted and predicted == set(re.findall(r"(\w+)\.beside\(", code))
    assert re.search(r"labkit\.(record|run|fopen_table|redirections|mishaps)\(", code)


def test_what_happened_is_one_of_the_options() -> None:
    predicted = [(re.match(r"(\w+) = labkit\.predict\(", cell.source), cell.source) for cell in NOTEBOOK.cells]
    asked = {found[1]: source for found, source in predicted if found}
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "code" and (name := re.search(r"(\w+)\.beside\(", cell.source)):
            happened = cell.outputs[0].data["text/plain"].partition("What happened: ")[2]
            assert f'"{happened}"' in asked[name[1]], cell.source


def test_what_the_text_says_of_the_tables_is_in_them() -> None:
    assert re.search(r"copy_swapped .* 47 +one of every 8", output("slips = "))
    assert re.search(r"copy_whole_blocks .* 376 ", output("slips = "))
    assert re.search(r"copy_full_blocks .* all, and 3 more", output("slips = "))
    assert re.search(r"no room at the second write.*the first 4,096 +exit 0 +the first 4,096", output("told = "))
    assert re.search(r"no room at the first write.*exit 0 +the last 400", output("told = "))
    assert re.search(r"there is no notes.*SIGSEGV +an empty file", output("told = "))
    assert re.search(r"fputc\('K', file\) == EOF\) +11  1 to be written +26", output("where = "))
    assert output("silent.beside").endswith(": 5")


def test_cells_keep_the_habits_of_notebooks() -> None:
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "markdown":
            assert len(cell.source.split()) <= 120, cell.source
        elif not cell.source.startswith(("%%c", "answer")):
            assert len(cell.source.splitlines()) <= 7, cell.source


def test_it_can_be_projected_in_twenty_minutes() -> None:
    kinds = [cell.metadata.slideshow.slide_type for cell in NOTEBOOK.cells]
    assert 15 <= kinds.count("slide") + kinds.count("subslide") <= 30
    for topic in TOPICS:
        assert sum(cell.metadata.slideshow.slide_type != "skip" for cell in section(topic)) >= 4


def test_exercises_are_answered_honestly_and_not_projected() -> None:
    checks = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code" and "labkit.check(" in cell.source]
    assert len(checks) >= 5
    for cell in checks:
        assert cell.outputs[0].data["text/plain"].startswith("Not yet"), cell.source
        assert cell.metadata.slideshow.slide_type == "skip" and cell.metadata.nbgrader.grade


def test_the_same_line_leads_on_at_both_ends() -> None:
    first, last = NOTEBOOK.cells[0].source, NOTEBOOK.cells[-1].source
    assert first.endswith(last) and last.startswith("[← 01 ") and last.endswith("(03-file-descriptors.ipynb)")
