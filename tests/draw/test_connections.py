"""The connection picture: what it shows of connections made on purpose, how it looks, and that it stays small."""

import json
import re
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pygraphviz
import pytest

import labkit
from labkit.capture.build import build
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.draw.connections.places import GROUPS, MOST, SINGLE
from labkit.draw.connections.scene import best_step, connections, described
from labkit.draw.descriptors.scene import descriptors
from labkit.draw.stepper import page
from labkit.draw.stepper.stepped import stepped
from labkit.errors import LabkitError
from labkit.saved import load
from tests.decode.happenings import interleaved, writes
from tests.draw import oracle_connections
from tests.draw.scenes import by_class
from tests.draw.seen import Shown, alike, in_place, seen

PROGRAMS = Path(__file__).parent / "programs"
STORED = Path(__file__).parents[1] / "decode" / "recordings" / "format-1.json.gz"


@cache
def recorded(name, *args):
    program = build((PROGRAMS / f"{name}.c").read_text(), flags=("-Wall", "-Wextra"), name=name)
    recording = labkit.record(program, args, in_turn=True)
    assert recording.status == 0, (recording.ended_by, recording.output(2))
    return recording


def step_of(recording, call, nth=1):
    """The step at which the nth such call returned."""
    found = [
        number
        for number, (step, _, _) in enumerate(replay(recording).walk())
        if recording.events[step.event].call == call and step.part != "enters"
    ]
    return found[nth - 1]


def fit_to_be_seen(recording, every=1):
    """At every step all texts have a place, no boxes overlap, and the drawing says what the text says."""
    scene, called = connections(recording), names(recording)
    film = Shown(scene.film)
    steps = list(zip(replay(recording).walk(), described(recording), strict=True))
    for number, ((_, _, state), told) in enumerate(steps):
        if number % every:
            continue
        now = film.at(number)
        if number % 50 == 0:
            assert alike(ElementTree.fromstring(scene.film.at(number)), now)
        texts, groups = seen(now)
        in_place(now, texts, groups)
        oracle_connections.held(scene, number, groups, state, called)
        ends = [box for row in told.rows.values() for box in (row.left, row.right) if box is not None]
        ends += [listener.end for listener in told.listeners.values()]
        drawn = [group for group in groups if "box" in group.shape]
        assert sorted(group.words[1] for group in drawn) == sorted(box.state for box in ends)
        chips = sum(len(box.holders) for box in ends)
        queued = sum(
            len(queue.first) for listener in told.listeners.values() for queue in (listener.asked, listener.complete)
        )
        assert sum("cell" in group.shape for group in groups) == chips + queued
        assert len(by_class(now, "band")) == sum(holder.asleep for box in ends for holder in box.holders)
    return scene


@pytest.mark.ptrace
def test_of_three_clients_it_says_who_is_connected_with_whom_and_who_waits():
    recording = recorded("three_clients")
    scene = fit_to_be_seen(recording)
    text = scene.text(step_of(recording, "connect", 3))
    assert "socket A, LISTEN, 2 of 5 to be accepted; P1 fd 3 asleep in accept" in text
    assert "wait for accept: 2 (limit 5): client 2, client 3" in text
    accepted = scene.text(step_of(recording, "accept", 3))
    assert accepted.count("ESTABLISHED, 12 bytes to read") == 3 and "0 of 5 to be accepted" in accepted
    assert "TCP 127.0.0.1 client port 1: socket B, ESTABLISHED, 0 bytes to read; P4 fd 3 asleep in read" in accepted
    at_the_end = scene.text(len(stepped(recording).lines) - 1)
    assert at_the_end.count("127.0.0.1 port A: closed, TIME_WAIT") == 3 and "LISTEN" not in at_the_end


@pytest.mark.ptrace
def test_an_end_shared_after_fork_has_both_processes():
    recording = recorded("three_clients")
    first_child = next(
        number
        for number, (step, _, _) in enumerate(replay(recording).walk())
        if recording.events[step.event].kind == "begin" and number > step_of(recording, "accept")
    )
    assert re.search(r"socket E, .*; P1 fd 4 \S.*, P5 fd 4 ", connections(recording).text(first_child))


