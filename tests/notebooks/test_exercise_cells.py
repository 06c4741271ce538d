"""The exercises of a lecture: enough, of four kinds, with the catalogue's own starters and nbgrader's metadata."""

from __future__ import annotations

import ast
import re
from typing import get_args

import pytest

from labkit.exercises.catalogue import EXERCISES
from labkit.exercises.exercise import Exercise, Kind
from labkit.exercises.grading import cell_metadata
from labkit.show import course
from labkit.show.course import Cell
from labkit.show.syllabus import Lecture
from tests.notebooks.reading import CELLS, THERE, each_lecture

PLACES = [
    pytest.param(lecture.stem, name, where, id=f"{lecture.stem[:2]}-{name}")
    for lecture in THERE
    for name, where in course.places(CELLS[lecture.stem], "exercise").items()
]
each_exercise = pytest.mark.parametrize(("stem", "name", "where"), PLACES)


@each_lecture
def test_at_least_five_of_four_kinds(lecture: Lecture) -> None:
    names = list(course.places(CELLS[lecture.stem], "exercise"))
    assert len(names) >= 5
    assert {EXERCISES[name].kind for name in names if name in EXERCISES} == set(get_args(Kind))


@each_lecture
def test_every_exercise_of_the_catalogue_for_this_lecture_is_in_it(lecture: Lecture) -> None:
    wanted = {name for name, exercise in EXERCISES.items() if exercise.lecture == lecture.number}
    assert wanted <= set(course.places(CELLS[lecture.stem], "exercise"))


@each_exercise
def test_it_is_shown_then_answered_then_checked(stem: str, name: str, where: list[int]) -> None:
    assert len(where) == 1 and name in EXERCISES
    code = [cell for cell in CELLS[stem] if cell.kind == "code"]
    answer = next(number for number, cell in enumerate(code) if name in cell.tagged("exercise"))
    assert code[answer - 1].source == f'labkit.exercise("{name}")'
    assert re.search(rf'labkit\.check\("{name}", \w+\)', code[answer + 1].source.splitlines()[-1])


@each_exercise
def test_the_answer_starts_from_the_catalogues_starter(stem: str, name: str, where: list[int]) -> None:
    assert starter(CELLS[stem][where[0]], EXERCISES[name])


def starter(cell: Cell, exercise: Exercise) -> bool:
    """Whether the cell holds what this exercise starts from: its program, or an empty answer."""
    if exercise.pieces is None and exercise.calls is None and exercise.results is None:
        magic, _, program = cell.source.partition("\n")
        return magic.startswith("%%c mine") and program.strip() == exercise.starter.strip()
    value = ast.literal_eval(cell.source.partition("answer = ")[2])
    return value == [] if exercise.pieces is not None else not value.strip()


@each_exercise
def test_nbgrader_finds_its_metadata(stem: str, name: str, where: list[int]) -> None:
    code = [cell for cell in CELLS[stem] if cell.kind == "code"]
    answer = next(number for number, cell in enumerate(code) if name in cell.tagged("exercise"))
    assert code[answer].metadata["nbgrader"] == cell_metadata(EXERCISES[name], "answer")["nbgrader"]
    check = dict(code[answer + 1].metadata["nbgrader"])
    assert check.pop("points") >= 1
    assert cell_metadata(EXERCISES[name], "check")["nbgrader"] == check | {"points": 1}


@each_exercise
def test_the_stored_answer_to_the_untouched_starter_is_honest(stem: str, name: str, where: list[int]) -> None:
    check = next(cell for cell in CELLS[stem][where[0] + 1 :] if f'labkit.check("{name}"' in cell.source)
    assert "".join(check.outputs[-1]["data"]["text/plain"]).startswith("Not yet")
