"""The gallery has a recording of each kind, and its text says what to ask and where to stop."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "notebooks" / "gallery.ipynb", as_version=4)
KINDS = ("copy_chars", "copy_blocks", "ls | wc", "redirect", "share_offset", "pipe_end", "mixed")
STEPPED = [n for n, cell in enumerate(NOTEBOOK.cells) if cell.cell_type == "code" and re.search(r"labkit.(step|compare)\(", cell.source)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recorded_and_stepped_through(kind: str) -> None:
    (number,) = [n for n in STEPPED if f'labkit.record("{kind}"' in NOTEBOOK.cells[n].source]
    html = NOTEBOOK.cells[number].outputs[0].data["text/html"]
    assert 'data-stepper="labkit-' in html
    text = NOTEBOOK.cells[number - 1].source
    assert "**Ask:**" in text and "**Stop**" in text


def test_cells_keep_the_habits_of_notebooks() -> None:
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "markdown":
            assert len(cell.source.split()) <= 120, cell.id
        else:
            assert len(cell.source.splitlines()) <= 7, cell.id


def test_only_the_first_stepper_brings_style_and_script() -> None:
    brought = [NOTEBOOK.cells[n].outputs[0].data["text/html"].count('data-labkit="code"') for n in STEPPED]
    assert brought == [1, *[0] * (len(STEPPED) - 1)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_to_stop_at_are_found_in_the_steps(kind: str) -> None:
    (number,) = [n for n in STEPPED if f'labkit.record("{kind}"' in NOTEBOOK.cells[n].source]
    words = re.search(r"\*\*Stop\*\* at[^*]* \*([^*]+)\*", NOTEBOOK.cells[number - 1].source)
    assert words
    assert words[1] in NOTEBOOK.cells[number].outputs[0].data["text/html"].partition('<script type="application/json"')[2]
