"""Tries to make a terminal: a pair of ends with a line discipline between them (pty(7))."""

from __future__ import annotations

import os
import pty
from pathlib import Path


def make_a_terminal(home: Path) -> str:
    """Open a pseudoterminal and write a line: it comes out with the carriage return that only a terminal adds."""
    ours, theirs = pty.openpty()
    name = os.ttyname(theirs)
    os.write(theirs, b"one line\n")
    came_out = os.read(ours, 100)
    if came_out != b"one line\r\n":
        raise OSError(f"{name} turned 'one line\\n' into {came_out!r}")
    return f"{name.rpartition('/')[0]} gave one, and its line discipline made \\n into \\r\\n"
