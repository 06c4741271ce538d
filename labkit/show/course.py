"""Reads the course's notebooks as values: sections, topics, cards, exercises, predictions, by the cells' tags.

Pure: from a notebook's JSON to values. Runs nothing, reads no file, and knows nothing of what lectures there should be.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

# Public names that run something: what they give was seen in this notebook, just now.
RUNS = (
    "run",
    "run_on",
    "run_each",
    "record",
    "record_together",
    "arena",
    "bouts",
    "addresses",
    "port_ranges",
    "fopen_table",
    "kinds_of_file",
    "copy_costs",
    "call_costs",
    "redirections",
    "copies",
    "mishaps",
    "crossings",
    "layers",
    "blocks_below",
    "write_and_fsync",
)
ASKED = ("run", "path", "files", "entry", "load")  # of a box, which a notebook calls `box`


@dataclass(frozen=True)
class Cell:
    """One cell. `outputs` are the stored ones, as plain data; `slide` is its slide type, "" if it has none."""

    kind: str
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)
    outputs: tuple[dict[str, Any], ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The cell's tags."""
        return tuple(self.metadata.get("tags", ()))

    @property
    def slide(self) -> str:
        """The slide type: "slide", "subslide", "fragment", "skip" or "notes"."""
        return str(self.metadata.get("slideshow", {}).get("slide_type", ""))

    def tagged(self, kind: str) -> tuple[str, ...]:
        """The ids that tags of that kind give.

        >>> Cell("markdown", "", {"tags": ["topic:bytes", "topic:close", "keep"]}).tagged("topic")
        ('bytes', 'close')
        """
        return tuple(tag.removeprefix(f"{kind}:") for tag in self.tags if tag.startswith(f"{kind}:"))

    @property
    def heading(self) -> tuple[int, str] | None:
        """Depth and text of the heading that a markdown cell begins with, None if it begins with none.

        >>> Cell("markdown", "## A buffer in your program").heading
        (2, 'A buffer in your program')
        """
        found = re.match(r"(#+) +(.*)", self.source) if self.kind == "markdown" else None
        return (len(found[1]), found[2].strip()) if found else None


@dataclass(frozen=True)
class Question:
    """A prediction that is asked: its name, text, options, and what `beside` said happened, "" if it said nothing."""

    name: str
    text: str
    options: tuple[str, ...]
    happened: str = ""


def cells(notebook: Any) -> tuple[Cell, ...]:
    """The cells of a notebook's JSON."""
    return tuple(
        Cell(raw["cell_type"], "".join(raw["source"]), dict(raw["metadata"]), tuple(raw.get("outputs", ())))
        for raw in notebook["cells"]
    )


def anchor(heading: str) -> str:
    """How a link names a heading, in JupyterLab and in an exported page.

    >>> anchor("write goes straight to the kernel")
    'write-goes-straight-to-the-kernel'
    """
    return heading.replace(" ", "-")


def section(of: Sequence[Cell], start: int) -> tuple[Cell, ...]:
    """The cells of the section that begins at `start`: up to the next heading that is not below its own.

    >>> texts = ["## One", "text", "### Deeper", "## Two"]
    >>> [cell.source for cell in section([Cell("markdown", text) for text in texts], 0)]
    ['## One', 'text', '### Deeper']
    """
    first = of[start].heading
    depth = first[0] if first else 2
    for end in range(start + 1, len(of)):
        heading = of[end].heading
        if heading and heading[0] <= depth:
            return tuple(of[start:end])
    return tuple(of[start:])


def places(of: Sequence[Cell], kind: str) -> dict[str, list[int]]:
    """Where the tags of `kind` are: the numbers of the cells that carry each id.

    >>> places([Cell("markdown", "", {"tags": ["topic:bytes"]})], "topic")
    {'bytes': [0]}
    """
    found: dict[str, list[int]] = {}
    for number, cell in enumerate(of):
        for name in cell.tagged(kind):
            found.setdefault(name, []).append(number)
    return found


