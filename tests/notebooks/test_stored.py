"""What a cloned notebook shows before anything is run: every cell's result, whole, and as the builder writes it.

nbval compares the results themselves; a notebook without stored results would pass there with nothing compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.show import publish, stable

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    """The notebook in the file."""
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS][:1] == ["00-start"]


@each_notebook
def test_every_code_cell_has_run_without_error(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]
    assert code
    assert publish.complaints(read(path), publish.private_paths()) == []


@each_notebook
def test_cells_were_run_in_order_in_a_fresh_kernel(path: Path) -> None:
    counts = [cell.execution_count for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`: only the builder stores outputs"


@each_notebook
def test_every_widget_that_is_shown_is_stored(path: Path) -> None:
    state = stable.models(read(path))
    assert [model for model in stable.shown(read(path)) if model not in state] == []
    assert sorted(state) == sorted(stable.reachable(read(path)))


@each_notebook
def test_the_file_is_as_the_builder_writes_it(path: Path) -> None:
    assert path.read_text() == stable.text(read(path)), "run `make notebooks`: only the builder stores outputs"


@each_notebook
def test_it_is_small_enough_to_send(path: Path) -> None:
    assert path.stat().st_size <= 1_000_000
