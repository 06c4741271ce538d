"""What of a stored output is chance, by its own declaration, and which of two equal ones is kept. Pure.

Measured times differ in every run. What shows them says so: a table by its class "unsteady", a picture by the word
"unsteady" in its output's metadata, beside which stands what it was drawn by. Nothing else may differ unseen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

_TABLE = re.compile(r'<table class="[^"]*\bunsteady\b[^"]*">.*?</table>', re.DOTALL)
_WORDS = re.compile(r"(<(?:td|caption)\b[^>]*>)[^<]*")
_LINK = re.compile(r"<a\b[^>]*>[^<]*")


def declared(drawers: Iterable[ModuleType], *more: str) -> dict[str, str]:
    """The metadata of a picture whose numbers are chance: other numbers leave it equal, another drawing does not.

    `drawers` are the modules that draw it, `more` are versions of what they use.
    """
    digest = hashlib.sha256()
    for part in (*(Path(str(module.__file__)).read_bytes() for module in drawers), *(word.encode() for word in more)):
        digest.update(hashlib.sha256(part).digest())
    return {"unsteady": digest.hexdigest()[:16]}


def steady(output: Any) -> str:
    """What has to be the same for two of a notebook's outputs to be equal.

    >>> one, two = (
    ...     {"data": {"text/html": f'<p>{n}</p><table class="labkit grid unsteady"><td>{m}</td></table>'}}
    ...     for n, m in ((1, 2), (1, 3))
    ... )
    >>> steady(one) == steady(two), steady(one) == steady({"data": {"text/html": "<p>2</p>"}})
    (True, False)
    """
    kept = {key: value for key, value in output.items() if key != "execution_count"}
    data = dict(kept.get("data", {}))
    for kind, about in kept.get("metadata", {}).items():
        if kind in data and isinstance(about, dict) and "unsteady" in about:
            data[kind] = ""
    if isinstance(html := data.get("text/html"), str):
        data["text/html"] = _TABLE.sub(lambda table: _LINK.sub("<a>", _WORDS.sub(r"\1", table[0])), html)
    return json.dumps({**kept, "data": data}, sort_keys=True)


def keep(fresh: Any, stored: Any) -> None:
    """In the notebook `fresh`, just run, put back each output of `stored` that is equal but for what is chance.

    Cells are the same by their id. What is left then differs only where something did change.
    """
    before = {cell.id: cell for cell in stored.cells if cell.cell_type == "code"}
    for cell in fresh.cells:
        if cell.cell_type != "code" or cell.id not in before:
            continue
        for new, old in zip(cell.outputs, before[cell.id].outputs, strict=False):
            if "data" in new and steady(new) == steady(old):
                new.data = old.data
