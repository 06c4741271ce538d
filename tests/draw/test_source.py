"""The listing says at every step what can be read off the recording again, in another way."""

import pytest

import labkit
from labkit.decode.names import names
from labkit.decode.replay import steps
from labkit.draw.source import source
from tests.decode.happenings import writes
from tests.draw.scenes import KINDS, at, by_class, hostile, made


def stands(recording, number):
    """Where every thread stands at step `number`, looked up backwards from there."""
    walked = [(step, recording.events[step.event]) for step in steps(recording)]
    found = {}
    for tid in {event.tid for event in recording.events}:
        for back in range(number, -1, -1):
            step, event = walked[back]
            if event.tid != tid or (event.kind not in ("call", "line", "begin", "exit")):
                continue
            replaced = event.call == "execve" and event.result == 0 and step.part != "enters"
            if back < number and (event.kind == "exit" or replaced):
                break
            if event.kind != "exit":
                if event.place.line is not None:
                    found[tid] = event.place.file, event.place.line
                break
    return found


@pytest.mark.parametrize("name", KINDS)
def test_every_step_shows_where_everybody_stands_and_what_has_run(name):
    recording, ran, before = made(name), set(), {}
    scene, called = source(recording), names(recording)
    several = len({event.tid for event in recording.events}) > 1
    for number, step in enumerate(steps(recording)):
        tid = recording.events[step.event].tid
        now = stands(recording, number)
        ran |= {line for who, line in before.items() if now.get(who) != line}
        before = now
        root = at(scene.film, number)
        rows = {int(row.find("i").text): row for row in by_class(root, "row")}
        (file,) = recording.sources
        here = {now[tid][1]} if tid in now else set()
        assert {n for n, row in rows.items() if "now" in row.get("class").split()} == here
        assert {n for n, row in rows.items() if row.get("aria-current") == "step"} == here
        assert {(file, n) for n, row in rows.items() if "ran" in row.get("class").split()} == ran
        for n, row in rows.items():
            there = {called.thread(who) for who, line in now.items() if line[1] == n}
            margin = (row.find("b").text or "").split()
            assert ("▶" in margin) == (now.get(tid, ("", 0))[1] == n)
            if several and len(there) <= 3:
                assert set(margin) - {"▶"} == there
        for line in now.values():
            assert f"line {line[1]}:" in scene.text(number)


def test_the_way_through_the_library_and_before_and_after_main():
    recording = labkit.record("newline", lines=True)
    scene = source(recording)
    heads = [(step, ["".join(part.itertext()) for part in at(scene.film, n).find("div")])
             for n, step in enumerate(steps(recording))]  # fmt: skip
    written = next(words for step, words in heads if recording.events[step.event].call == "write")
    assert written == ["P1: after main returned", "exit → write"]
    assert any(words == ["P1: before main", words[1]] for _, words in heads)
    slept = next(words for step, words in heads if "sleep" in recording.events[step.event].call)
    assert slept == ["P1: newline.c:8, in main", "sleep → nanosleep → clock_nanosleep, falls asleep"]
    assert "step:" not in scene.film.markup


def test_a_line_can_be_followed_and_the_shape_never_changes():
    recording = made("pipe_fork")
    film = source(recording, {("line", "pipe_fork.c", 9): 5}).film
    assert [row.find("i").text for row in at(film, 0) if row.get("data-subject") == "5"] == ["9"]
    shapes = {tuple(element.tag for element in at(film, n).iter()) for n in range(film.steps)}
    assert len(shapes) == 1
    assert all(changes[0][0] == 0 for changes in film.score)


def test_without_a_source_it_says_why():
    scene = source(writes(3))
    assert "no source: prog was not built here" in "".join(at(scene.film, 1).itertext())


def test_text_is_never_markup():
    scene = source(hostile())
    root = at(scene.film, 0)
    assert not [element for element in root.iter() if element.tag in ("script", "b") and element.text == "alert(1)"]
    assert "<script>alert(1)</script>" in "".join(root.itertext())
    for markup in (scene.film.at(0), scene.twin.at(0)):
        assert "<script" not in markup and "\u202e" not in markup and "\x1b" not in markup
    assert len(by_class(root, "row")) == 2
