"""The pictures as DOT: Graphviz reads each, and its boxes say what the text twin of the same step says."""

import re
from dataclasses import replace
from html import unescape

import pygraphviz
import pytest

from labkit.decode.names import names
from labkit.decode.replay import steps
from labkit.decode.text import visible
from labkit.decode.wakings import wakings
from labkit.draw.dot import Dot
from labkit.draw.lanes.timetable import timetable
from labkit.draw.stepper.stepped import stepped
from labkit.draw.stepper.still import DOTS
from labkit.model import Change, Inode, Process
from tests.decode.happenings import START, interleaved, writes
from tests.draw.scenes import EVIL, KINDS, hostile, made

RECORDED = [pytest.param(name, marks=pytest.mark.ptrace) for name in (*KINDS, "dup_family")]
HAND_MADE = {"interleaved": interleaved, "writes": lambda: writes(6, 20), "hostile": hostile}


def recorded(name):
    return HAND_MADE[name]() if name in HAND_MADE else made(name)


def read(source):
    return pygraphviz.AGraph(string=source)


def words(thing):
    """The lines of a label, as Graphviz would draw them."""
    label = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], thing.attr["label"] or "")
    return [unescape(line) for line in label.split("\n")] if label else []


def boxes(graph):
    return {unescape(str(node)): words(graph.get_node(node)) for node in graph.nodes()}


def some(recording, count=9):
    """Steps spread over the recording, the first and the last among them."""
    last = len(steps(recording)) - 1
    return sorted({round(last * part / (count - 1)) for part in range(count)})


def without_pids(graph, recording):
    called = names(recording)
    told = set(re.findall(r"\bP\d+(?:\.\d+)?\b", " ".join(boxes(graph))))
    assert told <= {called.thread(event.tid) for event in recording.events} | set(called.processes.values())
    assert not set(re.findall(r"\d{4,}", " ".join(boxes(graph)))) & {str(pid) for pid in called.processes}


@pytest.mark.parametrize("name", [*HAND_MADE, *RECORDED])
def test_descriptors_are_those_of_the_twin(name):
    recording = recorded(name)
    scene = stepped(recording).scene("descriptors")
    for step in some(recording):
        graph = read(DOTS["descriptors"](recording, step))
        without_pids(graph, recording)
        told = []
        for node in graph.nodes():
            title, *more = words(graph.get_node(node))
            if re.fullmatch(r"F\d+: \d+ refers?", title):
                ((_, leads),) = graph.out_edges(node)
                inode = words(graph.get_node(leads))[0]
                told.append(f"{node}: {more[0]}, {more[1]}, {title.partition(': ')[2]} → {inode}")
            elif re.match(r"P\d+( |$)", title):
                told.append(f"{title}: {more[0]}")
                told += [f"  and {line}" if "descriptors more" in line else f"  {line}" for line in more[1:]]
                for way in graph.out_edges(node):
                    fd, _, cloexec = words(way)[0].partition(" ")
                    told.append(f"  fd {fd}{' (cloexec)' if cloexec else ''} → {way[1]}")
            else:
                told.append(f"{title}: {', '.join(more)}")
        assert sorted(told) == sorted(re.sub(r", other end: .*", "", line) for line in scene.text(step).split("\n")[1:])


def test_two_descriptors_that_share_are_two_arrows():
    recording = interleaved()
    graph = read(DOTS["descriptors"](recording, 2))
    assert graph.in_degree("F1") == 2 and graph.out_degree("F1") == 1


@pytest.mark.parametrize("name", [*HAND_MADE, *RECORDED])
def test_bytes_are_those_of_the_twin(name):
    recording = recorded(name)
    scene = stepped(recording).scene("bytes")
    for step in some(recording):
        graph = read(DOTS["bytes"](recording, step))
        without_pids(graph, recording)
        said = scene.text(step).split("\n")[1:]
        text = "\n".join(said)
        for node, label in boxes(graph).items():
            assert label, node
            for word in label:
                assert word in text, (step, node, word)
        drawn = [word for label in boxes(graph).values() for word in label]
        for way in graph.edges():
            drawn += words(way)
            moved = [word for word in words(way) if re.search(r": [\d,]+ bytes?", word)]
            for word in moved:
                assert way.attr["dir"] == ("forward" if f"  ↓ {word}" in text else "back")
        for line in said:  # nothing that the twin says is missing
            rest = line
            for word in sorted(set(drawn), key=len, reverse=True):
                rest = rest.replace(word, "")
            rest = re.sub(r"into the buffer|out of the buffer|fd \d+| → .*", "", rest)
            assert not re.search(r"\w", rest), (step, line, rest)


