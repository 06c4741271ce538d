"""The course's notebooks as values, read once, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labkit.show import course, course_map
from labkit.show.syllabus import LECTURES, Lecture

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS: dict[str, Any] = course_map.read(FOLDER)
CELLS = {stem: course.cells(notebook) for stem, notebook in NOTEBOOKS.items()}
THERE = [lecture for lecture in LECTURES if lecture.stem in CELLS]


def code(stem: str) -> list[course.Cell]:
    """The cells of code of a notebook."""
    return [cell for cell in CELLS[stem] if cell.kind == "code"]


def stored(stem: str, begins: str, kind: str) -> str:
    """What is stored, of this MIME type, for the one cell of code whose source begins so."""
    (cell,) = [cell for cell in code(stem) if cell.source.startswith(begins)]
    return "".join(cell.outputs[0]["data"][kind])


def ids(lecture: Lecture) -> str:
    return lecture.stem


each_lecture = pytest.mark.parametrize("lecture", THERE, ids=ids)
each_notebook = pytest.mark.parametrize("stem", CELLS)
each_topic = pytest.mark.parametrize(
    ("lecture", "topic"), [pytest.param(lecture, topic, id=topic) for lecture in THERE for topic in lecture.topics]
)
each_card = pytest.mark.parametrize(
    ("lecture", "name"), [pytest.param(lecture, name, id=name) for lecture in THERE for name in lecture.cards]
)
