"""The picture of time says at every step what can be read off the recording again, in another way."""

import pytest

from labkit.decode.background import background
from labkit.decode.names import names
from labkit.decode.replay import steps
from labkit.decode.wakings import wakings
from labkit.draw.lanes.scene import lanes
from labkit.draw.lanes.timetable import MOST, timetable
from tests.decode.happenings import interleaved, writes
from tests.draw.scenes import KINDS, at, by_class, hostile, made


@pytest.mark.parametrize("name", KINDS)
def test_the_bar_of_every_step_is_the_call_of_that_step(name):
    recording = made(name)
    scene, called = lanes(recording), names(recording)
    places = []
    for number, step in enumerate(steps(recording)):
        event = recording.events[step.event]
        root = at(scene.film, number)
        (band,) = by_class(root, "band-now")
        (marker,) = by_class(root, "marker")
        places.append(float(band.get("x")))
        assert marker.text.split()[:2] == ["▼", called.thread(event.tid)]
        titles = [bar.find("title").text for bar in by_class(root, "now")]
        hidden = bool(background(recording)[number])
        if event.kind == "call" and not hidden:
            assert len(titles) == 1 and titles[0].startswith(f"{called.thread(event.tid)}: {called.call(event)}")
        elif event.kind in ("line", "begin", "exit") or hidden:
            assert titles == []
        if event.kind == "call" and event.end is not None and step.part != "enters":
            assert f"{called.thread(event.tid)}: " in scene.text(number) and called.call(event) in scene.text(number)
    assert places == sorted(places)


@pytest.mark.parametrize("name", KINDS)
def test_lanes_ends_output_and_arrows_are_the_recordings(name):
    recording = made(name)
    table = timetable(recording)
    assert set(table.lives) == {event.tid for event in recording.events}
    for event in recording.events:
        if event.kind == "exit" and event.tid == event.pid:
            ending = table.lives[event.pid].ending
            assert event.detail.endswith(ending.removeprefix("exit "))
    for fd in (1, 2):
        assert b"".join(output.data for output in table.outputs if output.fd == fd) == recording.output(fd)
    assert len(table.arrows) == len(wakings(recording))
    for arrow in table.arrows:
        assert arrow.step < arrow.until or arrow.tid != arrow.woken


def test_bars_of_one_lane_do_not_overlap():
    for name in KINDS:
        root = at(lanes(made(name)).film, 0)
        lanes_of = {}
        for rect in by_class(root, "call"):
            lanes_of.setdefault(rect.get("y"), []).append((float(rect.get("x")), float(rect.get("width"))))
        for bars in lanes_of.values():
            bars.sort()
            assert all(x + width <= following + 0.5 for (x, width), (following, _) in zip(bars, bars[1:], strict=False))


def test_a_sleep_is_hatched_and_says_for_what():
    root = at(lanes(interleaved()).film, 0)
    assert any("asleep: bytes to arrive" in (title.text or "") for title in root.iter("title"))
    assert any("hatch" in rect.get("fill", "") for rect in root.iter("rect"))


def test_a_long_recording_becomes_few_bars_and_all_its_calls_are_counted():
    recording = writes(10_000)
    table, film = timetable(recording), lanes(recording).film
    assert max(column for column in table.column if column is not None) < MOST
    assert any(bar.label == "10,000 × write" for bar in table.bars)
    assert sorted(step for bar in table.bars for step in bar.steps) == list(range(10_000))
    assert film.markup.count("</") + film.markup.count("/>") < 2_000
    assert sum(output.size for output in table.outputs) in (0, 10_000)


def test_every_part_has_a_look_from_the_start_and_text_is_never_markup():
    scene = lanes(hostile())
    assert all(changes[0][0] == 0 for changes in scene.film.score)
    at(scene.film, 0)
    for markup in (scene.film.at(0), scene.twin.at(0)):
        assert "<script" not in markup and "\u202e" not in markup and "\x1b" not in markup
