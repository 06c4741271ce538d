"""Where a recording was made, in words, when it was not here: every picture of it says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from labkit.model import Crossings, Recording

Shown = TypeVar("Shown", Recording, Crossings)

MARK = "shown instead"  # in `Recording.made` of a shipped recording that stands for a run this machine does not allow


class Made(Protocol):
    """Whatever says where it was made: a recording, a path through a kernel, what a box answered."""

    @property
    def made(self) -> Mapping[str, str]:
        """The kernel, the machine, the C library, and when."""


def shown_instead(recording: Shown) -> Shown:
    """The same recording, marked as one that stands for a run which could not be recorded here."""
    return replace(recording, made={**recording.made, MARK: "of a run that could not be recorded on this machine"})


def elsewhere(recordings: Iterable[Made | None]) -> str:
    """One line that says where those recordings that are shown instead were made, and the last day; "" if none is.

    >>> made = {"kernel": "Linux 6.18.5-1", "machine": "x86_64", "libc": "glibc 2.36", "when": "2026-11-24T10:00:00"}
    >>> recording = Recording("pause", ("pause",), "null", "pipe", "pipe", (), made=made)
    >>> elsewhere([recording]), elsewhere([shown_instead(recording)])
    ('', 'recorded on Linux 6.18, x86-64, glibc 2.36, 2026-11-24, not on this machine')
    """
    made = [recording.made for recording in recordings if recording is not None and MARK in recording.made]
    if not made:
        return ""
    machines = " and ".join(dict.fromkeys(map(_machine, made)))
    return f"recorded on {machines}, {max(one.get('when', '')[:10] for one in made)}, not on this machine"


def notes(recordings: Iterable[Made | None]) -> tuple[str, ...]:
    """The same as notes below a table: one, or none."""
    said = elsewhere(recordings)
    return (said,) if said else ()


def _machine(made: Mapping[str, str]) -> str:
    """The kernel by the two numbers that name it, the processor, the C library."""
    system, _, release = made.get("kernel", "another system").partition(" ")
    kernel = f"{system} {'.'.join(release.split('-')[0].split('.')[:2])}".strip()
    words = (kernel, made.get("machine", "").replace("_", "-"), made.get("libc", ""))
    return ", ".join(word for word in words if word)
