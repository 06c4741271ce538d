"""Takes the exercises out of a lecture as a notebook that nbgrader can release, collect and grade.

`python -m labkit.show.assignment notebooks/03-file-descriptors.ipynb source/ex03/exercises.ipynb`. In a lecture a
check only answers; here it must hold, or earns no points. nbgrader itself is not needed for it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit.errors import LabkitError
from labkit.exercises.catalogue import exercise
from labkit.exercises.grading import cell_metadata
from labkit.show import course, publish, stable

_ANSWER = re.compile(r"(?:%%c +(\w+)|(\w+) = )")  # the name that the cell gives its answer


def assignment(notebook: Any) -> Any:
    """The lecture's exercises alone: each is shown, answered in a cell of its own, and checked by an assertion.

    Raises LabkitError if the notebook has none.
    """
    title = "".join(notebook["cells"][0]["source"]).splitlines()[0]
    cells = [new_markdown_cell(f"{title}: exercises"), new_code_cell("import labkit")]
    for cell in course.cells(notebook):
        for name in cell.tagged("exercise"):
            cells += _exercise(name, cell.source)
    if len(cells) == 2:
        raise LabkitError("This notebook has no cell tagged exercise:NAME.")
    for number, cell in enumerate(cells, 1):
        cell.id = f"cell-{number}"
    return new_notebook(cells=cells, metadata={"kernelspec": stable.KERNEL, "language_info": {"name": "python"}})


def _exercise(name: str, starter: str) -> list[Any]:
    """The cells of one exercise; `starter` is what the answer's cell holds at first."""
    found = _ANSWER.match(starter)
    if found is None:
        raise LabkitError(f"The cell of exercise {name} begins neither with `%%c NAME` nor with `NAME = `.")
    answer = found[1] or found[2]
    # Shown, not left as the value: nbgrader would take the value of a cell for a number of points.
    check = f'checked = labkit.check("{name}", {answer})\ndisplay(checked)\nassert checked.passed, checked.reason'
    return [
        new_code_cell(f'labkit.exercise("{name}")'),
        new_code_cell(starter, metadata=cell_metadata(exercise(name), "answer")),
        new_code_cell(check, metadata=cell_metadata(exercise(name), "check")),
    ]


def main(words: Sequence[str] | None = None) -> int:
    """The command line; returns 0, or 1 with a sentence if there is nothing to take out or no place to put it."""
    parser = argparse.ArgumentParser(prog="python -m labkit.show.assignment", description=str(__doc__).splitlines()[0])
    parser.add_argument("lecture", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args(words)
    try:
        text = nbformat.writes(assignment(publish.read(options.lecture)))
        options.target.parent.mkdir(parents=True, exist_ok=True)
        options.target.write_text(text + "\n", encoding="utf-8")
    except (LabkitError, OSError) as err:
        print(f"{options.lecture}: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
