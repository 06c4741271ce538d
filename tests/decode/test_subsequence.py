"""The longest common subsequence against the textbook's table."""

from hypothesis import given
from hypothesis import strategies as st

from labkit.decode.subsequence import matches

WORD = st.lists(st.integers(0, 3), max_size=30)


def longest(first, second):
    above = [0] * (len(second) + 1)
    for item in first:
        row = [0]
        for at, other in enumerate(second):
            row.append(above[at] + 1 if item == other else max(above[at + 1], row[at]))
        above = row
    return above[-1]


@given(WORD, WORD)
def test_pairs_are_equal_ascending_and_as_many_as_can_be(first, second):
    found = matches(first, second)
    assert all(first[one] == second[other] for one, other in found)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in zip(found, found[1:], strict=False))
    assert len(found) == longest(first, second)


def test_one_time_round_more_is_the_last_one():
    assert matches("abc" * 5, "abc" * 7) == tuple((at, at) for at in range(15))


def test_long_ones_that_have_little_in_common():
    first, second = [at * at % 97 for at in range(700)], [at * 7 % 91 for at in range(700)]
    assert len(matches(first, second)) == longest(first, second)
