"""What a row of the table of probes is, and how a probe says no. Knows no particular probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labkit.probe.machine import Machine


class NotWorking(Exception):
    """The thing was tried and does not work; the text says what was seen."""


@dataclass(frozen=True)
class Trial:
    """What came of trying: does it work, the `detail` seen, and the error number of the refusal, if it was one."""

    works: bool
    detail: str
    errno: int | None = None


@dataclass(frozen=True)
class Entry:
    """One row: how to try it, and what to tell the reader about it.

    `attempt` names a function, "module:function", imported only where it is tried: a missing library is a row, too. It
    is called with an empty folder of its own, in a process of its own; it returns what it saw, raises `NotWorking` or
    OSError for a no, and is cut off after `seconds`. `enable` makes one sentence from machine and error number.
    """

    name: str
    attempt: str
    purpose: str
    instead: str
    enable: Callable[[Machine, int | None], str]
    essential: bool = False
    seconds: float = 3.0
