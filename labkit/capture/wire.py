"""What the tracer saw of the wire, for a recording: the segments, how they are known, and what is missing of them."""

from __future__ import annotations

from labkit.decode import wire
from labkit.decode.assemble import Assembled
from labkit.model import Segment

# Where the tracer saw packets (tracer/tracer.h, enum wire).
NOT_SEEN, OWN_NETWORK, MACHINE = range(3)


def known(assembled: Assembled) -> str:
    """`Recording.wire`: "captured", or "" where nothing could be captured or nobody asked."""
    return "captured" if assembled.end.get("wire", NOT_SEEN) else ""


def segments(assembled: Assembled) -> tuple[Segment, ...]:
    """The recording's segments, in order."""
    seen = wire.segments(assembled.packets, assembled.events)
    return wire.own(seen, assembled.events) if assembled.end.get("wire") == MACHINE else seen


def missing(assembled: Assembled) -> tuple[str, ...]:
    """What is missing of the segments, in words."""
    lost = assembled.end.get("lost", 0)
    return (f"segments: {lost} came faster than they could be kept",) if lost else ()
