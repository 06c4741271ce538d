"""The answers of a box that are shipped with labkit: found by what was asked, and kept while notebooks are published.

What is asked of a box is answered by its state, too: by the driver that was loaded last. Both are in an answer's name.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from labkit.capture.build import read_source
from labkit.capture.twins import COLLECT, FOLDER
from labkit.decode.box_store import Answer, Gone, from_json, to_json
from labkit.decode.provenance import MARK
from labkit.errors import LabkitError
from labkit.kernel_box.machine import BoxGone
from labkit.model import CallGraph, Entry, KernelFiles, Layout, Program

SUFFIX = ".box.gz"
_INSTEAD = {MARK: "of a kernel in a box, which there is not on this machine"}
_Given = TypeVar("_Given", bound=Answer)


def key(driver: str, verb: str, *asked: object) -> str:
    """The name of the answer to `asked` in a box that has loaded `driver` (C text, "" for none)."""
    whole = json.dumps([hashlib.sha256(driver.encode()).hexdigest(), verb, *asked], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:20]


def identity(program: Program | str | Path) -> list[str]:
    """What a program is wherever it is built: its name and its text."""
    if isinstance(program, Program):
        return [program.name, program.source]
    text, name, _ = read_source(program)
    return [name, text]


def collected(name: str, ask: Callable[[], _Given]) -> _Given:
    """What `ask` gives; where notebooks are being published, it is kept under `name`, and so is a box that is gone."""
    try:
        given = ask()
    except BoxGone as err:
        _keep(name, Gone(err))
        raise
    _keep(name, given)
    return given


def shipped(name: str) -> Answer | None:
    """The shipped answer of that name, marked as not given here; None if there is none. BoxGone as it was raised."""
    for path in sorted(FOLDER.glob(f"*/{name}{SUFFIX}")):
        answer = load(path)
        if isinstance(answer, Gone):
            raise BoxGone(str(answer))
        return _marked(answer)
    return None


def load(path: Path) -> Answer:
    """The answer in a file; raises LabkitError when it is damaged."""
    try:
        return from_json(gzip.decompress(path.read_bytes()), str(path))
    except (OSError, EOFError) as err:
        raise LabkitError(f"cannot read the answer {path}: {err}") from err


def provenance(release: str, when: str) -> dict[str, str]:
    """Where an answer is from, as recordings have it."""
    return {"kernel": f"Linux {release}", "machine": "x86_64", "libc": "in a box", "when": when}


def _keep(name: str, answer: Answer) -> None:
    folder = os.environ.get(COLLECT)
    if folder and not (path := Path(folder) / f"{name}{SUFFIX}").exists():
        path.write_bytes(gzip.compress(to_json(answer).encode("ascii"), mtime=0))


def _marked(answer: Answer) -> Answer:
    if isinstance(answer, CallGraph | KernelFiles | Entry | Layout):
        return replace(answer, made={**answer.made, **_INSTEAD})
    return answer


def any_shipped() -> bool:
    """Whether labkit has answers of a box at all."""
    return any(FOLDER.glob(f"*/*{SUFFIX}"))