@pytest.mark.ptrace
def test_nothing_moves_and_a_socket_has_one_place_from_when_it_is_made():
    recording = recorded("three_clients")
    scene = connections(recording)
    places = {}
    film = Shown(scene.film)
    for number in range(scene.film.steps):
        for group in seen(film.at(number))[1]:
            if "box" in group.shape and group.words[0].startswith("socket"):
                places.setdefault(group.words[0], set()).add((group.x, group.y))
    assert len(places) == 7 and all(len(found) == 1 for found in places.values())
    fixed = ("x", "y", "x1", "y1", "x2", "y2", "d", "height", "width", "viewBox")
    assert not {key for look in scene.film.looks for key in look} & set(fixed)


@pytest.mark.ptrace
def test_of_hundreds_alike_ones_are_counted_and_those_that_act_are_shown():
    recording = recorded("many_clients", "300")
    scene = fit_to_be_seen(recording, every=10)
    for accepted in (1, 60, 150):
        step = step_of(recording, "accept", accepted)
        text, told = scene.text(step), list(described(recording))[step]
        groups = re.findall(r"^    (?:(\d+) × )?TCP ", text, re.MULTILINE)
        assert sum(int(count or 1) for count in groups) == 300
        assert f"{300 - accepted} of 300 to be accepted" in text and len(groups) <= SINGLE + GROUPS
        assert f"127.0.0.1 client port {accepted}: socket" in text  # it acts
        assert len(told.rows) <= MOST
    assert re.search(r"\+2\d\d", scene.film.at(step_of(recording, "accept", 60)))


@pytest.mark.ptrace
def test_the_picture_of_hundreds_is_no_larger_than_that_of_dozens_and_not_slow():
    few, many = (recorded("many_clients", count) for count in ("30", "300"))
    drawn = {count: connections(recording) for count, recording in ((30, few), (300, many))}
    assert len(drawn[300].film.markup) < 1.02 * len(drawn[30].film.markup) < 60_000
    size = {count: len(json.dumps(page.scene_data(scene))) / scene.film.steps for count, scene in drawn.items()}
    assert size[300] < 1.3 * size[30] and size[300] < 1500  # bytes a step, not compressed
    spent = []
    for draw in (connections, descriptors):
        best = 1e9
        for _ in range(2):
            start = time.process_time()
            draw(replace(many))  # another recording: nothing of it is known yet
            best = min(best, time.process_time() - start)
        spent.append(best)
    assert spent[0] < 4 * spent[1], spent


@pytest.mark.ptrace
def test_a_client_asleep_in_connect_has_asked_and_is_not_complete():
    recording = recorded("talk", "s4 1 b1 l1 0 s4 2 c2 1 s4 3 c3 1")
    scene = fit_to_be_seen(recording)
    text = scene.text(step_of(recording, "connect", 2))
    assert "asked for, not complete: 1 seen: client 2" in text and "1 of 0 to be accepted" in text
    assert "TCP to 127.0.0.1 port A: socket C, SYN_SENT" in text and "asked for, no answer yet" in text


@pytest.mark.ptrace
@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_clients_asleep_in_connect_at_a_full_queue_are_hatched(kind):
    recording = recorded("full_queue", kind)
    scene = fit_to_be_seen(recording)
    asleep = max(range(scene.film.steps), key=lambda step: scene.text(step).count("fd 4 asleep in connect"))
    text = scene.text(asleep)
    assert text.count("fd 4 asleep in connect") == 2 and "1 of 0 to be accepted" in text
    assert "asked for, not complete: 2 seen: " in text and text.count("asked for, no answer yet") == 2
    assert text.count("SYN_SENT") == (2 if kind == "tcp" else 0)
    root = ElementTree.fromstring(scene.film.at(asleep))
    assert len(by_class(root, "band")) == 2 and len(by_class(root, "wire")) == 2


