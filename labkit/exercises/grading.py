"""What nbgrader needs to release, collect and grade an exercise: metadata for its cells, as plain values.

nbgrader is not needed for it, nor does this know anything of notebooks' files. In nbgrader_config.py a lecturer sets
`c.ClearSolutions.enabled = False`: it would replace the starter in an answer cell by a stub, and the course's cells
hold no solutions that had to be cleared.
"""

from __future__ import annotations

from typing import Literal

from labkit.errors import LabkitError
from labkit.exercises.exercise import Exercise

SCHEMA = 3  # https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html


def cell_metadata(exercise: Exercise, role: Literal["answer", "check"], points: int = 1) -> dict[str, object]:
    """The `metadata` of a cell of an assignment: "answer" is the learner's own, "check" earns `points` when it passes.

    The answer cell is what students edit (solution, not graded by itself); the check cell is locked, and autograde puts
    the lecturer's own copy back before it runs it. In it stands `assert labkit.check(NAME, answer).passed`.

    Raises LabkitError for negative points, or for a role that there is not.
    """
    if role not in ("answer", "check"):
        raise LabkitError(f'A cell of an exercise is its "answer" or its "check", not {role!r}.')
    if points < 0:
        raise LabkitError(f"An exercise earns 0 points or more, not {points}.")
    check = role == "check"
    nbgrader: dict[str, object] = {
        "schema_version": SCHEMA,
        "grade_id": f"{exercise.name}-{role}",
        "grade": check,
        "solution": not check,
        "locked": check,
        "task": False,
    }
    if check:
        nbgrader["points"] = points
    return {"nbgrader": nbgrader}
