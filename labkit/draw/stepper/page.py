"""The stepper as HTML: finished films and texts as data, the same script wherever it is shown.

Pure: recordings in, text out. The HTML needs nothing from a network; without a script its reader still gets the story.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from labkit.decode.alignment import Pair
from labkit.decode.provenance import elsewhere
from labkit.decode.replay import steps
from labkit.decode.text import readable
from labkit.draw import highlight
from labkit.draw.film import Film, Scene
from labkit.draw.picture import place_html
from labkit.draw.stepper.excerpt import cut
from labkit.draw.stepper.stepped import SCENES, Stepped
from labkit.draw.stepper.titles import titles
from labkit.draw.style import CSS
from labkit.errors import LabkitError

_HERE = Path(__file__).parent
STYLE = CSS + highlight.CSS + (_HERE / "stepper.css").read_text()
PANELS = (*SCENES, "steps")
COMPRESS_FROM = 400_000  # characters of data; below, text compares and compresses better outside
_WITHOUT_SCRIPT = 40  # sentences for a reader who has no script


def _brief(script: str) -> str:
    """The script without its comments and indentation; it has no text of several lines."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


_SCRIPTS = ("element", "film", "panel", "plan", "list", "presentation", "stepper")
SCRIPT = "\n".join(_brief((_HERE / f"{name}.js").read_text()) for name in _SCRIPTS)
_CODE = hashlib.sha256((SCRIPT + STYLE).encode()).hexdigest()[:10]


def check(show: Sequence[str]) -> None:
    """LabkitError if one of these is no panel."""
    for name in show:
        if name not in PANELS:
            raise LabkitError(f"There is no panel {name!r}; there are: {', '.join(PANELS)}.")


def panels(runs: Sequence[Stepped]) -> tuple[str, ...]:
    """The panels that these runs have something for."""
    return (*_pictures(runs), "steps")


def _pictures(runs: Sequence[Stepped]) -> tuple[str, ...]:
    return tuple(name for name in SCENES if any(name in run.pictures for run in runs))


def data(
    runs: Sequence[Stepped],
    *,
    pairs: Iterable[Pair] | None = None,
    at: int = 0,
    show: Sequence[str] = PANELS,
    alone: bool = False,
    only: Sequence[Sequence[int]] | None = None,
) -> dict[str, Any]:
    """What stepper.js is given. `pairs` are the steps of two runs that go together.

    `only` are the steps of each run that are given, if not all; then only the panels to `show` are made, for size.
    """
    called = titles([run.recording for run in runs])
    taken = [None] * len(runs) if only is None else only
    where = elsewhere(run.recording for run in runs)
    return {
        "title": " and ".join(dict.fromkeys(called)),
        "runs": [_run(*each, show, _pictures(runs)) for each in zip(runs, called, taken, strict=True)],
        "pairs": None if pairs is None else list(_pairs(pairs, only)),
        "folds": [] if pairs is not None or only is not None else _folds(runs[0]),
        "at": at if only is None else list(only[0]).index(at),
        "open": list(show),
        "alone": alone,
        **({"elsewhere": where} if where else {}),
    }


def _pairs(pairs: Iterable[Pair], only: Sequence[Sequence[int]] | None) -> Iterator[list[int | None]]:
    """Pairs of steps by their places among those given."""
    places = None if only is None else [{step: place for place, step in enumerate(steps)} for steps in only]
    for pair in pairs:
        ends = [pair.first, pair.second]
        if places is not None:
            ends = [None if end is None else places[side][end] for side, end in enumerate(ends)]
        yield [*ends, int(pair.differs)]


def _folds(run: Stepped) -> list[list[int]]:
    return [[fold.first, fold.period, fold.times] for fold in run.folds]


def _run(
    run: Stepped, title: str, only: Sequence[int] | None, show: Sequence[str], pictures: Sequence[str]
) -> dict[str, Any]:
    """One run; of an excerpt `numbers` are those its steps have in the whole, `of` is how many that has."""
    taken: Sequence[int] = range(len(run.lines)) if only is None else only
    columns = {"rows": run.lines, "who": run.actors, "say": run.sentences}
    events = steps(run.recording)
    names = [name for name in pictures if only is None or name in show]
    scenes = [run.scene(name) if only is None else _cut(run.scene(name), only) for name in names]
    return {
        "title": title,
        "steps": len(taken),
        **({} if only is None else {"numbers": list(only), "of": len(run.lines)}),
        "events": [events[step].event for step in taken],
        **numbered({name: [texts[step] for step in taken] for name, texts in columns.items()}),
        "hidden": [int(bool(run.hidden[step]) and only is None) for step in taken],
        "subjects": list(map(readable, run.topics.labels)),
        "concerns": [run.topics.of[step] for step in taken],
        "scenes": [scene_data(scene) for scene in scenes],
    }


def _cut(scene: Scene, only: Sequence[int]) -> Scene:
    return replace(scene, film=cut(scene.film, only), twin=cut(scene.twin, only))


