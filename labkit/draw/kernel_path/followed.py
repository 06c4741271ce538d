"""A kernel path as the stepper's data: its picture, a line and a sentence for each step, and how much detail each is.

Pure: a path in, finished values out. The page and the script are the recordings' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labkit.decode.kernel_layers import layers
from labkit.decode.kernel_rules import FOLDED, SHOWN, folded, levels
from labkit.decode.kernel_story import SIDES, event, story
from labkit.decode.kernel_tree import depths, title
from labkit.decode.provenance import elsewhere
from labkit.draw.film import Scene
from labkit.draw.kernel_path.nodes import BANDS
from labkit.draw.kernel_path.scene import path
from labkit.draw.picture import Picture
from labkit.draw.stepper.page import numbered, scene_data
from labkit.errors import LabkitError
from labkit.model import CallGraph

SCENES = {"path": path}
PANELS = (*SCENES, "steps")
LEVELS = ("points of the lecture", "shown", "everything")
_WHO = {"call": "sys", "interrupt": "irq", "work": "work", "other": "else"}


def scene(graph: CallGraph, name: str) -> Scene:
    """One of the pictures; LabkitError if there is none of that name."""
    if name not in SCENES:
        raise LabkitError(f"There is no picture {name!r} of a path through the kernel; there are: {', '.join(SCENES)}.")
    return SCENES[name](graph)


def check(show: Sequence[str], detail: str) -> None:
    """LabkitError if one of these is no panel, or there is no such detail."""
    for name in show:
        if name not in PANELS:
            raise LabkitError(
                f"There is no panel {name!r} of a path through the kernel; there are: {', '.join(PANELS)}."
            )
    if detail not in LEVELS:
        raise LabkitError(f"There is no detail {detail!r}; there are: {', '.join(LEVELS)}.")


def position(graph: CallGraph, at: int) -> int:
    """The index of step `at`, as people count them: from 1, or from the end with -1; LabkitError if there is none."""
    count = len(graph.steps)
    if not count or at == 0 or not -count <= at <= count:
        raise LabkitError(f"There is no step {at}: {title(graph)} has steps 1 to {count}.")
    return at - 1 if at > 0 else count + at


def still(graph: CallGraph, name: str, at: int) -> Picture:
    """The picture `name` at step `at`, counted from 1 or from the end; LabkitError if there is none."""
    step = position(graph, at)
    drawn = scene(graph, name)
    said = f"{drawn.title}, step {step + 1}: {story(graph)[step]}"
    return Picture(said, drawn.film.at(step), drawn.text(step), drawn.legend, where=elsewhere([graph]))


def data(graph: CallGraph, *, at: int, show: Sequence[str], detail: str, alone: bool) -> dict[str, Any]:
    """What stepper.js is given."""
    steps, where = graph.steps, elsewhere([graph])
    rows = [event(graph, step) if step.kind == "event" else step.name for step in steps]
    columns = {
        "rows": rows,
        "who": [_WHO[step.side] for step in steps],
        "say": story(graph),
        "whys": folded(graph),
    }
    subjects, concerns = _subjects(graph)
    run = {
        "title": title(graph),
        "steps": len(steps),
        "events": list(range(len(steps))),
        **numbered(columns),
        "hidden": list(levels(graph)),
        "indents": list(depths(graph)),
        "subjects": subjects,
        "concerns": concerns,
        "scenes": [scene_data(scene(graph, name)) for name in SCENES],
    }
    return {
        "title": title(graph),
        "value": "graph",
        "runs": [run],
        "pairs": None,
        "folds": [],
        "levels": list(LEVELS),
        "level": LEVELS.index(detail),
        "at": at,
        "open": list(show),
        "alone": alone,
        **({"elsewhere": where} if where else {}),
    }


def _subjects(graph: CallGraph) -> tuple[list[str], list[list[int]]]:
    """What can be followed: a layer, and whatever is not the system call's side; of each shown step, which it is in."""
    places = layers(graph)
    sides = dict.fromkeys(step.side for step in graph.steps if step.side in ("interrupt", "work"))
    labels = [*(band for band in BANDS if band in places), *(SIDES[side] for side in sides)]
    numbers = {label: number for number, label in enumerate(labels)}
    concerns = []
    for step, layer, level in zip(graph.steps, places, levels(graph), strict=True):
        mine = [numbers[layer]] + ([numbers[SIDES[step.side]]] if step.side in sides else [])
        concerns.append(mine if level != FOLDED else [])
    return labels, concerns


assert LEVELS[SHOWN] == "shown"
