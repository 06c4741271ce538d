"""A kernel path without what is folded: the points, the events and their order stay, and nothing is told otherwise."""

import pytest

from labkit.decode.kernel_brief import shown_only
from labkit.decode.kernel_rules import FOLDED, levels, points
from labkit.decode.kernel_tree import tree
from tests.decode.kernel_graphs import NAMES, graph


@pytest.mark.parametrize("name", NAMES)
def test_the_same_is_shown_in_the_same_words(name):
    assert tree(shown_only(graph(name))) == tree(graph(name))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_folded_and_the_points_are_the_same(name):
    whole = graph(name)
    less = shown_only(whole)
    assert len(less.steps) < len(whole.steps)
    assert FOLDED not in levels(less)
    assert [point for point in points(less) if point] == [point for point in points(whole) if point]
