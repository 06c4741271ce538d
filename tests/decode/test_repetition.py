"""Folds are disjoint, in order, and real repetitions; unfolding them gives back what was folded."""

import time

from hypothesis import given
from hypothesis import strategies as st

from labkit.decode.repetition import COVERS, PERIOD, TIMES, Fold, folded, folds
from labkit.decode.shapes import shapes
from labkit.model import Argument, Event, Place
from tests.decode.happenings import interleaved, recording, writes

LOOP = st.lists(st.integers(0, 3), min_size=1, max_size=PERIOD)
PIECE = st.one_of(
    st.lists(st.integers(0, 5), max_size=20), st.tuples(LOOP, st.integers(1, 20)).map(lambda loop: loop[0] * loop[1])
)
SEQUENCE = st.lists(PIECE, max_size=8).map(lambda pieces: sum(pieces, []))


@given(SEQUENCE)
def test_folds_are_repetitions_in_order_and_unfold(sequence):
    unfolded, at = [], 0
    for fold in folds(sequence):
        assert at <= fold.first and fold.end <= len(sequence)
        assert 1 <= fold.period <= PERIOD and fold.times >= TIMES and fold.period * fold.times >= COVERS
        unfolded += sequence[at : fold.first]
        unfolded += sequence[fold.first : fold.first + fold.period] * fold.times
        at = fold.end
    assert unfolded + sequence[at:] == sequence


@given(st.integers(1, PERIOD), st.integers(TIMES, 60), st.integers(0, 30), st.integers(0, 30))
def test_a_known_loop_is_found_whole(period, times, before, behind):
    if period * times < COVERS:
        times = COVERS
    sequence = [("before", at) for at in range(before)] + list(range(period)) * times
    sequence += [("behind", at) for at in range(behind)]
    assert folds(sequence) == (Fold(before, period, times),)


def test_loops_of_a_loop_are_found_with_the_outer_one():
    assert folds(("a" * 9 + "b") * 20) == (Fold(0, 10, 20),)
    assert folds("a" * 40 + "b" * 40) == (Fold(0, 1, 40), Fold(40, 1, 40))


def test_what_is_too_little_is_not_folded():
    assert folds("") == folds("ab") == folds("abc" * 3) == folds("a" * 11) == ()
    assert folds("abc" * 4) == (Fold(0, 3, 4),)


def test_time_grows_with_the_length_alone():
    def best(length):
        sequence = ([0] * 14 + [1]) * (length // 15)
        taken = []
        for _ in range(3):
            start = time.perf_counter()
            folds(sequence)
            taken.append(time.perf_counter() - start)
        return min(taken)

    assert best(30_000) < 50 * best(3_000)


def test_the_shape_of_a_step_leaves_data_and_offsets_out():
    made = writes(50)
    assert len(set(shapes(made))) == 1
    assert folded(made) == (Fold(0, 1, 50),)
    assert len(set(shapes(interleaved()))) == 6


def read(index, count, result, line=3, errno=""):
    args = (Argument("fd", "fd", 3, "3"), Argument("buf", "bytes", b"", ""), Argument("count", "int", count, ""))
    return Event(index, "call", 100, 100, 2 * index, 2 * index + 1, 0.0, 0.0, Place("a.c", line, "main", ("read",)),
                 "read", args, result, errno)  # fmt: skip


def test_the_end_of_a_loop_is_not_one_more_time():
    full, short, end = read(0, 8, 8), read(1, 8, 3), read(2, 8, 0)
    other, failed = read(3, 8, 8, line=4), read(4, 8, -1, errno="EINTR")
    assert len(set(shapes(recording((full, short, end, other, failed))))) == 5


def test_children_of_a_loop_have_the_same_shape():
    def child(number, index):
        born = Event(index, "begin", number, number, index, index, 0.0, 0.0, detail="new process of 100")
        gone = Event(index + 1, "exit", number, number, index + 1, index + 1, 0.0, 0.0, detail="exited with 0")
        return born, gone

    made = recording([event for turn in range(12) for event in child(200 + turn, 2 * turn)])
    assert folded(made) == (Fold(0, 2, 12),)
