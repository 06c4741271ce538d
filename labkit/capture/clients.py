"""Clients with real sockets that do what they are told and never wait: several of them are one process's."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
from collections.abc import Callable, Iterable

_READ = 1 << 16
_SMALL = 4096  # bytes
_MOST = 32 << 20  # bytes poured, if nothing ever stops it


class Client:
    """One client. `got` is what it has read; `lost` how its connection came to an end that it did not want, if so.

    `ended`: the server has said that nothing more comes. `deaf`: it reads nothing. With `small` buffers they are full
    soon.
    """

    def __init__(self, name: str, host: str, port: int, *, small: bool = False) -> None:
        self.name, self.got, self.lost, self.ended, self.deaf = name, b"", "", False, False
        self.poured = 0
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.socket.setblocking(False)
        if small:
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                self.socket.setsockopt(socket.SOL_SOCKET, option, _SMALL)
        try:
            self.socket.connect((host, port))
        except BlockingIOError:
            pass  # on its way, if the listen queue has room
        except ConnectionRefusedError:
            self.lost = "refused"
        self.port = self.socket.getsockname()[1] if not self.lost else 0

    @property
    def open(self) -> bool:
        """Whether it has not left."""
        return self.socket.fileno() >= 0

    def send(self, data: bytes) -> None:
        """Send what fits."""
        self._try(lambda: self.socket.send(data))

    def pour(self) -> bool:
        """From now on be deaf, and send until nothing more goes in for the moment; whether anything did."""
        self.deaf, before = True, self.poured
        block = (b"x" * 63 + b"\n") * 64
        with contextlib.suppress(BlockingIOError):
            while self.open and not self.lost and self.poured < _MOST:
                try:
                    self.poured += self.socket.send(block)
                except ConnectionError:
                    self.lost = "reset"
        return self.poured > before

    def end(self) -> None:
        """Say that nothing more comes, and go on reading: shutdown(2) with SHUT_WR."""
        self._try(lambda: self.socket.shutdown(socket.SHUT_WR))

    def leave(self) -> None:
        """Close the connection as a program that is done does."""
        self.socket.close()

    def vanish(self) -> None:
        """Be gone with a reset (RST): SO_LINGER of zero seconds, socket(7)."""
        if self.open:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()

    def read(self) -> bool:
        """Read what is there; whether there was anything new."""
        if not self.open or self.deaf or self.ended or self.lost:
            return False
        try:
            data = self.socket.recv(_READ)
        except BlockingIOError:
            return False
        except ConnectionError as err:
            self.lost = "refused" if isinstance(err, ConnectionRefusedError) else "reset"
            return True
        except OSError:  # ENOTCONN: it is still on its way
            return False
        self.got += data
        self.ended = not data
        return True

    def _try(self, act: Callable[[], object]) -> None:
        if not self.open or self.lost:
            return
        try:
            act()
        except BlockingIOError:
            pass
        except ConnectionRefusedError:
            self.lost = "refused"
        except ConnectionError:
            self.lost = "reset"
        except OSError:  # ENOTCONN: never connected
            self.lost = self.lost or "not connected"


def read_all(clients: Iterable[Client]) -> list[Client]:
    """Let each read what is there; those that had something new, in the order in which they were asked."""
    poll = select.poll()
    by_fd = {}
    for client in clients:
        if client.open and not (client.deaf or client.ended or client.lost):
            by_fd[client.socket.fileno()] = client
            poll.register(client.socket, select.POLLIN)
    ready = [by_fd[fd] for fd, _ in poll.poll(0)] if by_fd else []
    return [client for client in ready if client.read()]
