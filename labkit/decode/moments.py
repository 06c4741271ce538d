"""When bytes left a program, to the nearest beat, so that two runs of one program tell the same story."""

from __future__ import annotations

from itertools import groupby

from labkit.model import Chunk, Run, Span

BEAT = 0.5  # seconds; the course's programs pause for a second


def on_beat(seconds: float, beat: float = BEAT) -> float:
    """`seconds` to the nearest multiple of `beat`.

    >>> on_beat(1.0034), on_beat(0.26, beat=0.1)
    (1.0, 0.3)
    """
    return round(round(seconds / beat) * beat, 9)


def moments(run: Run, beat: float = BEAT) -> tuple[Chunk, ...]:
    """What left through each descriptor at each beat, joined; `at` is a multiple of `beat`.

    >>> from labkit.model import Chunk
    >>> from labkit.decode.moments import _joined
    >>> _joined([Chunk(0.001, 1, b"a"), Chunk(0.002, 1, b"b"), Chunk(1.003, 1, b"c")], 0.5)
    (Chunk(at=0.0, fd=1, data=b'ab'), Chunk(at=1.0, fd=1, data=b'c'))
    """
    return _joined(run.chunks, beat)


def _joined(chunks: tuple[Chunk, ...] | list[Chunk], beat: float) -> tuple[Chunk, ...]:
    def key(chunk: Chunk) -> tuple[float, int]:
        return on_beat(chunk.at, beat), chunk.fd

    groups = groupby(sorted(chunks, key=key), key=key)  # sorted() is stable: bytes of one descriptor keep their order
    return tuple(Chunk(at, fd, b"".join(chunk.data for chunk in group)) for (at, fd), group in groups)


def sleeps(run: Run, beat: float = BEAT) -> tuple[Span, ...]:
    """When the first process was asleep, to the nearest beat; sleeps shorter than that are left out."""
    rounded = (Span(on_beat(span.start, beat), on_beat(span.end, beat), span.call) for span in run.spans)
    return tuple(span for span in rounded if span.end > span.start)
