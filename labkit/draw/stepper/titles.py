"""What recordings are called side by side, so that two runs of one program can be told apart. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from labkit.decode.text import one_line
from labkit.model import Recording


def titles(recordings: Sequence[Recording]) -> list[str]:
    """A title each: the name; with the arguments, and then with where standard output leads, where names are the same.

    Two runs that differ in none of these have the same title.
    """
    ways = (_name, _with_arguments, _with_output)
    for way in ways:
        called = [way(recording) for recording in recordings]
        if len(set(called)) == len(called):
            return called
    return [_name(recording) for recording in recordings]


def _name(recording: Recording) -> str:
    return one_line(recording.name)


def _with_arguments(recording: Recording) -> str:
    return one_line(" ".join([recording.name, *map(shlex.quote, recording.argv[1:])]))


def _with_output(recording: Recording) -> str:
    return f"{_with_arguments(recording)}, stdout: {recording.stdout}"