@pytest.mark.parametrize("name", [*HAND_MADE, *RECORDED])
def test_time_is_that_of_the_twin_and_of_the_timetable(name):
    recording = recorded(name)
    scene, table, called = stepped(recording).scene("time"), timetable(recording), names(recording)
    for step in some(recording):
        graph = read(DOTS["time"](recording, step))
        without_pids(graph, recording)
        found = boxes(graph)
        for line in scene.text(step).split("\n")[1:]:
            thread, _, doing = line.partition(": ")
            assert found[thread][1] == doing
        marked = [node for node, label in found.items() if label and label[0].startswith("▼ ")]
        event = recording.events[steps(recording)[step].event]
        assert len(marked) == 1 and marked[0].split()[0] == called.thread(event.tid)
        for bar in table.bars:
            label = found[f"{called.thread(bar.tid)} step {bar.first + 1}"]
            now = "▼ " if step in bar.steps and bar.tid == event.tid else ""
            assert label == [now + bar.label, *([bar.asleep] if bar.asleep else [])]
        for pid, life in table.lives.items():
            if life.ending and life.ended is not None:
                assert found[f"{called.thread(pid)} end"][0].removeprefix("▼ ") == life.ending


@pytest.mark.parametrize("name", RECORDED)
def test_a_chain_is_in_order_and_arrows_are_births_and_wakings(name):
    recording = recorded(name)
    table, called = timetable(recording), names(recording)
    graph = read(DOTS["time"](recording, 0))
    told = [words(edge) for edge in graph.edges()]
    born = sum(life.parent is not None for life in table.lives.values())
    assert told.count(["begins"]) == born
    assert told.count(["wakes"]) == len(table.arrows) == len(wakings(recording))
    graph.layout(prog="dot")
    for tid in table.lives:
        first = called.thread(tid)
        bars = [f"{first} step {bar.first + 1}" for bar in table.bars if bar.tid == tid]
        places = [float(graph.get_node(node).attr["pos"].split(",")[0]) for node in (first, *bars)]
        assert places == sorted(places)
    starts = sorted((bar.first, f"{called.thread(bar.tid)} step {bar.first + 1}") for bar in table.bars)
    places = [float(graph.get_node(node).attr["pos"].split(",")[0]) for _, node in starts]
    assert places == sorted(places)  # over all processes


def evil(text):
    """A recording in which a process and a file are called `text`."""
    start = (*(change for change in START if change.key not in ((100,), (1,))),
             Change("processes", (100,), Process(100, 0, text, 1)),
             Change("threads", (100,), next(change.value for change in START if change.what == "threads")),
             Change("inodes", (1,), Inode(1, "file", f"/{text}", 7, 8, size=0)),
             *(change for change in START if change.what == "open_files" and change.key == (1,)))  # fmt: skip
    return replace(writes(3), start=start, name=text)


NAMES = (
    EVIL,
    "a:b:c",
    '"',
    "\\",
    '\\" ]; evil [label="',
    "<b>x</b>",
    "node",
    "P1",
    "F1",
    "{a|b}",
    "&lt;i&gt;",
    "\\N\\G",
    "é €",
)


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("picture", DOTS)
def test_a_hostile_name_is_text(picture, text):
    recording = evil(text)
    graph = read(DOTS[picture](recording, 1))
    shown = visible(text.encode("utf-8", "surrogateescape"))
    assert any(shown in word for label in boxes(graph).values() for word in label)
    plain = read(DOTS[picture](evil("name"), 1))
    assert len(graph.nodes()) == len(plain.nodes()) and len(graph.edges()) == len(plain.edges())
    for node in graph.nodes():
        assert set(graph.get_node(node).attr.to_dict()) <= {"label", "style", "shape", "group", "tooltip", "penwidth",
                                                            "color", "fontcolor"}  # fmt: skip


@pytest.mark.parametrize("text", [name for name in NAMES if "\x00" not in name])
def test_graphviz_draws_a_hostile_name_as_it_is(text):
    dot = Dot("one")
    dot.node(1, text, text, "second line")
    drawn = read(dot.source).draw(format="svg", prog="dot").decode()
    texts = [unescape(line).replace("\xa0", " ") for line in re.findall(r"<text[^>]*>([^<]*)</text>", drawn)]
    assert texts == [text, "second line"]
