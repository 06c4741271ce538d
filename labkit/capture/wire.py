"""What the tracer saw of the wire, put into a recording: the segments, how they are known, and what is missing of them.

What nobody could see is inferred (`labkit.decode.inferred_segments`), and says so.
"""

from __future__ import annotations

from dataclasses import replace

from labkit.decode.assemble import Assembled
from labkit.decode.captured_segments import own, segments
from labkit.decode.inferred_segments import inferred_segments
from labkit.model import Recording

# Where the tracer saw packets (tracer/tracer.h, enum wire).
NOT_SEEN, OWN_NETWORK, MACHINE = range(3)


def with_segments(recording: Recording, assembled: Assembled) -> Recording:
    """The recording with its segments, captured if the tracer could, else inferred."""
    where = assembled.end.get("wire", NOT_SEEN)
    if where == NOT_SEEN:
        return replace(recording, segments=inferred_segments(recording), wire="inferred")
    seen = segments(assembled.packets, recording.events)
    lost = assembled.end.get("lost", 0)
    whose = " of all on this machine's loopback" if where == MACHINE else ""
    at_once = {"acknowledged": "at once"} if assembled.end.get("at_once") else {}
    return replace(
        recording,
        segments=own(seen, recording.events) if where == MACHINE else seen,
        wire="captured",
        made={**recording.made, **at_once},
        missing=(
            *recording.missing,
            *([f"segments: {lost}{whose} came faster than they could be kept"] if lost else ()),
        ),
    )
