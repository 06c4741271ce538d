"""The host's side of the channel to the box's first process: requests and answers as guest/serve.c has them."""

from __future__ import annotations

import errno
import os
import socket
import time

from labkit.errors import LabkitError
from labkit.model import Ended

_PIECE = 1 << 18


class ChannelClosed(Exception):
    """The box at the other end is gone, or does not answer (`late`) in time."""

    def __init__(self, late: bool) -> None:
        super().__init__("no answer in time" if late else "closed")
        self.late = late


class Channel:
    """One connection to a box; one request at a time. Every method raises ChannelClosed when the box goes away."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read = bytearray()

    def ready(self, seconds: float) -> None:
        """Wait until the box has booted."""
        until = time.monotonic() + seconds
        while self._line(until) != "ready":
            pass

    def put(self, path: str, content: bytes, mode: int, seconds: float) -> None:
        """Make a file in the box; raises LabkitError where the box cannot."""
        self._ask(f"put {mode:o} {len(content)} {path}", content, seconds)
        self._done(f"{path} cannot be written in the box", time.monotonic() + seconds)

    def get(self, path: str, seconds: float) -> bytes:
        """What a file of the box holds; raises LabkitError where it cannot be read."""
        until = time.monotonic() + seconds
        self._ask(f"get {path}", b"", seconds)
        return self._bytes(self._done(f"{path} cannot be read in the box", until), until)

    def run(self, command: str, seconds: float, most: int) -> Ended:
        """A shell's command line run in the box for at most `seconds`; of its output the first `most` bytes."""
        encoded = command.encode()
        until = time.monotonic() + seconds + 5  # the box ends it itself
        self._ask(f"run {int(seconds * 1000)} {most} {len(encoded)}", encoded, seconds)
        word, *numbers = self._line(until).split()
        if word != "ended":
            raise LabkitError(f"The box cannot start a command: {os.strerror(int(numbers[0]))}.")
        status, late, length = map(int, numbers)
        return Ended(status, bool(late), self._bytes(length, until))

    def quit(self) -> None:
        """Ask the machine to go off."""
        self._ask("quit", b"", 1.0)

    def close(self) -> None:
        """Close this side."""
        self._connection.close()

    def _ask(self, line: str, content: bytes, seconds: float) -> None:
        if "\n" in line:
            raise LabkitError(f"A path in the box has no newline: {line!r}.")
        self._connection.settimeout(max(seconds, 5.0))
        try:
            self._connection.sendall(line.encode() + b"\n" + content)
        except TimeoutError as err:
            raise ChannelClosed(late=True) from err
        except OSError as err:
            raise ChannelClosed(late=False) from err

    def _done(self, failed: str, until: float) -> int:
        word, number = self._line(until).split()
        if word == "done":
            return int(number)
        name = errno.errorcode.get(int(number), number)
        raise LabkitError(f"{failed}: {os.strerror(int(number))} ({name}).")

    def _line(self, until: float) -> str:
        while (end := self._read.find(b"\n")) < 0:
            self._fill(until)
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return line.decode(errors="replace")

    def _bytes(self, count: int, until: float) -> bytes:
        while len(self._read) < count:
            self._fill(until)
        content = bytes(self._read[:count])
        del self._read[:count]
        return content

    def _fill(self, until: float) -> None:
        self._connection.settimeout(max(until - time.monotonic(), 0.001))
        try:
            piece = self._connection.recv(_PIECE)
        except TimeoutError as err:
            raise ChannelClosed(late=True) from err
        except OSError as err:
            raise ChannelClosed(late=False) from err
        if not piece:
            raise ChannelClosed(late=False)
        self._read += piece
