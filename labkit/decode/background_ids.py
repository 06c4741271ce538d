"""What exists only because of background steps: the loader's open files, the locale's; hidden with those steps.

Pure: joins which steps are background with what each step concerns.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.decode.background import background
from labkit.decode.once import once
from labkit.decode.replay import steps
from labkit.decode.subjects import subjects
from labkit.decode.tables import changes
from labkit.model import Change, Recording


@dataclass(frozen=True, slots=True)
class BackgroundIds:
    """Ids of open files and inodes that no step but background ones opens, uses or closes."""

    open_files: frozenset[int]
    inodes: frozenset[int]


@once
def background_ids(recording: Recording) -> BackgroundIds:
    """The open files and inodes that need not be drawn while background steps are hidden.

    None of them is there before or after every run of background steps: those of the start, those still open at the end
    and those closed by an exec or an exit are not among them. Found once a recording; costs what `subjects` does.
    """
    concerned = subjects(recording)
    foreground = {
        index for indices, why in zip(concerned.of, background(recording), strict=True) if not why for index in indices
    }
    standing = _standing(recording)
    ids: dict[str, set[int]] = {"open file": set(), "inode": set()}
    for index, subject in enumerate(concerned.keys):
        if subject.kind in ids and index not in foreground and (subject.kind, subject.key[0]) not in standing:
            ids[subject.kind].add(subject.key[0])
    return BackgroundIds(frozenset(ids["open file"]), frozenset(ids["inode"]))


def _standing(recording: Recording) -> set[tuple[str, int]]:
    """What is there at the start of a program, or still at the end."""
    start = {key for given in recording.given for change in given if (key := _id(change)) is not None}
    left = {key for change in recording.start if (key := _id(change)) is not None}
    for step in steps(recording):
        event = recording.events[step.event]
        for change in changes(event, step.part):
            key = _id(change)
            if key is not None:
                (left.discard if change.value is None else left.add)(key)
    return start | left


_KINDS = {"open_files": "open file", "inodes": "inode"}


def _id(change: Change) -> tuple[str, int] | None:
    kind = _KINDS.get(change.what)
    return None if kind is None else (kind, change.key[0])
