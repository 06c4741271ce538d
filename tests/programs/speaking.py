"""Clients of the tests: bytes sent as somebody says, and an answer read by h11, which forgives nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import h11

SECONDS = 20.0  # no test waits longer for a byte


@dataclass(frozen=True)
class Said:
    """One answer: its status, header fields (names in small letters) and content."""

    status: int
    headers: dict[str, str]
    content: bytes


def exchange(port: int, pieces: Sequence[bytes], *, end: bool = False, pause: float = 0.0) -> bytes:
    """All that comes back for `pieces`, sent one after another; `end` says that no more will come."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, piece in enumerate(pieces):
            if number and pause:
                time.sleep(pause)
            try:
                link.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):  # refused before all was said
                break
        if end:
            link.shutdown(socket.SHUT_WR)
        return everything(link)


def everything(link: socket.socket) -> bytes:
    """What comes until the other end has closed."""
    got = b""
    while data := link.recv(1 << 16):
        got += data
    return got


def understood(answer: bytes, method: str = "GET") -> Said:
    """`answer` as h11 reads it for a request of `method`: one whole answer, and nothing after it."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(answer)
    client.receive_data(b"")
    response = client.next_event()
    assert isinstance(response, h11.Response), response
    content = b""
    while isinstance(event := client.next_event(), h11.Data):
        content += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage), event
    assert client.trailing_data == (b"", True)
    headers = [(name.decode(), value.decode()) for name, value in response.headers]
    assert len(dict(headers)) == len(headers), "a field comes twice"
    return Said(response.status_code, dict(headers), content)


def ask(port: int, request: bytes, method: str = "GET", *, end: bool = False) -> Said:
    """The answer to one request."""
    return understood(exchange(port, [request], end=end), method)


def cut(data: bytes, at: Iterable[int]) -> list[bytes]:
    """`data` in pieces that begin at the positions `at`.

    >>> cut(b"abcdef", [2, 2, 5])
    [b'ab', b'cde', b'f']
    """
    places = sorted({0, len(data), *(place for place in at if 0 < place < len(data))})
    return [data[begin:end] for begin, end in zip(places, places[1:], strict=False)]