@pytest.mark.ptrace
def test_who_waits_for_several_sockets_is_hatched_at_each_of_them():
    recording = recorded("many_waited_for")
    scene = fit_to_be_seen(recording)
    step = max(range(scene.film.steps), key=lambda number: scene.text(number).count("asleep in poll"))
    held = {words[1]: words[2] for words in re.findall(r"(: (socket [A-Z]+).*; (.*))$", scene.text(step), re.MULTILINE)}
    assert held["socket A"] == "P2 fd 3 asleep in poll, P3 fd 3 asleep in epoll_wait"
    assert held["socket B"] == "P2 fd 4 asleep in poll, P3 fd 4 asleep in epoll_wait"
    bands = by_class(ElementTree.fromstring(scene.film.at(step)), "band")
    assert len(bands) == 4 and held["socket C"].startswith("P2 fd 5 ")  # that end is not among what they wait for


@pytest.mark.ptrace
def test_unix_sockets_pairs_and_version_6_have_frames_of_their_own():
    recording = recorded("talk", "s6 1 b1 l1 2 s6 2 c2 1 s1 3 b3 l3 1 s1 4 c4 3 p5 6 s4 7")
    text = fit_to_be_seen(recording).text(step_of(recording, "socket", 5))
    frames = [line for line in text.split("\n") if not line.startswith(" ")][1:]
    assert frames == ["[::1]: this machine (loopback, IPv6)", "UNIX: names on this machine, or none", "no address yet"]
    assert "UNIX stream sock.3: socket C, LISTEN, 1 of 1 to be accepted" in text
    assert re.search(r"UNIX stream no name: socket E, .*\n.*↔ no name: socket F", text)


@pytest.mark.ptrace
def test_it_is_a_picture_with_a_step_of_its_own_choice():
    recording = recorded("three_clients")
    chosen = labkit.connections(recording)
    assert "step 70: " in chosen.title and chosen.text.count("ESTABLISHED") == 6
    assert labkit.connections(recording, at=70).svg == chosen.svg
    assert labkit.picture(recording, "connections", at=70).svg == chosen.svg
    assert chosen._repr_html_().count("<svg") == 1
    with pytest.raises(LabkitError, match="There is no step 1000"):
        labkit.connections(recording, at=1000)


@pytest.mark.ptrace
def test_the_stepper_has_it_where_there_are_sockets_and_nowhere_else():
    with_sockets, without = recorded("three_clients"), writes(5)
    assert "connections" in page.panels([stepped(with_sockets)])
    plain = labkit.record("hello")
    assert page.panels([stepped(plain)]) == ("source", "descriptors", "bytes", "time", "steps")
    data = page.data([stepped(plain), stepped(with_sockets)], pairs=[])
    assert [scene["name"] for scene in data["runs"][0]["scenes"]] == [
        scene["name"] for scene in data["runs"][1]["scenes"]
    ]
    assert "no sockets" in connections(plain).film.markup
    assert connections(without).text(0).count("LISTEN") == 1


def test_stored_recordings_and_ones_made_by_hand_are_drawn():
    for recording in (load(STORED), interleaved(), writes(20)):
        scene = fit_to_be_seen(recording)
        assert 0 <= best_step(recording) < scene.film.steps


@pytest.mark.ptrace
def test_as_dot_it_has_the_ends_of_the_text_and_those_who_hold_them():
    recording = recorded("three_clients")
    for at in (50, 70, 84):
        shown = labkit.connections(recording, at=at)
        graph = pygraphviz.AGraph(string=shown.dot)
        labels = [graph.get_node(node).attr["label"].split("\\n") for node in graph.nodes()]
        boxes = [label for label in labels if len(label) > 2]
        assert len(boxes) == 7 and all(word in shown.text for label in boxes for word in label)
        joined = [edge for edge in graph.edges() if graph.get_edge(*edge).attr["label"] == "TCP"]
        assert len(joined) == 3
        held = [edge for edge in graph.edges() if graph.get_edge(*edge).attr["label"].startswith("fd ")]
        assert len(held) == len(re.findall(r"P\d fd \d", shown.text))
