"""Brief steppers: the program's own steps, the panels asked for, under the numbers of the whole recording."""

import json
import re

import pytest

import labkit
from labkit.decode.background import visible

pytestmark = pytest.mark.ptrace


@pytest.fixture(scope="module")
def usual():
    return labkit.record("redirect")


@pytest.fixture(scope="module")
def swapped():
    return labkit.record("redirect", ["swapped"])


def data(stepper):
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', stepper._repr_html_(), re.S)[1])


def test_it_has_the_programs_own_steps_and_the_panels_asked_for(usual):
    brief = data(labkit.step(usual, show=["descriptors", "steps"], brief=True))
    (run,) = brief["runs"]
    assert run["numbers"] == list(visible(usual)) and run["of"] == len(labkit.step(usual).recordings[0].events)
    assert [scene["name"] for scene in run["scenes"]] == ["descriptors"]
    assert not any(run["hidden"])


def test_it_begins_where_it_is_told(usual):
    at = labkit.moment(usual, "dup2", 2)
    brief = data(labkit.step(usual, at=at, brief=True))
    assert brief["runs"][0]["numbers"][brief["at"]] == at - 1
    hidden = data(labkit.step(usual, at=3, brief=True))  # a start-up step is there when it is the one asked for
    assert hidden["runs"][0]["numbers"][hidden["at"]] == 2


def test_it_is_much_smaller(usual):
    whole, brief = (len(json.dumps(data(labkit.step(usual, show=["descriptors"], brief=it)))) for it in (False, True))
    assert brief < 0.6 * whole


def test_pairs_are_those_of_the_whole(usual, swapped):
    whole, brief = data(labkit.compare(usual, swapped)), data(labkit.compare(usual, swapped, brief=True))
    numbers = [run["numbers"] for run in brief["runs"]]
    back = [
        [None if end is None else numbers[side][end] for side, end in enumerate(pair[:2])] + pair[2:]
        for pair in brief["pairs"]
    ]
    assert back == whole["pairs"]
    assert [len(run["scenes"]) for run in brief["runs"]] == [2, 2]


def test_a_reader_without_a_script_gets_all_of_it(usual):
    told = re.findall(r"<li>", labkit.step(usual, brief=True)._repr_html_())
    assert len(told) == len(visible(usual))
