"""Films: a look for every part at every step, whatever way one gets there."""

from xml.etree import ElementTree

import pytest

from labkit.draw.film import Lines, Scene, Shooting
from labkit.draw.picture import Canvas


def film():
    canvas = Canvas(100.0)
    shooting = Shooting()
    one = shooting.part(canvas.add("text", x=1, y=2))
    two = shooting.part(canvas.add("rect"))
    shooting.show(one, text="a")
    shooting.show(two, class_="gone")
    shooting.now = 2
    shooting.show(one, text="<b>&\u202e")
    shooting.now = 3
    shooting.show(one, text="<b>&\u202e")  # no change
    shooting.show(two, class_="box")
    return shooting.end("title", canvas.markup(10.0, "title"), 5)


def test_a_part_looks_as_it_was_last_told():
    made = film()
    assert [made.look(0, step)["text"] for step in range(5)] == ["a", "a", *["<b>&\\u202e"] * 3]
    assert [made.look(1, step)["class"] for step in range(5)] == ["gone", "gone", "gone", "box", "box"]
    assert made.score == (((0, 0), (2, 2)), ((0, 1), (3, 3)))


def test_cuts_are_the_same_changes_by_step():
    made = film()
    told = {(part, step, look) for part, changes in enumerate(made.score) for step, look in changes}
    assert {(cut[i], step, cut[i + 1]) for step, cut in enumerate(made.cuts) for i in range(0, len(cut), 2)} == told


def test_at_a_step_it_is_a_drawing_with_text_as_text_and_without_what_is_gone():
    made = film()
    root = ElementTree.fromstring(made.at(2))
    assert [child.tag for child in root] == ["text"] and root[0].text == "<b>&\\u202e"
    assert [child.tag for child in ElementTree.fromstring(made.at(-1))] == ["text", "rect"]
    assert "data-part" not in made.at(0)
    with pytest.raises(IndexError, match="title has 5"):
        made.at(5)


def test_a_part_without_a_first_look_is_a_mistake():
    shooting = Shooting(now=1)
    part = shooting.part(Canvas(1.0).add("g"))
    with pytest.raises(AssertionError):
        shooting.show(part, text="late")


def test_lines_of_a_twin_are_there_or_not():
    lines = Lines()
    lines.declare([("a",), ("b",)])
    lines.step(0, {("b",): "second"})
    lines.step(1, {("a",): "first", ("b",): "second"})
    lines.step(2, {("a",): "<i>"})
    twin = lines.end("twin", 3)
    scene = Scene("x", "x", film(), twin, "")
    assert [scene.text(step) for step in range(3)] == ["title\nsecond", "title\nfirst\nsecond", "title\n<i>"]
    assert "/>" not in twin.markup  # HTML would take it for an open tag
