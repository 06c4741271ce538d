"""What recordings are called side by side, so that two runs of one program can be told apart. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from labkit.decode.names import Names, names
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
    return one_line(recording.title)


def _with_arguments(recording: Recording) -> str:
    given = [(program.name, program.argv) for program in recording.programs] or [(recording.name, recording.argv)]
    called = names(recording)
    return one_line(", ".join(" ".join([name, *(_word(called, word) for word in argv[1:])]) for name, argv in given))


def _word(called: Names, word: str) -> str:
    """An argument as a shell takes it; a port that the kernel chose by its name."""
    return called.port(int(word)) if word.isdigit() else shlex.quote(word)


def _with_output(recording: Recording) -> str:
    return f"{_with_arguments(recording)}, stdout: {recording.stdout}"
