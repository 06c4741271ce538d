"""The habits of text and code in notebooks: short texts, two to seven lines of Python whose last line is the value."""

from __future__ import annotations

import ast
import re

from labkit.show.course import Cell
from tests.notebooks.reading import CELLS, each_notebook

GENERATED = {"lecture-map", "cards"}
PEER = 150  # a question with four options, and why each wrong one is believed


def words(cell: Cell) -> int:
    """The words a reader reads: not the addresses of links, not the rules of tables and quotes."""
    text = re.sub(r"\]\([^)]*\)", "]", re.sub(r"</?\w[^>]*>", "", cell.source))
    return len(re.findall(r"\S*\w\S*", text))


def python(stem: str) -> list[Cell]:
    """The cells of plain Python but for answers to exercises."""
    code = [cell for cell in CELLS[stem] if cell.kind == "code" and not cell.source.startswith("%%")]
    return [cell for cell in code if not cell.tagged("exercise")]


@each_notebook
def test_a_text_has_at_most_120_words(stem: str) -> None:
    texts = [cell for cell in CELLS[stem] if cell.kind == "markdown" and not GENERATED & set(cell.tags)]
    long = [cell for cell in texts if words(cell) > (PEER if "peer" in cell.tags else 120)]
    assert [(words(cell), cell.source[:60]) for cell in long] == []


@each_notebook
def test_python_has_at_most_seven_lines_and_ends_with_its_value(stem: str) -> None:
    assert [cell.source for cell in python(stem) if len(cell.source.splitlines()) > 7] == []
    for cell in python(stem):
        last = ast.parse(cell.source).body[-1]
        assert isinstance(last, ast.Expr | ast.Import), cell.source


@each_notebook
def test_no_plumbing(stem: str) -> None:
    plumbing = (ast.ClassDef, ast.FunctionDef, ast.Try, ast.With)
    for cell in python(stem):
        tree = ast.parse(cell.source)
        assert not any(isinstance(node, plumbing) for node in ast.walk(tree)), cell.source
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert names <= {"labkit"}, cell.source
        assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree)), cell.source
