"""The timeline against the runs it is drawn from, and as a drawing: nothing overlaps, nothing is cut off."""

import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import pytest

import labkit
from labkit.decode.verdict import ending
from labkit.draw.timeline import timeline
from labkit.model import Chunk, Limits, Run, Span

HOSTILE = Path(__file__).parent.parent / "capture" / "hostile"


def a_run(*chunks, **more):
    given = {"name": "p", "args": (), "stdout": "pipe", "stderr": "pipe", "status": 0, "signal": None, "duration": 1.0}
    return Run(chunks=tuple(chunks), **{**given, **more})


def boxes(picture, kind="new"):
    found = []
    for rect in ET.fromstring(picture.svg).iter("rect"):
        if rect.get("class") == kind:
            x, y, width, height = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


def texts(picture):
    return [element.text for element in ET.fromstring(picture.svg).iter("text")]


@pytest.mark.slow
@pytest.mark.parametrize("program", ["newline", "mixed"])
def test_two_real_runs_draw_the_same_picture(program):
    pictures = [timeline(*labkit.run_on(program, "terminal", "pipe", "file")) for _ in range(2)]
    assert pictures[0] == pictures[1]


def test_every_byte_is_in_the_picture_and_in_its_twin_at_its_moment():
    picture = timeline(a_run(Chunk(0.003, 1, b"early"), Chunk(0.99, 1, b"late\n"), Chunk(0.5, 2, b"err")))
    assert {"early", "late↵", "err", "fd 1 → pipe", "fd 2 → pipe", "exit 0"} <= set(texts(picture))
    assert 'at 0 s  fd 1: "early"' in picture.text
    assert 'at 0.5 s  fd 2: "err"' in picture.text
    assert 'at 1 s  fd 1: "late↵"' in picture.text
    by_moment = sorted(boxes(picture))
    assert len(by_moment) == 3 and by_moment[0][0] < by_moment[1][0] < by_moment[2][0]


def test_boxes_never_overlap_and_never_leave_the_picture():
    runs = [
        a_run(*(Chunk(0.5 * n, fd, b"x" * length) for n in range(6) for fd in (1, 2)), duration=2.5)
        for length in (1, 30, 100, 5000)
    ]
    picture = timeline(*runs, labels=["a", "b", "c", "d"])
    width, height = map(float, ET.fromstring(picture.svg).get("viewBox").split()[2:])
    assert len(boxes(picture)) == 4 * 12
    for x, y, right, bottom in boxes(picture):
        assert x >= 0 and y >= 0 and right <= width and bottom <= height
    for one, other in combinations(boxes(picture), 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_sleep_and_end_are_visible():
    picture = timeline(a_run(spans=(Span(0.01, 0.99, "clock_nanosleep"),), status=None, signal="SIGKILL"))
    assert {"asleep in clock_nanosleep", "SIGKILL", "no byte leaves here"} <= set(texts(picture))
    assert any("url(#" in (rect.get("fill") or "") for rect in ET.fromstring(picture.svg).iter("rect"))


@pytest.mark.parametrize(
    ("more", "label"),
    [
        ({"status": 3}, "exit 3"),
        ({"status": None, "signal": "SIGSEGV"}, "SIGSEGV"),
        ({"status": None, "signal": "SIGKILL", "ended_by": "seconds", "limits": Limits(seconds=2)}, "limit: 2 s"),
        ({"status": 0, "ended_by": "seconds", "limits": Limits(seconds=2)}, "exit 0, then limit: 2 s"),
        ({"status": None, "ended_by": "stopped"}, "stopped"),
    ],
)
def test_endings(more, label):
    assert label in ending(a_run(**more))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def test_what_a_program_prints_is_text_and_never_markup_or_an_escape():
    run = labkit.run(HOSTILE / "markup.c")
    picture = timeline(run, labels=["<b>label</b>"], title="<i>title</i>")
    page = picture._repr_html_()
    parser = Tags()
    parser.feed(page)
    assert not {"script", "img", "b", "i"} & set(parser.tags)
    assert "<script>document" in "".join(text or "" for text in texts(picture))
    assert "\x1b" not in page and "\u202e" not in page and "\x1b" not in picture.text


def test_a_saved_file_stands_alone(tmp_path):
    picture = timeline(a_run(Chunk(0, 1, b"<&>\x00")))
    root = ET.parse(picture.save(tmp_path / "x.svg")).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert ".lk" in root.find("{http://www.w3.org/2000/svg}style").text
    assert root.get("role") == "img" and root.get("aria-label")


def test_labels_tell_runs_apart():
    assert "terminal" in texts(timeline(a_run(stdout="terminal"), a_run(stdout="file")))
    assert "p a" in texts(timeline(a_run(args=("a",)), a_run(args=("b",))))


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="one run or more"):
        timeline()
