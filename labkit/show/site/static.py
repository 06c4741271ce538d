"""Prepares a notebook for a page on which nothing runs: what was a widget becomes HTML, links lead to pages.

Pure: from a notebook to a notebook. Stored outputs are kept as they are but for predictions and checks of exercises.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

import nbformat

from labkit.show import course
from labkit.show.course import Question

PAGE = "text/html"
# The stepper's style and script, as labkit.draw.stepper.page puts them into the first stepper of a notebook.
_STEPPER_CODE = re.compile(
    r'<style data-labkit="style".*?</style>\s*<script type="module" data-labkit="code">.*?</script>', re.S
)


def prepared(notebook: Any, page: str = "") -> tuple[Any, str]:
    """A copy of `notebook` for a page, and the stepper's style and script, "" where nothing is stepped.

    On slides `page` is the name of the page that links within the notebook lead to: what they lead to may be skipped.
    The code is taken out of the output that brings it, because slides may leave that very output out.
    """
    copy = nbformat.reads(json.dumps(notebook), as_version=4)
    copy.metadata = nbformat.from_dict({"language_info": {"name": "python", "pygments_lexer": "ipython3"}})
    code = ""
    for cell, question in zip(copy.cells, course.shown(course.cells(notebook)), strict=True):
        if cell.cell_type == "markdown":
            cell.source = linked(cell.source, page)
            continue
        if cell.source.startswith("%%c"):
            cell.metadata["magics_language"] = "c"
        if "nbgrader" in cell.metadata:
            cell.outputs = []  # what the check says of an untouched starter tells a reader nothing
        if question is not None:
            html = outcome(question) if question.happened else form(question)
            cell.outputs = [nbformat.v4.new_output("display_data", {PAGE: html})]
        for output in cell.outputs:
            html = output.get("data", {}).get(PAGE, "")
            if found := _STEPPER_CODE.search(html):
                code = code or found[0]
                output.data[PAGE] = html.replace(found[0], "")
    return copy, code


def linked(text: str, page: str = "") -> str:
    """Markdown whose links to notebooks lead to their pages, and those within the notebook to `page`.

    >>> linked("see [04](04-buffering-and-time.ipynb#What-to-keep)")
    'see [04](04-buffering-and-time.html#What-to-keep)'
    >>> linked("see [below](#Exercises)", "02-streams.html")
    'see [below](02-streams.html#Exercises)'
    """
    text = re.sub(r"\]\(#([^)]*)\)", lambda found: f"]({page}#{found[1]})", text)
    return re.sub(r"\]\(([\w.-]+)\.ipynb(#[^)]*)?\)", lambda found: f"]({found[1]}.html{found[2] or ''})", text)


def form(question: Question) -> str:
    """The question with its options to choose from; what is chosen is kept by predictions.js."""
    options = "".join(
        f'<label><input type="radio" name="{escape(question.name)}" value="{escape(option)}"> {_code(option)}</label>'
        for option in question.options
    )
    legend = f"<legend><b>Predict.</b> {_code(question.text)}</legend>"
    return (
        f'<form class="predict" data-question="{escape(question.name)}"><fieldset>{legend}{options}</fieldset></form>'
    )


def outcome(question: Question) -> str:
    """What happened, behind a click, so that one can think, or a lecturer can ask, first.

    >>> outcome(Question("q", "Which?", ("one", "two"), "two"))
    '<details class="outcome" data-question="q"><summary>What happened</summary><p><b>two</b></p></details>'
    """
    happened = f"<p><b>{escape(question.happened)}</b></p>"
    return (
        f'<details class="outcome" data-question="{escape(question.name)}">'
        f"<summary>What happened</summary>{happened}</details>"
    )


def _code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
