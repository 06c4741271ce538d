"""What the stepper is given: texts, hidden steps, topics, folds; and the page it is put into."""

import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from labkit.decode.alignment import Pair
from labkit.draw.stepper import page
from labkit.draw.stepper.stepped import position, stepped
from labkit.draw.stepper.still import still
from labkit.errors import LabkitError

sys.path.append(str(Path(__file__).parents[1] / "decode"))
from happenings import interleaved, writes  # noqa: E402

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u202e\x1b[31m\udcff"


def test_the_same_recording_is_made_ready_once():
    recording = writes(5)
    assert stepped(recording) is stepped(recording)


def test_each_step_has_a_line_an_actor_and_a_sentence():
    ready = stepped(interleaved())
    assert len(ready.lines) == len(ready.actors) == len(ready.sentences) == len(ready.hidden)
    assert set(ready.actors) == {"P1", "P2"} and all(ready.sentences)


def test_positions_count_from_one_and_from_the_end():
    ready = stepped(writes(5))
    assert (position(ready, 1), position(ready, 5), position(ready, -1)) == (0, 4, 4)
    for wrong in (0, 6, -6):
        with pytest.raises(LabkitError, match="steps 1 to 5"):
            position(ready, wrong)


def test_topics_are_numbers_of_labels_and_the_steps_they_name():
    ready = stepped(interleaved())
    labels = ready.topics.labels
    assert labels[:2] == ("P1", "P2") and len(set(labels)) == len(labels)
    for step, about in enumerate(ready.topics.of):
        assert ready.actors[step] in [labels[number] for number in about]


def test_a_long_story_is_shortened_in_the_middle():
    told = stepped(writes(1000)).text().splitlines()
    assert len(told) < 90 and any("920 steps more" in line for line in told) and "exited with 0" in told[-1]


def test_a_loop_is_folded():
    given = page.data([stepped(writes(240))])
    assert given["folds"] == [[0, 1, 240]]


def given_in(html):
    """The data in a page, as a browser would read it."""
    found = re.search(r'<script type="application/json" data-for="[^"]+">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def test_the_page_holds_the_data_whole():
    ready = stepped(interleaved())
    given = page.data([ready], at=2, show=("steps",), alone=True)
    read = given_in(page.page(given, ready.sentences))
    assert read == json.loads(json.dumps(given))
    run = read["runs"][0]
    assert [run["strings"][number] for number in run["say"]] == list(ready.sentences)


class Tags(HTMLParser):
    """The tags of a page, as a browser sees them."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_nothing_that_a_program_says_becomes_markup():
    recording = writes(3)
    changed = replace(recording, name=HOSTILE, argv=(HOSTILE,), sources={"prog.c": HOSTILE * 8})
    ready = stepped(changed)
    parser = Tags()
    parser.feed(page.page(page.data([ready], alone=True), ready.sentences))
    assert not [attrs for tag, attrs in parser.tags if "onerror" in attrs or tag == "img"]
    assert len([tag for tag, _ in parser.tags if tag == "script"]) == 3  # the code, the data, the start
    for scene in ready.scenes:
        assert "onerror=alert(1)>" not in scene.film.markup and "\u202e" not in scene.film.markup


def test_big_data_is_compressed_and_the_same_each_time():
    ready = stepped(writes(20_000))
    given = page.data([ready])
    html = page.stepper(given, ready.sentences)
    assert "application/gzip" in html and html == page.stepper(given, ready.sentences)
    assert len(html) < len(json.dumps(given)) / 3


def test_a_page_names_no_address():
    ready = stepped(writes(3))
    html = page.page(page.data([ready], alone=True), ready.sentences)
    assert not set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", html)) - {"http://www.w3.org"}


def test_pairs_go_in_as_they_are():
    two = [stepped(writes(3)), stepped(writes(2))]
    given = page.data(two, pairs=(Pair(0, 0, False), Pair(1, None, True)))
    assert given["pairs"] == [[0, 0, 0], [1, None, 1]] and given["folds"] == []


def test_a_panel_that_is_not_there():
    with pytest.raises(LabkitError, match="source, descriptors"):
        page.check(["source", "colours"])


def test_one_picture_alone(tmp_path):
    recording = interleaved()
    picture = still(recording, "descriptors", 3)
    assert picture.svg.startswith("<svg") and picture.text == stepped(recording).scene("descriptors").text(2)
    assert picture.dot.startswith("digraph") and "F1" in picture.dot
    saved = picture.save(tmp_path / "one.svg").read_text()
    assert "<style>" in saved and "data-part" not in saved
    with pytest.raises(LabkitError, match="no picture 'colours'"):
        still(recording, "colours", 1)
    with pytest.raises(LabkitError, match="text, not a drawing"):
        still(recording, "source", 1)
