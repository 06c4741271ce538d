"""The ladder shows what the recording has: every call, every segment that tells, every state; nothing on another."""

import re
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

import labkit
from labkit.decode.inferred_segments import inferred_segments
from labkit.decode.names import names
from labkit.decode.tcp_connections import CLIENT, SERVER, connections, standings, telling
from labkit.draw.ladder.drawing import WIDTH
from labkit.draw.ladder.folding import ROWS, folded
from labkit.draw.ladder.rungs import rungs
from labkit.errors import LabkitError

pytestmark = pytest.mark.ptrace
TALK = Path(__file__).parent.parent / "capture" / "programs" / "talk.c"
SCRIPTS = {
    "echo": ("larwex", "cwrx"),
    "half closed": ("larwwx", "cwser"),
    "refused": ("", "cx"),
    "reset": ("laxL", "cwrx"),
    "written to a closed socket": ("lawx", "cxp"),
    "ends": ("lare", "cw"),
    "long": ("la" + 16 * "rw" + "x", "c" + 16 * "wr" + "rx"),
    "IPv6": ("6larwex", "cwrx"),
}


@lru_cache(maxsize=32)
def made(name, wire=False):
    recording = labkit.record(TALK, SCRIPTS[name], in_turn=True, wire=wire)
    if wire and recording.wire != "captured":
        pytest.skip("NOT TESTED: this machine does not let segments be captured")
    return recording if wire else replace(recording, segments=inferred_segments(recording), wire="inferred")


def texts(picture):
    return [element.text for element in ElementTree.fromstring(picture.svg).iter("text")]


@pytest.mark.parametrize("wire", [False, True])
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_segment_that_tells_is_drawn_in_order_and_told(name, wire):
    recording = made(name, wire)
    (connection,) = connections(recording)
    made_of = folded(rungs(recording, connection), recording.segments)
    shown = [number for number in made_of.rows if number is not None]
    wanted = list(telling(recording, connection))
    if not made_of.folds:
        assert shown == wanted
    picture = labkit.ladder(recording)
    drawn = [text for text in texts(picture) if re.match(r"seq [\d,]+", text)]
    told = re.findall(r"client [→←] server  .*?\((seq .*?)\)", picture.text)
    assert len(drawn) == len(told) == len(shown)
    for number, text, twin in zip(shown, drawn, told, strict=True):
        seq, ack = connection.relative(recording.segments[number])
        assert text == twin == f"seq {seq:,}" + ("" if ack is None else f", ack {ack:,}")
    arrows = [direction == "→" for direction in re.findall(r"client ([→←]) server", picture.text)]
    assert arrows == [connection.from_client(recording.segments[number]) for number in shown]
    flags = [text.partition(" · ")[0] for text in texts(picture) if re.match(r"(SYN|ACK|PSH|FIN|RST)\b", text)]
    assert flags == [", ".join(recording.segments[number].flags) for number in shown]


