"""What a box answered, as JSON text and back, with a format version. Pure: reads and writes no file.

An answer is how a command ended, what the kernel said to a driver, its files, an entry, a layout, a path; or that the
box was gone.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from labkit.decode import graph_store
from labkit.errors import LabkitError
from labkit.model import CallGraph, Ended, Entry, KernelFile, KernelFiles, Layout, Member

FORMAT = 1
_WHAT = "labkit box answer"


class Gone(str):
    """The box did not survive: its last words."""


Answer = Ended | KernelFiles | Entry | Layout | CallGraph | Gone | str


def to_json(answer: Answer) -> str:
    r"""The answer as JSON text, ASCII only; `from_json` gives an equal one.

    >>> from_json(to_json(Ended(0, False, b"\xff\n")))
    Ended(status=0, late=False, output=b'\xff\n')
    """
    return json.dumps(
        {"what": _WHAT, "format": FORMAT, "kind": type(answer).__name__, "value": _value(answer)},
        separators=(",", ":"),
    )


def from_json(text: str | bytes, source: str = "the text") -> Answer:
    """The answer written by `to_json`; raises LabkitError if it is none, damaged, or a newer labkit's."""
    try:
        data = json.loads(text)
        if data["what"] != _WHAT or data["format"] > FORMAT:
            raise LabkitError(f"{source} is no answer of a box that this labkit knows: update it.")
        return _answer(data["kind"], data["value"])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as err:
        raise LabkitError(f"{source} is no answer of a box, or damaged ({type(err).__name__}: {err}).") from err


def _value(answer: Answer) -> Any:
    if isinstance(answer, Ended):
        return [answer.status, answer.late, answer.output.decode("latin-1")]
    if isinstance(answer, CallGraph):
        return graph_store.to_json(answer)
    return str(answer) if isinstance(answer, str) else asdict(answer)


def _answer(kind: str, value: Any) -> Answer:
    if kind == "Ended":
        return Ended(value[0], value[1], value[2].encode("latin-1"))
    if kind == "CallGraph":
        return graph_store.from_json(value)
    if kind == "KernelFiles":
        files = tuple(KernelFile(**file) for file in value["files"])
        return KernelFiles(value["program"], files, dict(value["made"]))
    if kind == "Layout":
        members = tuple(Member(**member) for member in value["members"])
        return Layout(value["name"], value["size"], members, dict(value["made"]))
    if kind == "Entry":
        pairs = {name: tuple((key, number) for key, number in value[name]) for name in ("registers", "path")}
        return Entry(**{**value, **pairs})
    return Gone(value) if kind == "Gone" else str(value)
