"""The exercises of a lecture as an assignment: their cells, and a check that really decides about the points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import labkit
from labkit.errors import LabkitError
from labkit.exercises.catalogue import EXERCISES
from labkit.exercises.grading import cell_metadata
from labkit.show.assignment import assignment, main

STARTERS = {
    "lowest-free": 'answer = """\n"""',
    "redirect-both": "answer = []",
    "copy-all": f"%%c mine --build\n{EXERCISES['copy-all'].starter}",
}


@pytest.fixture
def lecture() -> Any:
    cells = [new_markdown_cell("# 03 File descriptors\n\ntext"), new_code_cell("labkit.run('newline')")]
    for name, starter in STARTERS.items():
        metadata = {"tags": [f"exercise:{name}"], **cell_metadata(EXERCISES[name], "answer")}
        cells += [new_code_cell(starter, metadata=metadata), new_code_cell(f'labkit.check("{name}", answer)')]
    return json.loads(nbformat.writes(new_notebook(cells=cells)))


def test_each_exercise_is_shown_answered_and_checked(lecture: Any) -> None:
    made = assignment(lecture)
    nbformat.validate(made)
    assert made.cells[0].source == "# 03 File descriptors: exercises"
    answers = [cell for cell in made.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    checks = [cell for cell in made.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [cell.source for cell in answers] == list(STARTERS.values())
    assert [cell.metadata.nbgrader.grade_id for cell in checks] == [f"{name}-check" for name in STARTERS]
    assert all(cell.metadata.nbgrader.locked and cell.metadata.nbgrader.points == 1 for cell in checks)
    assert "mine)" in checks[2].source and "answer)" in checks[0].source
    assert "labkit.run" not in str(made), "the lecture itself is not in it"


@pytest.mark.parametrize(("order", "passes"), [([5, 7, 8, 1, 3, 2], True), ([5, 7, 8, 3, 2], False), ([], False)])
def test_a_check_fails_unless_the_answer_is_right(lecture: Any, order: list[int], passes: bool) -> None:
    (check,) = [cell.source for cell in assignment(lecture).cells if 'labkit.check("redirect-both"' in cell.source]
    shown: list[Any] = []
    names = {"labkit": labkit, "answer": order, "display": shown.append}
    if passes:
        exec(check, names)
    else:
        with pytest.raises(AssertionError, match=r"\w"):
            exec(check, names)
    assert shown[0].passed == passes


def test_the_command_writes_the_same_file_each_time(lecture: Any, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "lecture.ipynb").write_text(json.dumps(lecture))
    target = tmp_path / "source" / "ex03" / "exercises.ipynb"
    assert main([str(tmp_path / "lecture.ipynb"), str(target)]) == 0
    first = target.read_bytes()
    assert main([str(tmp_path / "lecture.ipynb"), str(target)]) == 0
    assert target.read_bytes() == first
    (tmp_path / "none.ipynb").write_text(nbformat.writes(new_notebook(cells=[new_markdown_cell("# No exercise")])))
    assert main([str(tmp_path / "none.ipynb"), str(target)]) == 1
    assert "no cell tagged exercise:NAME" in capsys.readouterr().err


def test_an_answer_without_a_name_is_refused(lecture: Any) -> None:
    lecture["cells"][2]["source"] = ["print(1)"]
    with pytest.raises(LabkitError, match="lowest-free begins neither"):
        assignment(lecture)
