"""The ladder in the stepper: at every step what has passed by then is there, and what passed in it is marked."""

from functools import lru_cache
from pathlib import Path

import pytest

import labkit
from labkit.decode.replay import steps
from labkit.decode.tcp_connections import connections, telling
from labkit.draw.ladder.rungs import rungs
from labkit.draw.ladder.scene import ladder
from labkit.draw.stepper.stepped import stepped
from tests.draw.scenes import by_class
from tests.draw.seen import Shown

pytestmark = pytest.mark.ptrace
TALK = Path(__file__).parent.parent / "capture" / "programs" / "talk.c"


@lru_cache(maxsize=4)
def made(server, client):
    recording = labkit.record(TALK, [server, client], in_turn=True, wire=True)
    if recording.wire != "captured":
        pytest.skip("NOT TESTED: this machine does not let segments be captured")
    return recording


def heads(root):
    """The y of every arrow's numbers, from those that are drawn."""
    return [float(text.get("y")) for text in root.iter("text") if (text.text or "").startswith("seq ")]


@pytest.mark.parametrize("scripts", [("larwwx", "cwser"), ("laxL", "cwrx"), ("", "cxcx"), ("lare", "cw")])
def test_segments_are_there_when_they_have_passed_and_marked_in_the_step_that_sent_them(scripts):
    recording = made(*scripts)
    scene = ladder(recording)
    film = Shown(scene.film)
    shown = [n for connection in connections(recording) for n in telling(recording, connection)]
    moments = [recording.segments[number].moment for number in shown]
    before = -1
    for number, step in enumerate(steps(recording)):
        root = film.at(number)
        passed = [moment for moment in moments if moment < step.moment]
        new = [moment for moment in passed if moment >= before]
        assert len(heads(root)) == len(passed)
        marked = [text.text for group in by_class(root, "changed") for text in group if text.tag == "text"]
        assert sum(text.startswith("seq ") for text in marked) == len(new)
        told = scene.text(number)
        assert told.count("client → server") + told.count("client ← server") == len(passed)
        before = step.moment
    assert len(heads(root)) == len(shown)


def test_the_band_is_around_what_the_step_did_and_the_veil_over_what_comes():
    recording = made("larwwx", "cwser")
    (connection,) = connections(recording)
    rows = {bar.event: bar for bar in rungs(recording, connection).bars}
    film = Shown(ladder(recording).film)
    banded = set()
    for number, step in enumerate(steps(recording)):
        root = film.at(number)
        (band,), (veil,) = by_class(root, "band-now"), by_class(root, "veil")
        if float(band.get("height")):
            banded.add(step.event)
            assert step.event in rows or recording.events[step.event].call == "exit_group"
            assert float(band.get("y")) + float(band.get("height")) <= float(veil.get("y")) + 0.1
        if step.part == "whole" and step.event in rows:
            assert float(band.get("height")) >= 20
    assert set(rows) <= banded


def test_a_call_leads_to_its_step():
    recording = made("larwwx", "cwser")
    root = Shown(ladder(recording).film).at(0)
    leads = [int(group.get("data-go")) for group in root.iter("g") if group.get("data-go")]
    called = [recording.events[steps(recording)[step].event].call for step in leads]
    assert called.count("connect") == 1 and called.count("shutdown") == 1 and "listen" in called


def test_only_a_recording_with_segments_has_it():
    assert "ladder" in stepped(made("larwwx", "cwser")).pictures
    assert "ladder" not in stepped(labkit.record(TALK, ["larwwx", "cwser"], in_turn=True)).pictures


def test_at_the_last_step_it_says_what_the_picture_alone_says():
    recording = made("larwwx", "cwser")
    alone = labkit.ladder(recording).text.splitlines()[2:]
    told = labkit.picture(recording, "ladder").text.splitlines()[2:]
    assert [line.strip().removeprefix("◆ ") for line in told] == [line.strip() for line in alone]
