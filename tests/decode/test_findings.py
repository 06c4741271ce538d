import pytest

from labkit.decode.findings import order, times, when
from labkit.decode.moments import moments, sleeps
from labkit.model import Chunk, Run, Span


def a_run(*chunks, **more):
    return Run("p", (), "pipe", "pipe", tuple(chunks), 0, None, 1.0, **more)


def test_when_is_the_moment_the_whole_text_is_out():
    run = a_run(Chunk(0.01, 1, b"one t"), Chunk(1.02, 1, b"wo"), Chunk(0.02, 2, b"err"))
    assert [when(run, text) for text in ("one", "two", "err", "three")] == ["at once", "after 1 s", "at once", "never"]


@pytest.mark.parametrize(("out", "says"), [(b"", "never"), (b"a", "once"), (b"aba", "twice"), (b"aaa", "3 times")])
def test_times(out, says):
    assert times(a_run(Chunk(0, 1, out)) if out else a_run(), "a") == says


def test_order():
    run = a_run(Chunk(0, 1, b"two, one"))
    assert order(run, "one", "two, ", "three") == "two, then one"
    assert order(a_run(), "one") == "nothing"


def test_moments_join_what_left_within_a_beat_and_keep_descriptors_apart():
    run = a_run(Chunk(0.01, 2, b"e"), Chunk(0.02, 1, b"a"), Chunk(0.2, 1, b"b"), Chunk(0.9, 1, b"c"))
    assert moments(run) == (Chunk(0.0, 1, b"ab"), Chunk(0.0, 2, b"e"), Chunk(1.0, 1, b"c"))
    assert len(moments(run, beat=0.01)) == 4


def test_short_sleeps_are_left_out():
    run = a_run(spans=(Span(0.01, 0.1, "read"), Span(0.1, 1.01, "clock_nanosleep")))
    assert sleeps(run) == (Span(0.0, 1.0, "clock_nanosleep"),)
