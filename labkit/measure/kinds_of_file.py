"""Open, read, write, lseek and close tried on nine kinds of file, under the recorder."""

from __future__ import annotations

from collections.abc import Callable

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.decode.five_calls import five_calls
from labkit.errors import LabkitError
from labkit.model import KindAnswers, KindsOfFile, Recording

_REGULAR = "letters"
_OPENED = {  # kind: the name that open(2) is given
    "regular file": _REGULAR,
    "directory": ".",
    "/dev/null": "/dev/null",
    "/dev/zero": "/dev/zero",
    "/dev/urandom": "/dev/urandom",
}
_MADE = {"pipe": "pipe", "UNIX socket": "UNIX", "TCP socket": "TCP"}  # kind: the program's argument


def measure_kinds() -> KindsOfFile:
    """The answers of each kind, in the order of the course: files, devices, a terminal, a pipe, two sockets.

    What cannot be had on this machine is a row that says why. Takes about a second; the TCP socket is on loopback, at a
    port the kernel chooses. Raises what `labkit.record` raises when nothing at all can be recorded.
    """
    opening, making = build("same_calls"), build("same_calls_made")
    files = [five_calls(record(opening, [name], files={_REGULAR: "abcdef"}), kind) for kind, name in _OPENED.items()]
    terminal = _or_absent("terminal", lambda: record(opening, ["/dev/tty"], stdin="abc\n", stdin_from="terminal"))
    made = [five_calls(record(making, [argument]), kind) for kind, argument in _MADE.items()]
    return KindsOfFile((*files, terminal, *made))


def _or_absent(kind: str, recorded: Callable[[], Recording]) -> KindAnswers:
    """A kind that the recorder itself has to make first, and may not be able to."""
    try:
        return five_calls(recorded(), kind)
    except LabkitError as err:
        return KindAnswers(kind, absent=str(err).splitlines()[0])
