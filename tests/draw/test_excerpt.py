"""An excerpt of a recording shows at each of its steps what the whole shows there, and no more than it needs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import labkit
from labkit.decode.background import visible
from labkit.draw.film import Film
from labkit.draw.stepper import page
from labkit.draw.stepper.excerpt import AFTER, BEFORE, START, around, cut
from labkit.draw.stepper.stepped import SCENES, stepped
from labkit.errors import LabkitError
from labkit.model import Recording
from labkit.show.stepper import excerpt

LOOP = """
#include <unistd.h>
int main(void) {
    for (int i = 0; i < 60; i++) {
        if (write(1, "x", 1) < 0 || lseek(1, 0, SEEK_CUR) > 0) return 1;
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def loop() -> Recording:
    return labkit.record(labkit.build(LOOP))


def drawn(film: Film, step: int) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """What is to be seen at a step: tags, texts and attributes, without what draws nothing or means nothing."""
    found = []
    for element in ElementTree.fromstring(film.at(step)).iter():
        empty = (element.tag == "text" and not element.text) or (element.tag == "rect" and element.get("width") == "0")
        if empty:
            continue
        attributes = tuple(sorted((key, value) for key, value in element.items() if (key, value) != NEITHER))
        found.append((element.tag, element.text or "", attributes))
    return found


NEITHER = ("aria-current", "false")


@pytest.mark.ptrace
@pytest.mark.parametrize("name", SCENES)
def test_every_picture_is_as_in_the_whole(loop: Recording, name: str) -> None:
    steps = around(loop, visible(loop)[70])
    scene = stepped(loop).scene(name)
    for film in (scene.film, scene.twin):
        short = cut(film, steps)
        assert short.steps == len(steps)
        for here, step in enumerate(steps):
            assert drawn(short, here) == drawn(film, step), (name, step)


@pytest.mark.ptrace
def test_it_has_the_start_and_what_is_around(loop: Recording) -> None:
    own = visible(loop)
    at = own[70]
    steps = around(loop, at)
    assert steps == (*own[:START], *own[70 - BEFORE : 70 + AFTER + 1])
    assert around(loop, own[2]) == own[: 2 + AFTER + 1]
    assert around(loop, own[-1])[-1] == own[-1]
    hidden = next(step for step in range(own[-1]) if step not in own)
    assert hidden in around(loop, hidden)  # a start-up step is there only when it is the one meant


@pytest.mark.ptrace
def test_numbers_are_those_of_the_whole(loop: Recording) -> None:
    whole = page.data([stepped(loop)])["runs"][0]
    at = visible(loop)[70]
    given = excerpt(loop, at + 1, ("source", "steps"))._data(alone=False)
    (run,) = given["runs"]
    assert run["numbers"][given["at"]] == at and run["of"] == whole["steps"]
    assert [scene["name"] for scene in run["scenes"]] == ["source"]
    for here, step in enumerate(run["numbers"]):
        for column in ("rows", "who", "say"):
            assert run["strings"][run[column][here]] == whole["strings"][whole[column][step]]
        assert (run["events"][here], run["concerns"][here]) == (whole["events"][step], whole["concerns"][step])


@pytest.mark.ptrace
def test_without_a_script_one_reads_what_led_there(loop: Recording) -> None:
    at = visible(loop)[70]
    told = re.findall(r'<li value="(\d+)">', excerpt(loop, at + 1, ("source",))._repr_html_())
    assert str(at + 1) in told and len(told) == 10
    with pytest.raises(LabkitError, match="no step 9999"):
        excerpt(loop, 9999, ("source",))