@pytest.mark.parametrize("name", SCRIPTS)
def test_states_drawn_are_those_of_the_connection(name):
    recording = made(name)
    (connection,) = connections(recording)
    root = ElementTree.fromstring(labkit.ladder(recording).svg)
    drawn = {CLIENT: [], SERVER: []}
    for text in root.iter("text"):
        kind = set((text.get("class") or "").split())
        if re.fullmatch(r"[A-Z]+(_[A-Z]+)?\d?", text.text) and kind in ({"strong", "small"}, {"derived", "small"}):
            drawn[CLIENT if float(text.get("x")) < WIDTH / 2 else SERVER].append((text.text, "strong" in kind))
    for end in (CLIENT, SERVER):
        wanted = [(one.state, one.told) for one in standings(recording, connection, telling(recording, connection))
                  if one.end == end]  # fmt: skip
        assert drawn[end] == wanted


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_call_on_the_connections_sockets_is_there_on_its_side_and_hatched_if_it_slept(name):
    recording = made(name)
    (connection,) = connections(recording)
    made_of = rungs(recording, connection)
    of = {bar.event: bar for bar in made_of.bars}
    called = names(recording)
    for call in ("connect", "accept", "shutdown", "read", "write"):
        for event in recording.calls(call):
            if event.place.phase == "before main" or (call == "write" and event.args[0].value in (1, 2)):
                continue
            bar = of[event.index]
            child = called.process(event.pid) == "P2"
            assert bar.side == (CLIENT if child else SERVER) and bool(bar.asleep) == (event.wait is not None)
    hatched = [rect for rect in ElementTree.fromstring(labkit.ladder(recording).svg).iter("rect")
               if "hatch" in (rect.get("fill") or "")]  # fmt: skip
    shown = folded(made_of, recording.segments)
    assert len(hatched) == sum(bool(bar.asleep) for bar in shown.bars)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_segment_lies_within_the_call_that_sent_it(name):
    recording = made(name)
    (connection,) = connections(recording)
    made_of = rungs(recording, connection)
    for row, number in enumerate(made_of.rows):
        if number is None:
            continue
        moment = recording.segments[number].moment
        sending = [bar for bar in made_of.bars if bar.first <= row <= bar.last
                   and (bar.call == "" or recording.events[bar.event].begin <= moment)]  # fmt: skip
        assert sending, (name, row)


@pytest.mark.parametrize("wire", [False, True])
@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_lies_on_anything_else_or_outside(name, wire):
    nothing_on_anything(labkit.ladder(made(name, wire)))


def nothing_on_anything(picture):
    root = ElementTree.fromstring(picture.svg)
    width, height = map(float, root.get("viewBox").split()[2:])
    boxes = []
    for rect in root.iter("rect"):
        if rect.get("class") == "call":
            x, y, wide, high = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
            boxes.append((x, y, x + wide, y + high))
    for one, other in combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], (one, other)
    columns = {}
    for text in root.iter("text"):
        x, y = float(text.get("x")), float(text.get("y"))
        assert 0 <= x <= width and 10 <= y <= height - 2
        columns.setdefault((round(x), text.get("text-anchor")), []).append(y)
    for ys in columns.values():
        assert all(below - above >= 15 for above, below in pairwise(sorted(ys)))


@pytest.mark.parametrize("wire", [False, True])
@pytest.mark.parametrize("name", ["echo", "half closed", "reset", "ends"])
def test_the_picture_of_a_recording_in_turn_is_the_same_in_every_run(name, wire):
    again = labkit.record(TALK, SCRIPTS[name], in_turn=True, wire=wire)
    one, other = labkit.ladder(made(name, wire)), labkit.ladder(again)
    assert one.svg == other.svg and one.text == other.text


def test_a_long_talk_is_folded_with_a_count_and_nothing_but_data_is_gone():
    recording = made("long")
    (connection,) = connections(recording)
    whole = rungs(recording, connection)
    short = folded(whole, recording.segments)
    assert len(whole.rows) > ROWS >= len(short.rows)
    ((first, second),) = short.folds.values()
    gone = [n for n in whole.rows if n is not None and n not in short.rows]
    assert first == f"… {len(gone)} more segments of data" and all(recording.segments[n].length == 5 for n in gone)
    there = sum(connection.from_client(recording.segments[n]) for n in gone)
    calls = {bar.event for bar in whole.bars} - {bar.event for bar in short.bars if bar.asked}
    assert second == f"{5 * there} bytes →, {5 * (len(gone) - there)} bytes ←, {len(calls)} calls"
    assert first in texts(labkit.ladder(recording)) and first in labkit.ladder(recording).text
    assert [one.state for one in short.stood] == [one.state for one in whole.stood]
    short_bars = {bar.event: bar for bar in short.bars}
    for bar in whole.bars:  # what is still told is told in the row of what it belonged to
        if bar.event in short_bars and short_bars[bar.event].asked:
            assert whole.rows[bar.first] == short.rows[short_bars[bar.event].first]