def card(of: Sequence[Cell], start: int) -> tuple[Cell, ...]:
    """The cells of the card that begins at `start`: up to the next heading, topic or card."""
    for end in range(start + 1, len(of)):
        if of[end].heading or of[end].tagged("topic") or of[end].tagged("misconception"):
            return tuple(of[start:end])
    return tuple(of[start:])


def claim(of: Cell) -> str:
    """What many believe, as the card's cell quotes it; "" if it quotes nothing.

    >>> claim(Cell("markdown", '### Exit\\n\\n> **Many believe:** "`exit` and `_exit`\\n> are the same."'))
    '`exit` and `_exit` are the same.'
    """
    found = re.search(r'^> \*\*Many believe:\*\* "((?:.|\n> ?)*?)"$', of.source, re.M)
    return re.sub(r"\s*\n> ?", " ", found[1]) if found else ""


def link_to(of: Sequence[Cell], start: int) -> str:
    """The heading that a link to the cell at `start` leads to: its own or the nearest one above.

    >>> link_to([Cell("markdown", "## One"), Cell("markdown", "text")], 1)
    'One'
    """
    headings = [cell.heading[1] for cell in of[: start + 1] if cell.heading]
    return headings[-1] if headings else ""


def live(of: Sequence[Cell]) -> list[Cell]:
    """The code cells that run something for real: a `%%c` cell, a call of one of `RUNS`, or one `ASKED` of the box.

    >>> [cell.source for cell in live([Cell("code", 'labkit.run("a")'), Cell("code", 'labkit.listing("a")')])]
    ['labkit.run("a")']
    """
    running = re.compile(rf"\A%%c\b|\blabkit\.(?:{'|'.join(RUNS)})\(|\bbox\.(?:{'|'.join(ASKED)})\(")
    return [cell for cell in of if cell.kind == "code" and running.search(cell.source)]


def questions(of: Sequence[Cell]) -> list[Question]:
    """The predictions of these cells, each with what was set beside it as the stored output says.

    >>> asked = Cell("code", 'guess = labkit.predict("q", "Which?", ["one", "two"])')
    >>> said = {"data": {"text/plain": "You predicted: -\\nWhat happened: two"}}
    >>> told = Cell("code", "guess.beside(n)", outputs=(said,))
    >>> questions([asked, told])
    [Question(name='q', text='Which?', options=('one', 'two'), happened='two')]
    """
    found: dict[str, Question] = {}
    for cell in _questioned(of):
        found |= {question.name: question for question in cell}
    return list(found.values())


def shown(of: Sequence[Cell]) -> list[Question | None]:
    """Of every cell the prediction its output shows, with `happened` if it is the outcome; None where it shows none."""
    return [cell[-1] if cell else None for cell in _questioned(of)]


def _questioned(of: Sequence[Cell]) -> Iterator[list[Question]]:
    """Of every cell the predictions it asks, and those it sets beside what happened."""
    named: dict[str, Question] = {}
    for cell in of:
        here = []
        for question, variable in _calls(cell):
            if question is not None:
                named[variable] = question
                here.append(question)
            elif variable in named:
                here.append(replace(named[variable], happened=_happened(cell)))
        yield here


def _calls(cell: Cell) -> Iterator[tuple[Question | None, str]]:
    """The predictions made in a cell and, as None, the calls of `beside`, each with the name of the variable."""
    if cell.kind != "code" or cell.source.startswith("%"):
        return
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            call = node.value
            if isinstance(call.func, ast.Attribute) and call.func.attr == "predict":
                name, text, options = (ast.literal_eval(argument) for argument in call.args)
                yield Question(name, text, tuple(options)), node.targets[0].id
        elif isinstance(node, ast.Attribute) and node.attr == "beside" and isinstance(node.value, ast.Name):
            yield None, node.value.id


def _happened(cell: Cell) -> str:
    """What the stored outcome says happened."""
    for output in cell.outputs:
        said = "".join(output.get("data", {}).get("text/plain", ""))
        if "What happened: " in said:
            return said.partition("What happened: ")[2]
    return ""
