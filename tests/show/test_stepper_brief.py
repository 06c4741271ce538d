"""A brief stepper: the steps that show at first and the panels asked for, the same as in the whole, and no more."""

import re

import pytest

import labkit
from labkit.decode.background import visible
from labkit.draw.stepper.stepped import stepped

pytestmark = pytest.mark.ptrace
SHOWN = ["descriptors", "steps"]


@pytest.fixture(scope="module")
def recording():
    return labkit.record("numbers", files=dict.fromkeys("abcde", ""))


def test_it_has_the_steps_that_show_at_first_by_their_own_numbers(recording):
    (run,) = labkit.step(recording, show=SHOWN, brief=True)._data(alone=False)["runs"]
    assert run["numbers"] == list(visible(recording)) and run["of"] == len(stepped(recording).lines)
    assert [scene["name"] for scene in run["scenes"]] == ["descriptors"]


def test_a_hidden_step_to_begin_at_is_there_as_well(recording):
    hidden = next(step for step in range(len(stepped(recording).lines)) if step not in visible(recording))
    data = labkit.step(recording, at=hidden + 1, show=SHOWN, brief=True)._data(alone=False)
    assert data["runs"][0]["numbers"][data["at"]] == hidden


def test_without_a_script_it_tells_the_same_story(recording):
    whole, brief = (
        re.findall(r"<li[^>]*>([^<]*)</li>", labkit.step(recording, at=24, show=SHOWN, brief=brief)._repr_html_())
        for brief in (False, True)
    )
    assert whole == brief and len(brief) == len(visible(recording))
    assert repr(labkit.step(recording, brief=True)) == repr(labkit.step(recording))


def test_it_is_smaller(recording):
    whole, brief = (len(str(labkit.step(recording, show=SHOWN, brief=b)._data(alone=False))) for b in (False, True))
    assert brief < whole / 2
