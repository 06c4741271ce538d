"""The segments of a recording as text, a line each, with numbers counted from each end's first. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.decode.tcp_connections import connections
from labkit.model import Recording


def segment_lines(recording: Recording) -> Iterator[str]:
    """A line a segment: when it passed, in seconds since the start, from where to where, and what its header says.

    >>> from labkit.model import Segment
    >>> seen = (
    ...     Segment(0.25, 7, "127.0.0.1:40000", "127.0.0.1:80", ("SYN",), 7000, 0, 0, 65495),
    ...     Segment(0.5, 7, "127.0.0.1:80", "127.0.0.1:40000", ("SYN", "ACK"), 4294967295, 7001, 0, 65483),
    ... )
    >>> made = Recording("p", ("p",), "null", "pipe", "pipe", (), segments=seen, wire="captured")
    >>> for line in segment_lines(made):
    ...     print(line)
    0.250000 127.0.0.1:40000 > 127.0.0.1:80 SYN seq 0 win 65495 len 0
    0.500000 127.0.0.1:80 > 127.0.0.1:40000 SYN+ACK seq 0 ack 1 win 65483 len 0
    """
    whose = {number: connection for connection in connections(recording) for number in connection.segments}
    for number, segment in enumerate(recording.segments):
        seq, ack = whose[number].relative(segment)
        acked = "" if ack is None else f" ack {ack}"
        window = "" if segment.inferred else f" win {segment.window}"
        yield (
            f"{segment.at:.6f} {segment.source} > {segment.target} {'+'.join(segment.flags)}"
            f" seq {seq}{acked}{window} len {segment.length}{' (inferred)' if segment.inferred else ''}"
        )
