"""The site: what becomes of a notebook's cells, what may not be in a page, what is said when it cannot be written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import labkit
from labkit.draw.stepper import page as stepper_page
from labkit.errors import LabkitError
from labkit.exercises.catalogue import exercise
from labkit.exercises.grading import cell_metadata
from labkit.show.course import Question
from labkit.show.site import pages
from labkit.show.site.__main__ import main
from labkit.show.site.build import build
from labkit.show.site.static import form, outcome, prepared

SLIDE = {"slideshow": {"slide_type": "slide"}}
SKIP = {"slideshow": {"slide_type": "skip"}}
# What makes a browser fetch something, rather than a link that a reader may follow.
FETCHES = re.compile(
    r"""<(?!a\b)\w+[^>]*\s(?:src|href|poster|data)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//"""
)


def html(text: str) -> list[Any]:
    return [new_output("display_data", {"text/html": text, "text/plain": "text"})]


@pytest.fixture
def notebook() -> Any:
    """A lecture in small, as plain JSON: a question, its outcome, a program, an exercise, links."""
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/html": "<ul>", "text/plain": ""}
    told = {**widget, "text/plain": "You predicted: -\nWhat happened: <two>"}
    cells = [
        new_markdown_cell("# 03 File descriptors\n\nA number `n` each.\n\nAfter this lecture you can", metadata=SLIDE),
        new_code_cell(
            'g = labkit.predict("q", "Is `a < b`?", ["one", "<two>"])\ng', outputs=[new_output("display_data", widget)]
        ),
        new_code_cell("g.beside(x)", outputs=[new_output("display_data", told)], metadata=SLIDE),
        new_code_cell("labkit.listing('p')", outputs=html("<code>    <b>int</b>\tx;</code>"), metadata=SLIDE),
        new_code_cell("%%c mine\nint main(void) { return 0; }", outputs=html("<p>picture</p>"), metadata=SKIP),
        new_code_cell(
            "labkit.check('copy-all', mine)",
            outputs=html("Not yet"),
            metadata=cell_metadata(exercise("copy-all"), "check"),
        ),
        new_markdown_cell(
            "## The end\n\n[04](04-buffering-and-time.ipynb#What-to-keep), [man](https://man7.org/x.html)",
            metadata=SLIDE,
        ),
    ]
    return json.loads(nbformat.writes(new_notebook(cells=cells)))


def test_a_prediction_is_a_form_and_what_happened_is_behind_a_click(notebook: Any) -> None:
    ready, _ = prepared(notebook)
    asked, told = (cell.outputs[0].data["text/html"] for cell in ready.cells[1:3])
    assert asked == form(Question("q", "Is `a < b`?", ("one", "<two>")))
    assert "Is <code>a &lt; b</code>?" in asked and asked.count("<input") == 2
    assert told == outcome(Question("q", "", (), "<two>")) and "&lt;two&gt;" in told and "open" not in told
    assert "You predicted" not in told


def test_the_notebook_itself_is_left_as_it_was(notebook: Any) -> None:
    before = json.dumps(notebook)
    prepared(notebook)
    assert json.dumps(notebook) == before


def test_the_answer_to_an_untouched_starter_is_not_shown(notebook: Any) -> None:
    ready, _ = prepared(notebook)
    assert ready.cells[5].outputs == [] and ready.cells[4].outputs != []


@pytest.mark.parametrize("slides", [False, True])
def test_blanks_of_a_program_are_kept(notebook: Any, slides: bool) -> None:
    made = pages.slides(notebook, "n", "t") if slides else pages.page(notebook, "n", "t", True)
    assert "<code>    <b>int</b>\tx;</code>" in made
    assert "labkit output" not in made


@pytest.mark.parametrize("slides", [False, True])
def test_nothing_is_fetched_from_elsewhere(notebook: Any, slides: bool) -> None:
    made = pages.slides(notebook, "n", "t") if slides else pages.page(notebook, "n", "t", True)
    assert FETCHES.findall(made) == []
    assert 'href="04-buffering-and-time.html#What-to-keep"' in made and "https://man7.org/x.html" in made
    assert FETCHES.search('<script src="https://cdn.example/x.js">'), "the pattern finds what it should"


def test_a_page_shows_the_python_and_slides_only_programs(notebook: Any) -> None:
    page, slides = pages.page(notebook, "n", "t", True), pages.slides(notebook, "n", "t")
    assert "labkit.listing" in re.sub("<[^>]*>", "", page) and "labkit.listing" not in re.sub("<[^>]*>", "", slides)
    assert "<p>picture</p>" in page and "<p>picture</p>" not in slides, "what is skipped is not on the slides"


def test_the_steppers_code_is_there_though_its_output_is_skipped(notebook: Any) -> None:
    recording = labkit.record("newline")
    stepped = labkit.step(recording)._repr_html_()
    notebook["cells"][4]["outputs"][0]["data"]["text/html"] = stepped
    notebook["cells"][3]["outputs"][0]["data"]["text/html"] = stepped.replace(stepper_page.code(), "")
    for made in (pages.page(notebook, "n", "t", False), pages.slides(notebook, "n", "t")):
        assert made.count('<script type="module" data-labkit="code">') == 1
        assert made.index('data-labkit="code"') < made.index("<body>")


def test_reveal_counts_sections_so_a_stepper_has_none() -> None:
    assert '"section"' not in stepper_page.SCRIPT


def test_the_same_notebooks_give_the_same_site(notebook: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "03-file-descriptors.ipynb").write_text(json.dumps(notebook))
    first = {path.name: path.read_bytes() for path in build(tmp_path / "in", tmp_path / "one")}
    second = {path.name: path.read_bytes() for path in build(tmp_path / "in", tmp_path / "two")}
    assert first == second
    assert set(first) == {"03-file-descriptors.html", "03-file-descriptors.slides.html", "index.html"}
    index = first["index.html"].decode()
    assert 'href="03-file-descriptors.slides.html"' in index and "A number n each." in index


def test_it_is_made_anew_but_nothing_else_is_removed(notebook: Any, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "gallery.ipynb").write_text(json.dumps(notebook))
    assert main([str(tmp_path / "in"), str(tmp_path / "site")]) == 0
    (tmp_path / "site" / "old.html").write_text("old")
    assert main([str(tmp_path / "in"), str(tmp_path / "site")]) == 0
    assert not (tmp_path / "site" / "old.html").exists()
    assert (tmp_path / "site" / "reveal.js" / "LICENSE").exists()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    assert main([str(tmp_path / "in"), str(tmp_path / "thesis")]) == 1
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "mine"
    assert "name another folder" in capsys.readouterr().err


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabkitError, match="no notebook"):
        build(tmp_path, tmp_path / "site")
    monkeypatch.setattr(pages, "find_spec", lambda name: None)
    with pytest.raises(LabkitError, match="make site"):
        pages.reveal()
