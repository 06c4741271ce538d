"""The recordings shipped with labkit: what `labkit.record` gives where the machine does not let it record.

A twin has the name that `labkit.capture.request` makes of all that determines a run. Beside it stands what the program
left in the folder it was given, if it was: that is put there, too. Reads and writes files; how a twin is shown is not
its affair.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from labkit.capture.contents import Contents, contents, portable, put
from labkit.capture.request import Request
from labkit.decode.provenance import shown_instead
from labkit.errors import UnsupportedError
from labkit.model import Crossings, Recording, Stretch
from labkit.saved import load_recording, save

FOLDER = Path(__file__).parent.parent / "recordings"  # a folder in it for each notebook
COLLECT = "LABKIT_TWINS"  # names the folder into which what is recorded is put, too: how twins are made
SUFFIX, LEFT, COUNTED = ".json.gz", ".left.gz", ".count.gz"


def here_or_shipped(asked: Request, here: Callable[[], Recording]) -> Recording:
    """What `here` records or, where that is not possible, the shipped recording of what is `asked`.

    Raises what `here` raises: UnsupportedError where nothing can be recorded and there is no twin.
    """
    collecting = os.environ.get(COLLECT)
    names = asked.keys() if collecting else ("", "")  # now: the run changes its folder
    try:
        recording = here()
    except UnsupportedError:
        if (shipped := twin(asked)) is None:
            raise
        return shipped
    if collecting and (name := names[recording.ended_by == "seconds"]):
        _collect(Path(collecting), name, recording, asked.folder)
    return recording


def counted_here_or_shipped(asked: Request, here: Callable[[], Crossings]) -> Crossings:
    """As `here_or_shipped`, of a counted run."""
    names = asked.keys()
    try:
        made = here()
    except UnsupportedError:
        for name in filter(None, names):
            for path in sorted(FOLDER.glob(f"*/{name}{COUNTED}")):
                return shown_instead(counted(path))
        raise
    folder, name = os.environ.get(COLLECT), names[made.ended_by == "seconds"]
    if folder and name:
        text = json.dumps(asdict(made))
        (Path(folder) / f"{name}{COUNTED}").write_bytes(gzip.compress(text.encode("ascii"), mtime=0))
    return made


def counted(path: Path) -> Crossings:
    """The counted run in a file."""
    kept = json.loads(gzip.decompress(path.read_bytes()))
    stretches = tuple(
        Stretch(tuple((owner, number) for owner, number in one["instructions"]), one["call"], one["result"])
        for one in kept["stretches"]
    )
    return Crossings(**{**kept, "argv": tuple(kept["argv"]), "stretches": stretches})


def twin(asked: Request) -> Recording | None:
    """The shipped recording of just this run, marked as not made here; None if there is none."""
    for name in filter(None, asked.keys()):
        for path in sorted(FOLDER.glob(f"*/{name}{SUFFIX}")):
            if asked.folder is not None:
                put(Path(asked.folder), left(path))
            return shown_instead(load_recording(path))
    return None


def left(path: Path) -> Contents:
    """What the program of the recording in `path` left in its folder; nothing if that was not kept."""
    beside = path.with_name(path.name.removesuffix(SUFFIX) + LEFT)
    if not beside.exists():
        return {}
    kept = json.loads(gzip.decompress(beside.read_bytes()))
    return {name: (kind, rights, text) for name, (kind, rights, text) in kept.items()}


def _collect(folder: Path, name: str, recording: Recording, ran_in: str | Path | None) -> None:
    """Keep this recording as a twin, if it is the first of its name, and what is in the folder it was given."""
    if (folder / f"{name}{SUFFIX}").exists():
        return
    if ran_in is not None:
        if (found := contents(Path(ran_in))) is None:
            return
        text = json.dumps(portable(found))
        (folder / f"{name}{LEFT}").write_bytes(gzip.compress(text.encode("ascii"), mtime=0))
    save(recording, folder / f"{name}{SUFFIX}")
