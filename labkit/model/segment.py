"""What went over the wire: one TCP segment between two ends on this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment (RFC 9293), from `source` to `target`, addresses as `Socket.local` has them.

    `at` is in seconds since the start of the recording; `moment` is the last moment of it before then, -1 if none.
    `flags` are by name from the last bit of the header on ("SYN", "ACK"); `seq`, `ack` and `window` as they stand in
    it, and of its options those by which both ends agree on something. `length` is the number of bytes it carries,
    `data` the beginning of them. `packet` is the whole as it was captured, from the IP header on.

    It was not seen itself if it is `inferred` from what the kernel told of the sockets: then `packet` is empty, and
    `seq` and `ack` count from 0.
    """

    at: float
    moment: int
    source: str
    target: str
    flags: tuple[str, ...]
    seq: int
    ack: int
    length: int
    window: int = 0
    options: tuple[tuple[str, int], ...] = ()
    data: bytes = b""
    packet: bytes = b""
    inferred: bool = False