def test_that_segments_are_inferred_is_written_on_the_picture_and_their_arrows_are_dotted():
    for wire, words in ((False, "inferred, not captured"), (True, "captured")):
        picture = labkit.ladder(made("echo", wire))
        assert words in texts(picture) and words in picture.text.splitlines()[0]
        lines = [line.get("class") for line in ElementTree.fromstring(picture.svg).iter("line")]
        assert lines.count("ink wire") == (0 if wire else len(made("echo").segments))
    bare = labkit.record(TALK, SCRIPTS["echo"], in_turn=True)
    assert labkit.ladder(bare) == labkit.ladder(made("echo"))


def test_several_connections_are_drawn_up_to_three_or_the_one_asked_for():
    many = labkit.record(TALK, ["", "cxcxcxcxcx"], in_turn=True)
    picture = labkit.ladder(many)
    assert [text for text in texts(picture) if text.startswith("connection ")] == [
        f"connection {n} of 5, inferred, not captured" for n in (1, 2, 3)
    ]
    assert any("2 more" in text for text in texts(picture)) and "2 more" in picture.text
    assert [text for text in texts(labkit.ladder(many, 5)) if text.startswith("connection ")] == [
        "connection 5 of 5, inferred, not captured"
    ]
    with pytest.raises(LabkitError, match="no connection 6: talk has 1 to 5"):
        labkit.ladder(many, 6)


def test_a_refusal_is_the_same_picture_where_only_the_wire_tells_the_clients_port():
    pictures = []
    for without in ((), ("pidfd_getfd",)):
        recording = labkit.record(TALK, ["", "cxcx"], in_turn=True, wire=True, without=without)
        if recording.wire != "captured":
            pytest.skip("NOT TESTED: this machine does not let segments be captured")
        pictures.append(labkit.ladder(recording))
    assert pictures[0].svg == pictures[1].svg
    assert {"client, 127.0.0.1 client port 1", "client, 127.0.0.1 client port 2"} <= set(texts(pictures[0]))


def test_a_socket_that_listens_no_more_is_nobody_and_its_end_is_closed():
    closed = labkit.ladder(labkit.record(TALK, ["lL", "pc"], in_turn=True))
    assert "nobody listens here" in texts(closed) and "LISTEN" not in texts(closed)
    assert "server CLOSE (by the rules)" in closed.text
    assert "nobody listens here" not in texts(labkit.ladder(labkit.record(TALK, ["l", "pc"], in_turn=True)))


SHARED = r"""
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof own;
    char byte;
    int listening = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    bind(listening, (struct sockaddr *)&own, size);
    listen(listening, 1);
    getsockname(listening, (struct sockaddr *)&own, &size);
    connect(client, (struct sockaddr *)&own, size);
    int server = accept(listening, NULL, NULL);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            close(client);
            return read(server, &byte, 1) != 1;
        }
    close(server);
    usleep(200000);
    write(client, "ab", 2);
    while (wait(NULL) > 0) ;
    return 0;
}
"""


def test_calls_of_several_processes_on_one_end_stand_side_by_side_and_say_whose_they_are():
    recording = labkit.record(SHARED, in_turn=True)
    wired = replace(recording, segments=inferred_segments(recording), wire="inferred")
    (connection,) = connections(wired)
    bars = [bar for bar in rungs(wired, connection).bars if bar.call == "read"]
    assert {(bar.who, bar.lane) for bar in bars} in ({("P2", 0), ("P3", 1)}, {("P2", 1), ("P3", 0)})
    assert {"P2 read(7)", "P3 read(7)"} & set(texts(labkit.ladder(recording))) or "P2 read" in labkit.ladder(
        recording
    ).text
    nothing_on_anything(labkit.ladder(recording))


def test_a_program_without_a_connection_has_no_ladder():
    with pytest.raises(LabkitError, match="hello opened no TCP connection"):
        labkit.ladder(labkit.record("hello"))


def test_what_a_program_sends_is_text_and_never_markup():
    source = TALK.read_text().replace('"hello"', '"<b>&\\33"')
    picture = labkit.ladder(labkit.record(source, SCRIPTS["echo"], in_turn=True))
    assert any('write(3, "<b>&\\e")' in text for text in texts(picture))
    assert "<b>" not in picture._repr_html_() and "\33" not in picture._repr_html_()
