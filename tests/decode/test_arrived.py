"""What arrived of copied bytes, in words and as a number."""

from hypothesis import given
from hypothesis import strategies as st

from labkit.decode.arrived import arrived, missing

some = st.binary(min_size=1, max_size=60)


@given(some, some)
def test_what_arrived_is_all_only_if_it_is(data, came):
    assert (arrived(data, came) == "all") == (data == came)


@given(some, st.integers(0, 60))
def test_a_beginning_is_a_beginning(data, kept):
    came = data[:kept]
    assert missing(data, came) == max(len(data) - kept, 0)
    assert arrived(data, came) == ("nothing" if kept == 0 else "all" if kept >= len(data) else f"the first {kept}")


@given(st.integers(20, 200), st.integers(2, 9))
def test_every_nth_byte_is_known(size, every):
    data = bytes(range(size))
    assert arrived(data, data[::every]) == f"one of every {every}"
    assert arrived(data, data[: size // every * every : every]) == f"one of every {every}"


@given(some, some)
def test_no_more_is_missing_than_there_was(data, came):
    assert 0 <= missing(data, came) <= len(data)
