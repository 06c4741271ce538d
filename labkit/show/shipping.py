"""Keeps the recordings shipped with labkit: those a notebook's own run made, each stored once and left as it is.

Two recordings of the same run differ in times, process ids and addresses. The one that is there stays as long as a
reader could not tell it from the new one, so that the files change only when something did.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from labkit.capture.twins import SUFFIX
from labkit.decode.strace import ended
from labkit.draw.stepper import page
from labkit.draw.stepper.stepped import stepped
from labkit.errors import LabkitError
from labkit.model import Recording
from labkit.saved import load

_RANDOM = ("/dev/urandom", "/dev/random")


def ship(fresh: Path, kept: Path, private: Sequence[str] = ()) -> bool:
    """Make `kept` the folder of the recordings in `fresh`, changing no file that tells the same; whether any changed.

    What is no longer among them goes. Raises LabkitError, with nothing changed, if one shows a `private` path.
    """
    made = {path.name: path for path in sorted(fresh.glob(f"*{SUFFIX}"))}
    for path in made.values():
        _refuse_private(load(path), private)
    there = {path.name: path for path in sorted(kept.glob(f"*{SUFFIX}"))}
    changed = [name for name, path in made.items() if name not in there or not _same(there[name], path)]
    gone = sorted(there.keys() - made.keys())
    if changed:
        kept.mkdir(parents=True, exist_ok=True)
    for name in changed:
        shutil.copyfile(made[name], kept / name)
    for name in gone:
        there[name].unlink()
    if kept.exists() and not any(kept.iterdir()):
        kept.rmdir()
    return bool(changed or gone)


def _refuse_private(recording: Recording, private: Sequence[str]) -> None:
    for path in private:
        if path in repr(recording):
            raise LabkitError(f"The recording of {recording.name} holds a path of this computer, {path}")


def _same(kept: Path, fresh: Path) -> bool:
    """Whether a reader could not tell the two recordings apart; one that cannot be read is another."""
    try:
        old = load(kept)
    except LabkitError:
        return False
    new = load(fresh)
    return gist(old) == gist(new) and (_by_chance(new) or shown(old) == shown(new))


def gist(recording: Recording) -> list[object]:
    """What happened: each event's call, result, errno and line, what was put out, how it ended."""
    happened: list[object] = [
        (event.kind, event.call, event.errno, event.place.line, event.result if _small(event.result) else None)
        for event in recording.events
    ]
    return [*happened, recording.output(1, 2), ended(recording), recording.missing, recording.sources]


def shown(recording: Recording) -> str:
    """All the stepper shows of it, pictures and texts."""
    return json.dumps(page.data([stepped(recording)]), sort_keys=True)


def _small(result: int | None) -> bool:
    """Whether a call's result can be a count or descriptor: addresses and process ids are chance."""
    return result is not None and result < 1 << 20


def _by_chance(recording: Recording) -> bool:
    """Whether the bytes it read are others each time."""
    return any(argument.value in _RANDOM for event in recording.calls() for argument in event.args)
