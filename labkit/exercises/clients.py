"""What clients do to a learner's server, one thing after another, and what each of them got. Values; run nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Doing = Literal["come", "say", "end", "hear", "take", "vanish", "leave", "rest"]
Ended = Literal["open", "closed", "reset", "silent", "refused"]


@dataclass(frozen=True)
class Act:
    """Client number `client` does one thing.

    "come": it connects. "say": it sends `data`, and waits a moment, so that these bytes are read by themselves. "end":
    it says that it will send no more, shutdown(2). "hear": it reads until the server has closed, for `seconds` at most.
    "take": it reads once. "vanish": it closes at once, with a reset. "leave": it closes. "rest": all rest for so long,
    unless this client has been cut off.
    """

    client: int
    does: Doing
    data: bytes = b""
    seconds: float = 1.5


@dataclass(frozen=True)
class Reply:
    """What one client got: the bytes, and how it ended.

    "closed": by the server, after all its bytes. "reset": broken off. "silent": no more came, and it was not closed.
    "refused": nobody listened. `seconds` passed while it heard.
    """

    data: bytes = b""
    ended: Ended = "open"
    seconds: float = 0.0


@dataclass(frozen=True)
class Served:
    """What was seen of a server: the replies, client by client, and the server itself when the last act was done.

    `listens` says whether it came to listen at all, and `alone` whether only at 127.0.0.1. `zombies` are its children
    that have ended and were not waited for, `descriptors` the open ones of its first process, `alive` whether that one
    still ran.
    """

    replies: tuple[Reply, ...]
    listens: bool = True
    alone: bool = True
    zombies: int = 0
    descriptors: int = 0
    alive: bool = True


def visit(client: int, *pieces: bytes, seconds: float = 1.5) -> tuple[Act, ...]:
    """A client that comes, says `pieces`, hears all, and leaves.

    >>> [act.does for act in visit(0, b"GET /", b" HTTP/1.1")]
    ['come', 'say', 'say', 'hear', 'leave']
    """
    said = tuple(Act(client, "say", piece) for piece in pieces)
    return (Act(client, "come"), *said, Act(client, "hear", seconds=seconds), Act(client, "leave"))
