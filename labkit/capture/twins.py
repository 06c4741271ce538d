"""The recordings shipped with labkit: what `labkit.record` gives where the machine does not let it record.

A twin has the name that `labkit.capture.request` makes of all that determines a run. Reads and writes files; how a twin
is shown is not its affair.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from labkit.decode.provenance import shown_instead
from labkit.errors import UnsupportedError
from labkit.model import Recording
from labkit.saved import load, save

FOLDER = Path(__file__).parent.parent / "recordings"  # a folder in it for each notebook
COLLECT = "LABKIT_TWINS"  # names the folder into which what is recorded is put, too: how twins are made
SUFFIX = ".json.gz"


def here_or_shipped(name: str, here: Callable[[], Recording]) -> Recording:
    """What `here` records or, where that is not possible, the shipped recording `name`.

    Raises what `here` raises: UnsupportedError where nothing can be recorded and there is no twin.
    """
    try:
        recording = here()
    except UnsupportedError:
        if (shipped := twin(name)) is None:
            raise
        return shipped
    collect(name, recording)
    return recording


def twin(name: str) -> Recording | None:
    """The shipped recording of that name, marked as not made here; None if there is none. LabkitError if damaged."""
    found = sorted(FOLDER.glob(f"*/{name}{SUFFIX}")) if name else []
    return shown_instead(load(found[0])) if found else None


def collect(name: str, recording: Recording) -> None:
    """Where twins are being made, keep this recording as one; only the first of a name."""
    folder = os.environ.get(COLLECT)
    if folder and name and not (path := Path(folder) / f"{name}{SUFFIX}").exists():
        save(recording, path)
