"""The stepper as HTML: finished films and texts as data, the same script wherever it is shown.

Pure: recordings in, text out. The HTML needs nothing from a network; without a script its reader still gets the story.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from labkit.decode.names import names
from labkit.decode.replay import steps
from labkit.draw.descriptors import descriptors
from labkit.draw.film import Film, Scene
from labkit.draw.style import CSS
from labkit.draw.whereabouts import whereabouts
from labkit.model import Recording

_HERE = Path(__file__).parent
SCRIPT = (_HERE / "stepper.js").read_text()
STYLE = CSS + (_HERE / "stepper.css").read_text()
OPEN = ("source", "descriptors", "steps")  # the panels that are open at first
_WITHOUT_SCRIPT = 40  # sentences for a reader who has no script


@dataclass(frozen=True, repr=False)
class Stepped:
    """One recording made ready for the stepper: its scenes, and of each step a line and a sentence."""

    recording: Recording
    scenes: tuple[Scene, ...]
    rows: tuple[str, ...]
    who: tuple[str, ...]
    sentences: tuple[str, ...]
    hidden: tuple[str, ...]


def prepare(recording: Recording) -> Stepped:
    """Everything the stepper shows of a recording."""
    called = names(recording)
    rows, who, hidden = [], [], []
    for step in steps(recording):
        event = recording.events[step.event]
        rows.append(called.call(event) if event.kind == "call" else f"{event.kind} {event.detail}".strip())
        who.append(called.thread(event.tid))
        hidden.append("start-up" if event.place.phase == "before main" else "")
    scenes = (descriptors(recording), whereabouts(recording))
    return Stepped(recording, scenes, tuple(rows), tuple(who), tuple(rows), tuple(hidden))


def data(
    runs: Sequence[Stepped],
    *,
    pairs: Sequence[tuple[int | None, int | None, bool]] | None = None,
    at: int = 0,
    show: Sequence[str] = OPEN,
    alone: bool = False,
) -> dict[str, Any]:
    """What stepper.js is given. `pairs` are the steps of two runs that go together."""
    return {
        "title": " and ".join(run.recording.name for run in runs),
        "runs": [_run(run) for run in runs],
        "pairs": pairs,
        "folds": [],
        "at": at,
        "open": list(show),
        "alone": alone,
    }


def _run(run: Stepped) -> dict[str, Any]:
    strings: dict[str, int] = {}

    def number(texts: Sequence[str]) -> list[int]:
        return [strings.setdefault(text, len(strings)) for text in texts]

    columns = {"rows": number(run.rows), "who": number(run.who), "say": number(run.sentences)}
    return {
        "title": run.recording.name,
        "steps": len(run.rows),
        **columns,
        "strings": list(strings),
        "hidden": [int(bool(reason)) for reason in run.hidden],
        "subjects": [],
        "concerns": [],
        "scenes": [
            {
                "name": scene.name,
                "word": scene.word,
                "title": scene.title,
                "legend": scene.legend,
                "svg": scene.film.markup.startswith("<svg"),
                "film": _film(scene.film),
                "twin": _film(scene.twin),
            }
            for scene in run.scenes
        ],
    }


def _film(film: Film) -> dict[str, Any]:
    return {"markup": film.markup, "looks": film.looks, "cuts": film.cuts}


def stepper(given: dict[str, Any], sentences: Sequence[str]) -> str:
    """A piece of HTML with the stepper in it, for a notebook or a page."""
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    name = "labkit-" + hashlib.sha256(text.encode()).hexdigest()[:10]
    story = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences[:_WITHOUT_SCRIPT])
    return (
        f'<div class="lk" data-stepper="{name}"><style>{STYLE}</style><p>{escape(given["title"])}, step by step'
        f" (to step through it, trust this notebook):</p><ol>{story}</ol></div>"
        f'<script type="application/json" data-for="{name}">{text}</script>'
        f'<script type="module">{SCRIPT}\n{_START.replace("NAME", name)}</script>'
    )


# The same stepper may be in a page twice: each place gets one of its own.
_START = """
const css = document.querySelector("[data-stepper=NAME] style").textContent;
const given = document.querySelector("script[data-for=NAME]").textContent;
document.querySelectorAll("[data-stepper=NAME]:not([id])").forEach((place, number) => {
  const root = document.createElement("div");
  place.id = `NAME-${number}-place`;
  root.id = `NAME-${number}`;
  place.replaceChildren(place.querySelector("style"), root);
  const data = JSON.parse(given);
  for (const run of data.runs) run.css = css;
  mount(root, data);
});
"""


def page(recording: Recording, *, at: int = 0, show: Sequence[str] = OPEN) -> str:
    """A whole HTML page, self-contained, that steps through the recording."""
    ready = prepare(recording)
    body = stepper(data([ready], at=at, show=show, alone=True), ready.sentences)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(recording.name)}, step by step</title>"
        "<style>body{margin:12px 16px;background:Canvas}</style></head>"
        f'<body><main><h1 class="lk">{escape(recording.name)}</h1>{body}</main></body></html>\n'
    )
