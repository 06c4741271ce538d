"""Which segments of a connection are the same in every run, whenever its ends happened to run. Pure.

A receiver may put off an acknowledgement until it has data to send it with, for some time at most (RFC 9293, 3.8.6.3;
Linux: 40 ms): whether one comes alone hangs on how soon the program answers. What is sent twice was late. Neither can
be inferred from what the programs did, and without either nothing that they did is missing.
"""

from __future__ import annotations

from collections.abc import Iterable

from labkit.model import Segment

_Ends = tuple[str, str]


def essential(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Without the acknowledgements that come alone, but for the two that nothing can put off, and what was sent twice.

    The two are the third segment of the opening, and the answer to the second FIN: the end of the closing.

    >>> def sent(source, target, seq, ack, length, *flags):
    ...     return Segment(0.0, 0, source, target, flags, seq, ack, length)
    >>> opening = [sent("c", "s", 0, 0, 0, "SYN"), sent("s", "c", 0, 1, 0, "SYN", "ACK")]
    >>> opened = [*opening, sent("c", "s", 1, 1, 0, "ACK")]
    >>> data = [sent("c", "s", 1, 1, 5, "PSH", "ACK"), sent("s", "c", 1, 6, 0, "ACK")]
    >>> half = [sent("c", "s", 6, 1, 0, "FIN", "ACK"), sent("s", "c", 1, 7, 0, "ACK")]
    >>> closed = [*half, sent("s", "c", 1, 7, 0, "FIN", "ACK"), sent("c", "s", 7, 2, 0, "ACK")]
    >>> ["+".join(segment.flags) for segment in essential(opened + data + data + closed)]
    ['SYN', 'SYN+ACK', 'ACK', 'PSH+ACK', 'FIN+ACK', 'FIN+ACK', 'ACK']
    """
    kept = []
    seen: dict[_Ends, set[tuple[int, int, tuple[str, ...]]]] = {}  # what each end has sent
    due: dict[_Ends, int] = {}  # who acknowledges at once, and up to which number
    ended: set[_Ends] = set()  # who has sent FIN
    for segment in segments:
        ends, back = (segment.source, segment.target), (segment.target, segment.source)
        if segment.flags == ("ACK",) and segment.length == 0:
            if due.get(ends) == segment.ack:
                del due[ends]
                kept.append(segment)
            continue
        what = segment.seq, segment.length, tuple(flag for flag in segment.flags if flag != "PSH")
        if segment.flags == ("SYN",) and what not in seen.get(ends, ()):  # the two begin, maybe not for the first time
            seen[ends], seen[back] = set(), set()
            for pair in (ends, back):
                due.pop(pair, None)
                ended.discard(pair)
        if "RST" not in segment.flags and what in seen.setdefault(ends, set()):
            continue
        seen.setdefault(ends, set()).add(what)
        kept.append(segment)
        if "SYN" in segment.flags and "ACK" in segment.flags:
            due[back] = _after(segment)
        elif "FIN" in segment.flags:
            ended.add(ends)
            if back in ended:
                due[back] = _after(segment)
    return tuple(kept)


def _after(segment: Segment) -> int:
    """The number that comes after it: SYN and FIN take one each (RFC 9293, 3.4)."""
    return (segment.seq + segment.length + ("SYN" in segment.flags) + ("FIN" in segment.flags)) % 2**32
