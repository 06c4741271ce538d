"""When bytes left a program, beat by beat, so that two runs of one program tell the same story."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from math import floor

from labkit.model import Chunk, Run, Span

BEAT = 1.0  # seconds; the course's programs pause for a second
_EARLY = 0.1  # of a beat


def on_beat(seconds: float, beat: float = BEAT) -> float:
    """The multiple of `beat` that something at `seconds` belongs to.

    A busy machine makes things late, never early (nanosleep(2) sleeps at least as long as asked), so it is the last
    beat passed; only what is a tenth of a beat short of the next one counts as that.

    >>> on_beat(1.0034), on_beat(1.8), on_beat(1.95), on_beat(0.26, beat=0.1)
    (1.0, 1.0, 2.0, 0.2)
    """
    return round(floor(seconds / beat + _EARLY) * beat, 9)


def moments(run: Run, beat: float = BEAT) -> tuple[Chunk, ...]:
    """What left through each descriptor at each beat, joined; `at` is a multiple of `beat`.

    >>> from labkit.model import Chunk
    >>> from labkit.decode.moments import _joined
    >>> joined = _joined([Chunk(0.001, 1, b"a"), Chunk(0.002, 1, b"b"), Chunk(1.003, 1, b"c")], 0.5)
    >>> [(chunk.at, chunk.fd, chunk.data) for chunk in joined]
    [(0.0, 1, b'ab'), (1.0, 1, b'c')]
    """
    return _joined(run.chunks, beat)


def _joined(chunks: tuple[Chunk, ...] | list[Chunk], beat: float) -> tuple[Chunk, ...]:
    def key(chunk: Chunk) -> tuple[float, int]:
        return on_beat(chunk.at, beat), chunk.fd

    groups = groupby(sorted(chunks, key=key), key=key)  # sorted() is stable: bytes of one descriptor keep their order
    return tuple(Chunk(at, fd, b"".join(chunk.data for chunk in group)) for (at, fd), group in groups)


def sleeps(run: Run, beat: float = BEAT) -> tuple[Span, ...]:
    """When the first process was asleep, from beat to beat; sleeps shorter than that are left out, and sleeps in one
    call that meet at a beat are one.
    """
    joined: list[Span] = []
    for span in run.spans:
        start = on_beat(span.start, beat)
        end = round(round(span.end / beat) * beat, 9)  # the last time it was seen asleep: sleep ends after that
        if joined and joined[-1].call == span.call and joined[-1].end >= start:
            joined[-1] = replace(joined[-1], end=end)
        elif end > start:
            joined.append(Span(start, end, span.call))
    return tuple(joined)
