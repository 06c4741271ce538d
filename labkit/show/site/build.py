"""Writes the site: a page of every notebook, slides of every lecture, an index, and reveal.js. Runs no notebook."""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError
from labkit.show import course_map
from labkit.show.site import pages
from labkit.show.syllabus import LECTURES

# What the slides need of reveal.js, and its licence.
_REVEAL = ("LICENSE", "dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js", "plugin/notes/speaker-view.html")


def build(notebooks: Path, site: Path) -> list[Path]:
    """Write the site of the folder `notebooks` into the folder `site`, which is made anew; gives back the pages.

    Raises LabkitError if there is no notebook, `site` holds something else, or reveal.js is not installed.
    """
    there = course_map.read(notebooks)
    if not there:
        raise LabkitError(f"There is no notebook in {notebooks}.")
    source = pages.reveal()
    if site.exists() and any(site.iterdir()) and not (site / "index.html").exists():
        raise LabkitError(f"{site} holds something that is no site of the course: name another folder.")
    shutil.rmtree(site, ignore_errors=True)
    for name in _REVEAL:
        target = site / pages.REVEAL / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)
    lectures = {lecture.stem for lecture in LECTURES}
    written = []
    for stem, notebook in there.items():
        projected = stem in lectures and any("slideshow" in cell["metadata"] for cell in notebook["cells"])
        title = title_of(notebook)
        written.append(_write(site / f"{stem}.html", pages.page(notebook, stem, title, projected)))
        if projected:
            written.append(_write(site / f"{stem}.slides.html", pages.slides(notebook, stem, title)))
    written.append(_write(site / "index.html", index(there, {path.name for path in written})))
    return written


def title_of(notebook: Any) -> str:
    """The notebook's first heading.

    >>> title_of({"cells": [{"source": ["# 02 Streams\\n", "\\n", "text"]}]})
    '02 Streams'
    """
    return "".join(notebook["cells"][0]["source"]).splitlines()[0].lstrip("# ")


def why(notebook: Any) -> str:
    """The sentences under the title, as text: why one should read it."""
    paragraphs = "".join(notebook["cells"][0]["source"]).split("\n\n")[1:2]
    text = " ".join("".join(paragraphs).split()).partition("After this lecture")[0]
    return re.sub(r"\[([^]]*)\]\([^)]*\)|[`*]", r"\1", text).strip()


def index(there: dict[str, Any], written: set[str]) -> str:
    """The first page: the start page, the lectures that exist with their slides, the gallery."""
    order = [course_map.START, *(lecture.stem for lecture in LECTURES if lecture.stem in there)]
    order += [stem for stem in there if stem not in order]
    rows = "".join(_row(stem, there[stem], f"{stem}.slides.html" in written) for stem in order if stem in there)
    text = (pages.HERE / "index.html").read_text("utf-8")
    style = (pages.HERE / "common.css").read_text("utf-8") + (pages.HERE / "page.css").read_text("utf-8")
    return text.replace("/* STYLE */", style).replace("<!-- ROWS -->", rows)


def _row(stem: str, notebook: Any, projected: bool) -> str:
    link = f'<a class="lecture" href="{stem}.html">{escape(title_of(notebook))}</a>'
    more = f' <a class="slides" href="{stem}.slides.html">slides</a>' if projected else ""
    return f"<li>{link}{more}<p>{escape(why(notebook))}</p></li>"


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