def numbered(columns: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Columns of texts as numbers of `strings`, which holds each text once."""
    strings: dict[str, int] = {}
    found: dict[str, Any] = {
        name: [strings.setdefault(readable(text), len(strings)) for text in texts] for name, texts in columns.items()
    }
    return {**found, "strings": list(strings)}


def scene_data(scene: Scene) -> dict[str, Any]:
    """A picture as data: its film, its twin, its words."""
    return {
        "name": scene.name,
        "word": scene.word,
        "title": readable(scene.title),
        "legend": scene.legend,
        "svg": scene.film.markup.startswith("<svg"),
        "film": _film(scene.film),
        "twin": _film(scene.twin),
    }


def _film(film: Film) -> dict[str, Any]:
    return {"markup": _TAG.sub(_single_quoted, film.markup), "looks": film.looks, "cuts": film.cuts}


# A quotation mark costs two characters in JSON, four in a notebook, which is JSON itself. < and > of texts are escaped.
_TAG = re.compile("<[^<>]*>")
_ATTRIBUTE = re.compile('="([^"\']*)"')


def _single_quoted(tag: re.Match[str]) -> str:
    return _ATTRIBUTE.sub(r"='\1'", tag[0])


_ENDING = re.compile("<(?=!|script)", re.IGNORECASE)


def stepper(given: dict[str, Any], story: Sequence[str], numbers: Sequence[int] = ()) -> str:
    """A piece of HTML with the stepper in it, for a notebook or a page; `story` is for readers without a script.

    `numbers` are the steps that its sentences tell, counted from 0, if these are not all.
    """
    where = given.get("elsewhere", "")  # not among the data: the same steps have the same ones wherever recorded
    given = {name: value for name, value in given.items() if name != "elsewhere"}
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    # What could end the element that it stands in, and no more: "<" itself is in every tag.
    text = _ENDING.sub(r"\\u003c", text.replace("</", "<\\/"))
    name = "labkit-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    kind = "application/json"
    if len(text) >= COMPRESS_FROM:
        kind = "application/gzip"  # mtime 0: the same recording gives the same page
        text = base64.b64encode(gzip.compress(text.encode("utf-8", "surrogatepass"), 6, mtime=0)).decode("ascii")
    places = [f' value="{number + 1}"' for number in numbers] or [""] * len(story)
    told = "".join(
        f"<li{place}>{escape(readable(sentence))}</li>"
        for place, sentence in list(zip(places, story, strict=True))[:_WITHOUT_SCRIPT]
    )
    return (
        f'<div class="lk lk-figure"{_where(where)} data-stepper="{name}">{code()}'
        f"{place_html(where)}<p>{escape(given['title'])}, step by step (to step "
        f"through it, trust this notebook):</p><ol>{told}</ol></div>"
        f'<script type="{kind}" data-for="{name}">{text}</script>'
        f'<script type="module">{_START.replace("NAME", name).replace("CODE", _CODE)}</script>'
    )


def _where(where: str) -> str:
    return f' data-elsewhere="{escape(where)}"' if where else ""


def code() -> str:
    """Style and script, which a page needs once however many steppers it has."""
    return (
        f'<style data-labkit="style" data-code="{_CODE}">{STYLE}</style>'
        f'<script type="module" data-labkit="code">(() => {{\n{SCRIPT}\n{_SHARE.replace("CODE", _CODE)}'
        "})();</script>"
    )


# In a notebook the output that brought them may be cleared while others still need them: the page keeps its own copy.
# The same stepper may be in a page twice: each place gets one of its own.
_SHARE = """
const style = document.querySelector('style[data-code="CODE"]');
const css = style?.textContent ?? "";
if (style && !document.head.querySelector('style[data-code="CODE"]')) document.head.append(style.cloneNode(true));
(globalThis.labkit ??= {})["CODE"] = async (name) => {
  const given = document.querySelector(`script[data-for=${name}]`);
  let text = given.textContent;
  if (given.type === "application/gzip") {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }
  document.querySelectorAll(`[data-stepper=${name}]:not([data-mounted])`).forEach((place) => {
    const number = document.querySelectorAll(`[data-stepper=${name}][data-mounted]`).length;
    const root = document.createElement("div");
    root.id = `${name}-${number}`;
    place.dataset.mounted = "";
    for (const child of [...place.children]) if (child.tagName !== "STYLE") child.remove();
    place.append(root);
    const data = JSON.parse(text);
    for (const run of data.runs) run.css = css;
    data.elsewhere = place.dataset.elsewhere ?? "";
    mount(root, data);
  });
};
dispatchEvent(new Event("labkit-CODE"));
"""


# The script may come later than its first use.
_START = """
const start = () => globalThis.labkit["CODE"]("NAME");
if (globalThis.labkit?.["CODE"]) start(); else addEventListener("labkit-CODE", start, { once: true });
"""


def page(given: dict[str, Any], story: Sequence[str], numbers: Sequence[int] = ()) -> str:
    """A whole HTML page, self-contained, with the stepper in it; `story` and `numbers` are as `stepper` takes them."""
    title = escape(given["title"])
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}, step by step</title>"
        "<style>body{margin:12px 16px;background:Canvas}h1.lk{font-size:1.3em;margin:0 0 8px}</style></head>"
        f'<body><main><h1 class="lk">{title}</h1>{stepper(given, story, numbers)}</main></body></html>\n'
    )
