"""The descriptor picture says what the model says, of recordings that are stored or made by hand; and how it looks.

Of recordings made anew, random ones and the corpus, test_random_pictures says the same.
"""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.draw.descriptors.scene import descriptors
from labkit.draw.fitting import fitted
from labkit.model import Change, Stream
from labkit.saved import load
from tests.decode.happenings import START, interleaved, recording, writes
from tests.draw import oracle_descriptors
from tests.draw.oracle_stdio import Stdio
from tests.draw.seen import in_place, seen

STORED = Path(__file__).parents[1] / "decode" / "recordings" / "format-1.json.gz"


def agrees(recording):
    """At every step the twin and the drawing say what `State` says, by another count."""
    scene, called, stdio = descriptors(recording), names(recording), Stdio()
    for number, (step, _, state) in enumerate(replay(recording).walk()):
        stdio.go_on(step, recording.events[step.event], state)
        root = ElementTree.fromstring(scene.film.at(number))
        texts, groups = seen(root)
        in_place(root, texts, groups)
        oracle_descriptors.check(scene, number, groups, state, recording.events, called, stdio)
    return scene


def test_it_agrees_on_a_stored_recording_and_on_one_made_by_hand():
    agrees(load(STORED))
    agrees(interleaved())


def test_of_a_thousand_descriptors_it_shows_the_first_and_counts_the_others():
    scene = agrees(writes(3, descriptors=1000))
    assert "and 988 descriptors more" in scene.text(0)
    assert scene.film.markup.count("<g") < 120


def test_what_changed_is_marked_in_the_step_it_changed_and_no_longer():
    scene = descriptors(writes(20))
    changed = [
        sum("changed" in (group.get("class") or "") for group in ElementTree.fromstring(scene.film.at(step)).iter("g"))
        for step in range(20)
    ]
    assert changed[0] == 0 and all(count >= 2 for count in changed[1:])  # the offset moved, the file grew


def test_nothing_moves_from_step_to_step():
    scene = descriptors(writes(20))
    fixed = ("x", "y", "x1", "y1", "x2", "y2", "d", "height", "rx", "viewBox")
    for look in scene.film.looks:
        assert not {key for key in look if key in fixed} - {"rx"}


def test_a_film_of_ten_thousand_steps_has_the_elements_of_one():
    few, many = (descriptors(writes(count)).film for count in (10, 1000))
    assert few.markup.count("<") == many.markup.count("<")


def test_long_names_lose_their_middle():
    assert fitted("x" * 50 + ".txt", 20) == "xxxxxxxxx…xxxxxx.txt"
    assert len(fitted("abcdefgh", 5)) == 5


def test_streams_that_come_in_any_order_have_rows_of_their_own():
    older, newer = (Stream(address, address, f"s{address}", "full", 4096, pending=b"x") for address in (7, 3))
    made = writes(4)
    seen_then = ((older,), (newer, older), (newer,), (newer, older))
    events = []
    for event, streams in zip(made.events, seen_then, strict=True):
        gone = [Change("streams", (100, address), None) for address in (3, 7)]
        there = [Change("streams", (100, stream.address), stream) for stream in streams]
        events.append(replace(event, entered=(*gone, *there)))
    agrees(recording(tuple(events), START))
