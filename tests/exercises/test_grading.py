"""The metadata is what nbgrader's schema, version 3, asks for; its rules are written out here, for nbgrader is not."""

import re

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES
from labkit.exercises.grading import cell_metadata

# nbgrader/nbgraderformat/v3.json and v3.py: what may be there, of which type, and what a graded cell needs
TYPES = {
    "schema_version": int,
    "grade": bool,
    "locked": bool,
    "solution": bool,
    "task": bool,
    "grade_id": str,
    "points": int,
}


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("role", ["answer", "check"])
def test_it_fits_the_schema(name, role):
    cell = cell_metadata(EXERCISES[name], role, points=3)["nbgrader"]
    assert {key: type(value) for key, value in cell.items()}.items() <= TYPES.items()
    assert {"schema_version", "grade", "locked", "solution", "grade_id"} <= cell.keys()
    assert cell["schema_version"] == 3
    assert re.fullmatch(r"[a-zA-Z0-9_\-]+", cell["grade_id"])
    assert ("points" in cell) == cell["grade"]


def test_the_learner_edits_one_cell_and_the_other_earns_the_points():
    answer, check = (cell_metadata(EXERCISES["copy-all"], role, points=2)["nbgrader"] for role in ("answer", "check"))
    assert (answer["solution"], answer["locked"], answer["grade"]) == (True, False, False)
    assert (check["solution"], check["locked"], check["grade"], check["points"]) == (False, True, True, 2)
    assert answer["grade_id"] != check["grade_id"]


def test_nonsense_is_refused():
    with pytest.raises(labkit.LabkitError, match="0 points or more"):
        cell_metadata(EXERCISES["copy-all"], "check", points=-1)
    with pytest.raises(labkit.LabkitError, match='"answer" or its "check"'):
        cell_metadata(EXERCISES["copy-all"], "both")
