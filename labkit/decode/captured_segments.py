"""What was captured on the wire as segments of a recording: when each passed, seen from its moments, and whose it is.

Pure. Knows packets and events; connections, and what a segment means in one, are not its job.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from labkit.decode.inferred_segments import plain, segment_address
from labkit.decode.packets import header
from labkit.model import Event, Inode, Segment

Passed = tuple[int, bytes]
"""When a packet passed, in ns since the start, and its bytes from the IP header on."""


def segments(packets: Iterable[Passed], events: Sequence[Event]) -> tuple[Segment, ...]:
    """The TCP segments among `packets`, in order of time."""
    times, moments = _moments(events)
    made = []
    for passed, packet in packets:
        found = header(packet)
        if found is None:
            continue
        at = passed / 1e9
        before = bisect_right(times, at) - 1
        made.append(
            Segment(
                at=at,
                moment=moments[before] if before >= 0 else -1,
                source=found.source,
                target=found.target,
                flags=found.flags,
                seq=found.seq,
                ack=found.ack,
                length=found.length,
                window=found.window,
                options=found.options if "SYN" in found.flags else (),
                data=found.data,
                packet=packet,
            )
        )
    return tuple(sorted(made, key=lambda segment: segment.at))


def _moments(events: Iterable[Event]) -> tuple[list[float], list[int]]:
    """When each moment was, both in order."""
    known = {event.begin: event.at for event in events}
    known |= {event.end: event.until for event in events if event.end is not None and event.until is not None}
    numbers = sorted(known)
    return [known[number] for number in numbers], numbers


def own(seen: Iterable[Segment], events: Iterable[Event]) -> tuple[Segment, ...]:
    """Of what passed on a wire that others use, too, the segments of connections that a socket of the recording had.

    A socket whose connect(2) was refused has lost its port by then: what goes to the address it asked for counts while
    the call lasts, and so does the answer to that.
    """
    events = tuple(events)
    ends = {
        _end(change.value.socket.local)
        for event in events
        for change in event.entered + event.changes
        if isinstance(change.value, Inode)
        and change.value.socket is not None
        and change.value.socket.type == "SOCK_STREAM"
    } - {""}
    asked = [
        (segment_address(argument.value), event.at, event.until)
        for event in events
        if event.call == "connect"
        for argument in event.args
        if argument.kind == "address"
    ]
    kept, pairs = [], set[frozenset[str]]()
    for segment in seen:
        pair = frozenset((segment.source, segment.target))
        if (
            pair & ends
            or any(f"*:{end.rpartition(':')[2]}" in ends for end in pair)
            or any(
                segment.target == target and begin <= segment.at and (end is None or segment.at <= end)
                for target, begin, end in asked
            )
        ):
            pairs.add(pair)
        if pair in pairs:
            kept.append(segment)
    return tuple(kept)


def _end(address: str) -> str:
    """An address as a packet has it; "*" for every host of the machine.

    >>> _end("[::ffff:127.0.0.1]:80"), _end("0.0.0.0:80"), _end("[::1]:80")
    ('127.0.0.1:80', '*:80', '[::1]:80')
    """
    host, _, port = address.rpartition(":")
    return f"*:{port}" if host in ("0.0.0.0", "[::]") else plain(address)
