"""Lecture 02: what it tells to stop at can be found, and what it claims is in its own outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "notebooks" / "02-streams.ipynb", as_version=4)
SHOWN = re.compile(r"labkit\.(step|compare)\(")
STOPS = [
    (number, words)
    for number, cell in enumerate(NOTEBOOK.cells)
    if cell.cell_type == "markdown"
    for words in re.findall(r"\*\*Stop\*\* at[^*]* \*([^*]+)\*", cell.source)
]


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


def test_what_the_text_says_of_the_tables_is_in_them() -> None:
    assert re.search(r"copy_swapped .* 47 +one of every 8", output("slips = "))
    assert re.search(r"copy_whole_blocks .* 376 ", output("slips = "))
    assert re.search(r"copy_full_blocks .* all, and 3 more", output("slips = "))
    assert re.search(r"no room at the second write.*the first 4,096 +exit 0 +the first 4,096", output("told = "))
    assert re.search(r"no room at the first write.*exit 0 +the last 400", output("told = "))
    assert re.search(r"there is no notes.*SIGSEGV +an empty file", output("told = "))
    assert re.search(r"fputc\('K', file\) == EOF\) +11  1 to be written +26", output("where = "))
    assert output("silent.beside").endswith(": 5")
