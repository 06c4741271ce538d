"""Which program made a call, as one says it of a command line: the shell, find, grep. Pure."""

from __future__ import annotations

from labkit.decode.background_table import SHELLS
from labkit.decode.call_findings import kernel_names
from labkit.decode.replay import replay
from labkit.decode.text import visible
from labkit.model import Recording


def who(recording: Recording, call: str) -> str:
    """Which programs made `call` (as in C: "pipe", "fork"), in the order of their first: "find and grep"; or "nobody".

    A shell is "the shell"; a copy of it that has not become another program yet is "a child of the shell". A call that
    failed, and what the dynamic loader did before main, do not count.
    """
    first = recording.events[0].pid if recording.events else 0
    found: dict[str, None] = {}
    for event in recording.calls(*kernel_names(call)):
        if event.errno or event.place.phase == "before main":
            continue
        process = replay(recording).at(event.begin - 1).processes.get(event.pid)
        name = visible(process.name) if process else ""
        if not name:  # the recorder itself, which starts the first program
            continue
        found[_called(name, event.pid == first)] = None
    *rest, last = found or ["nobody"]
    return f"{', '.join(rest)} and {last}" if rest else last


def _called(name: str, first: bool) -> str:
    """What a program is called.

    >>> _called("dash", True), _called("bash", False), _called("grep", False)
    ('the shell', 'a child of the shell', 'grep')
    """
    if name in SHELLS:
        return "the shell" if first else "a child of the shell"
    return name
