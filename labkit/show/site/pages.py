"""Turns a prepared notebook into a page to read or into slides, with nbconvert and the templates beside this file.

The templates bring all they need: what comes out asks no other machine for anything; links a reader may follow.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter, SlidesExporter
from traitlets.config import Config

from labkit.draw import highlight
from labkit.errors import LabkitError
from labkit.show.site.static import PAGE, prepared

HERE = Path(__file__).parent
REVEAL = "reveal.js"  # the folder of the site that holds it
_SHOWN_FIRST = ["text/html", "image/svg+xml", "image/png", "text/plain"]
# nbconvert marks up C and Python with Pygments' classes, as our listings do; one set of colours for both.
COLOURS = highlight.CSS.replace(".lk code", ".highlight")


def reveal() -> Path:
    """The folder of reveal.js in this environment; LabkitError where its package is not installed."""
    found = find_spec("sphinx_revealjs")
    if found is None or found.origin is None:
        raise LabkitError("reveal.js is not installed here: `make site` installs it, with what checks the course.")
    return Path(found.origin).parent / "_static" / "revealjs"


def page(notebook: Any, name: str, title: str, slides: bool) -> str:
    """The notebook as a page to read; `slides` says whether there are slides of it to link to."""
    more = {"own": _text("page.css"), "control": _text("scrolling.js"), "slides": slides}
    return _converted(HTMLExporter, "page", notebook, name=name, title=title, **more)


def slides(notebook: Any, name: str, title: str) -> str:
    """The notebook as slides of reveal.js, which is looked for in the folder `REVEAL` beside the file."""
    more = {"own": _text("slides.css"), "control": _text("slides.js"), "reveal": REVEAL}
    return _converted(SlidesExporter, "slides", notebook, name=name, title=title, **more)


def _converted(exporter: type[HTMLExporter], template: str, notebook: Any, **course: Any) -> str:
    """What the exporter makes of the notebook with one of our templates, which finds `course` in its resources."""
    ready, code = prepared(notebook, f"{course['name']}.html" if template == "slides" else "")
    outputs = _set_aside(ready)
    stepper = _mark(code, outputs) if code else ""
    course |= {"style": _text("common.css") + COLOURS, "script": _text("predictions.js"), "stepper": stepper}
    shown = Config({"NbConvertBase": {"display_data_priority": _SHOWN_FIRST}})
    made = exporter(config=shown, extra_template_basedirs=[str(HERE / "templates")], template_name=template)
    body, _ = made.from_notebook_node(ready, resources={"course": course})
    return _PLACE.sub(lambda found: outputs[int(found[1])], str(body))


# nbconvert reads its own result once more with a parser that shortens blanks, and so would spoil indented programs.
_PLACE = re.compile(r"<!--labkit output (\d+)-->")


def _set_aside(notebook: Any) -> list[str]:
    """Put a mark in the place of every output's HTML; gives back the HTML, in the order of the marks."""
    outputs: list[str] = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if PAGE in output.get("data", {}):
                output.data[PAGE] = _mark(output.data[PAGE], outputs)
    return outputs


def _mark(html: str, outputs: list[str]) -> str:
    outputs.append(html)
    return f"<!--labkit output {len(outputs) - 1}-->"


def _text(name: str) -> str:
    return (HERE / name).read_text("utf-8")
