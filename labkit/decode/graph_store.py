"""A path through the kernel as JSON text and back, with a format version. Pure (`labkit.saved` reads and writes files).

What repeats is written once: names, tasks and the like in a table of texts.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.errors import LabkitError
from labkit.model import CallGraph, KernelStep

FORMAT = 1
WHAT = "labkit kernel path"
_KINDS = ("function", "event")
_SIDES = ("call", "interrupt", "work", "other")


def to_json(graph: CallGraph) -> str:
    """The path as JSON text, ASCII only; `from_json` gives an equal one.

    >>> step = KernelStep(0.0, "prog", 7, 0, "function", "ksys_read", "call")
    >>> graph = CallGraph("read", "prog", (), 16, "6.1", (step,))
    >>> from_json(to_json(graph)) == graph
    True
    """
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    steps = [
        [
            step.at, number(step.task), step.tid, step.depth, _KINDS.index(step.kind), number(step.name),
            _SIDES.index(step.side), step.took, number(step.detail), number(step.module),
        ]
        for step in graph.steps
    ]  # fmt: skip
    whole = {
        "what": WHAT,
        "format": FORMAT,
        "call": graph.call,
        "program": graph.program,
        "args": list(graph.args),
        "result": graph.result,
        "kernel": graph.kernel,
        "made": dict(graph.made),
        "texts": list(texts),
        "steps": steps,
    }
    return json.dumps(whole, separators=(",", ":"))


def from_json(text: str | bytes, source: str = "the text") -> CallGraph:
    """The path written by `to_json`, of this format or an older one; `source` names it in messages.

    Raises LabkitError if it is no path, is damaged, or was written by a newer labkit.
    """
    try:
        data = json.loads(text)
    except ValueError as err:
        raise LabkitError(f"{source} is no path through the kernel: it is not JSON ({err})") from err
    if not isinstance(data, dict) or data.get("what") != WHAT:
        raise LabkitError(f"{source} is JSON, but no path through the kernel; labkit.box().path(…) makes one")
    version = data.get("format")
    if not isinstance(version, int) or version > FORMAT:
        raise LabkitError(
            f"{source} has kernel-path format {version}; this labkit knows formats up to {FORMAT}.\n"
            "It was written by a newer labkit: update this one, or follow the call again here."
        )
    try:
        return _graph(data)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as err:
        raise LabkitError(
            f"{source} is a damaged path through the kernel ({type(err).__name__}: {err}); follow the call again"
        ) from err


def _graph(data: dict[str, Any]) -> CallGraph:
    texts = data["texts"]
    steps = []
    for at, task, tid, depth, kind, name, side, took, detail, module in data["steps"]:
        if min(task, kind, name, side, detail, module) < 0:
            raise ValueError("a number below 0")
        steps.append(
            KernelStep(
                float(at), texts[task], int(tid), int(depth), _kind(kind), texts[name], _side(side),
                took=None if took is None else float(took), detail=texts[detail], module=texts[module],
            )
        )  # fmt: skip
    words = [data[key] for key in ("call", "program", "kernel")]
    if not all(isinstance(word, str) for word in [*words, *texts, *data["args"], *data["made"].values()]):
        raise ValueError("a text is missing")
    return CallGraph(
        data["call"], data["program"], tuple(data["args"]), int(data["result"]), data["kernel"], tuple(steps),
        dict(data["made"]),
    )  # fmt: skip


def _kind(number: int) -> Any:
    return _KINDS[number]


def _side(number: int) -> Any:
    return _SIDES[number]
