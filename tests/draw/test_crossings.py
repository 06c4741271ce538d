"""The picture of a counted run: who ran and every crossing is in it and in its twin, the counts in the table only."""

import re
import xml.etree.ElementTree as ET

import pytest

import labkit
from labkit.draw.crossings import crossings_picture, numbers_grid
from labkit.model import Crossings, Stretch


def a_run(*calls, extra=0):
    first = Stretch((("the dynamic loader", 40_000 + extra), ("the C library", 700)), "mmap", 0)
    own = tuple(Stretch((("the program", 12 + extra),), call, 0) for call in calls)
    return Crossings("p", ("p",), (first, *own, Stretch((("the C library", 90),), "exit_group")), status=0)


def texts(picture):
    return [element.text for element in ET.fromstring(picture.svg).iter("text")]


def test_each_crossing_is_named_below_the_line_and_who_ran_above_it():
    picture = crossings_picture(a_run("read", "write"))
    assert {"mmap", "read", "write", "exit_group", "the program", "the C library", "crossed 4 times"} <= set(
        texts(picture)
    )
    filled = [r for r in ET.fromstring(picture.svg).iter("rect") if r.get("class") == "fill"]
    assert len(filled) == 2 + 1 + 1 + 1
    assert "in order     mmap read write exit_group" in picture.text


def test_other_counts_leave_picture_and_text_as_they_are():
    one, other = (a_run("read", extra=extra) for extra in (0, 7))
    assert crossings_picture(one) == crossings_picture(other)
    assert repr(numbers_grid(one)) == repr(numbers_grid(other))
    assert numbers_grid(one)._repr_html_() != numbers_grid(other)._repr_html_()
    assert 'class="labkit grid unsteady"' in numbers_grid(one)._repr_html_()


@pytest.mark.parametrize("calls", [["read"] * 300, ["read", "write"] * 300, []], ids=["alike", "in turn", "none"])
def test_however_many_crossings_the_picture_keeps_its_size(calls):
    picture = crossings_picture(a_run(*calls))
    width, _ = map(float, ET.fromstring(picture.svg).get("viewBox").split()[2:])
    for rect in ET.fromstring(picture.svg).iter("rect"):
        assert float(rect.get("x")) >= 0 and float(rect.get("x")) + float(rect.get("width")) <= width
    assert f"crossed {len(calls) + 2} times" in picture.text
    counted = [int(n.replace(",", "")) for n in re.findall(r"×([\d,]+)", " ".join(texts(picture)))]
    plain = sum(bool(name) for name in texts(picture) if name in ("read", "write", "mmap", "exit_group"))
    assert sum(counted) + plain == len(calls) + 2


def test_names_from_a_program_stay_text():
    hostile = Crossings("<b>", ("<b>",), (Stretch((("<i>.so", 3),), "write", 1),), status=0)
    assert "<b>" not in crossings_picture(hostile)._repr_html_()
    assert "<i>" not in crossings_picture(hostile)._repr_html_() + numbers_grid(hostile)._repr_html_()


@pytest.mark.ptrace
def test_hello_is_the_loader_s_for_the_most_part_and_two_runs_say_the_same():
    one, other = (labkit.crossings("hello") for _ in range(2))
    assert (one.most, one.magnitude) == ("the dynamic loader", "some hundred thousand")
    assert repr(one) == repr(other)
    table = re.compile(r"<table.*?</table>", re.DOTALL)
    assert table.sub("", one._repr_html_()) == table.sub("", other._repr_html_())
    assert one.before_own > len(one.calls) / 2
