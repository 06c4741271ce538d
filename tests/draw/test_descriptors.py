"""The descriptor picture says what the model says: at every step, of every recording; counted another way."""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.draw.descriptors import descriptors
from labkit.draw.descriptors_drawing import _fitted
from labkit.saved import load

sys.path.append(str(Path(__file__).parents[1] / "capture"))
sys.path.append(str(Path(__file__).parents[1] / "decode"))
from corpus import CASES  # noqa: E402
from happenings import interleaved, writes  # noqa: E402

STORED = Path(__file__).parents[1] / "decode" / "recordings" / "format-1.json.gz"
SHOWN = 14  # descriptors of one process that the picture has room for


def agrees(recording):
    """At every step the twin and the drawing say what `State` says, by this test's own count."""
    scene = descriptors(recording)
    again, called = replay(recording), names(recording)
    for number in range(len(again.steps)):
        state = again.state(number)
        expected, boxes = tell(state, called)
        assert sorted(twin_lines(scene, number)) == sorted(expected), f"step {number}"
        drawn = Counter(drawn_boxes(scene.film.at(number)))
        extra, lacking = list((drawn - boxes).elements()), list((boxes - drawn).elements())
        for box in extra:  # what is seldom seen may have lost its middle
            same = [other for other in lacking if all(map(shortened, box, other))]
            assert same, f"step {number}: {box} and not {lacking}"
            lacking.remove(same[0])
        assert not lacking, f"step {number}"
    return scene


def tell(state, called):
    """The lines on descriptors and open files, and the rows of text in boxes, from the tables alone."""
    rows = [(p.pid, fd, row) for p in state.processes.values() for fd, row in state.tables.get(p.table, {}).items()]
    lines, boxes, reached = [], Counter(), set()
    for pid in state.processes:
        own = sorted((fd, row) for owner, fd, row in rows if owner == pid)
        for fd, row in own[:SHOWN]:
            reached.add(row.open_file)
            mark = " (cloexec)" if row.cloexec else ""
            lines.append(f"  fd {fd}{mark} → {called.open_file(row.open_file)}")
            boxes[(str(fd), "cloexec" if row.cloexec else ("stdin", "stdout", "stderr", "")[min(fd, 3)])] += 1
        if len(own) > SHOWN:
            lines.append(f"  and {len(own) - SHOWN:,} descriptors more")
            boxes[(f"+{len(own) - SHOWN:,}", "more")] += 1
    for number in reached:
        file = state.open_files[number]
        refer = sum(row.open_file == number for _, _, row in rows)
        where = "no offset" if file.offset is None else f"offset {file.offset:,}"
        flags = "|".join(f for f in file.flags.split("|") if f not in ("O_LARGEFILE", "O_CLOEXEC"))
        inode = called.inode_now(state.inodes[file.inode])
        count = f"{refer} refer{'s' if refer == 1 else ''}"
        lines.append(f"{called.open_file(number)}: {flags}, {where}, {count} → {inode}")
        boxes[(f"{called.open_file(number)}: {count}", flags, where)] += 1
    return lines, boxes


def shortened(text, whole):
    """`text` is `whole`, or its beginning and its end."""
    head, dots, tail = text.partition("…")
    return text == whole or (dots and len(text) < len(whole) and whole.startswith(head) and whole.endswith(tail))


def twin_lines(scene, step):
    """The twin's lines that have to do with descriptors and open files."""
    return [line for line in scene.text(step).split("\n") if line.startswith(("  fd ", "  and ")) or " refer" in line]


def drawn_boxes(svg):
    """The rows of text in each box for a descriptor or an open file, as drawn."""
    for group in ElementTree.fromstring(svg).iter("g"):
        texts = tuple(text.text or "" for text in group.findall("text") if text.get("class") != "mark")
        shapes = {shape.get("class") for shape in group.findall("rect")}
        if "cell" in shapes or (len(texts) == 3 and texts[0].startswith("F")):
            yield texts


@pytest.mark.ptrace
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_agrees_with_the_model_on_the_corpus(case):
    agrees(case.record(limits=None, seconds=20))


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
    assert _fitted("x" * 50 + ".txt", 20) == "xxxxxxxxx…xxxxxx.txt"
    assert len(_fitted("abcdefgh", 5)) == 5
