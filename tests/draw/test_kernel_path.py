"""The pictures of kernel paths: what is drawn, counted in the drawing and compared with the path, step by step."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import labkit
from labkit.cli import main
from labkit.decode.kernel_layers import layers
from labkit.decode.kernel_rules import FOLDED, POINT, levels
from labkit.decode.kernel_sleep import asleep, leaves, woken
from labkit.decode.provenance import MARK
from labkit.draw.kernel_path import followed
from labkit.draw.kernel_path.life_cycle import life_cycle
from labkit.draw.kernel_path.nodes import nodes
from labkit.draw.kernel_path.parting import paths
from labkit.draw.kernel_path.scene import path
from labkit.draw.picture import Picture
from labkit.errors import LabkitError
from tests.decode.kernel_graphs import NAMES, graph

each = pytest.mark.parametrize("name", NAMES)
SCENES = {name: path(graph(name)) for name in NAMES}


def groups(drawn: str) -> dict[str, list[ElementTree.Element]]:
    """The groups of a drawing that stand for a node, by the name in them."""
    found: dict[str, list[ElementTree.Element]] = {}
    for group in ElementTree.fromstring(drawn).iter("g"):
        title = group.find("title")
        if title is not None:
            found.setdefault(title.text or "", []).append(group)
    return found


def classes(drawn: str, name: str) -> list[str]:
    return [group.get("class", "") for group in groups(drawn).get(name, [])]


@each
def test_every_shown_function_is_there_once_a_lane_and_layer_and_nothing_else(name: str) -> None:
    made = graph(name)
    wanted = {
        (step.name.partition(".")[0], step.side, layer)
        for step, level, layer in zip(made.steps, levels(made), layers(made), strict=True)
        if level != FOLDED and step.name != "sched_switch"
    }
    drawn = groups(SCENES[name].film.at(-1))
    words = {"asleep", "runs again", "another's turn"}
    count = sum(len(found) for title, found in drawn.items() if title not in words)
    assert count == len(wanted) and {one for one, *_ in wanted} == set(drawn) - words
    assert ("asleep" in drawn) == any(leaves(made, step) == "asleep" for step in made.steps)


@each
def test_at_each_step_one_is_accented_what_was_come_to_is_plain_and_the_rest_pale(name: str) -> None:
    made = graph(name)
    film = SCENES[name].film
    shown = [number for number, level in enumerate(levels(made)) if level != FOLDED]
    seen: set[str] = set()
    for number in shown[:: max(1, len(shown) // 25)] + shown[-1:]:
        drawn = film.at(number)
        step = made.steps[number]
        now = [title for title, found in groups(drawn).items() for one in found if "now" in one.get("class", "")]
        assert len(now) == 1
        assert step.name.partition(".")[0] in ("sched_switch", now[0])
        seen = {
            one.name.partition(".")[0]
            for one, level in zip(made.steps[: number + 1], levels(made), strict=False)
            if level != FOLDED
        }
        for title, found in groups(drawn).items():
            pale = [one.get("class") == "past" for one in found]
            if title in ("asleep", "runs again"):
                continue
            assert all(pale) == (title not in seen), (number, title)


@each
def test_open_functions_are_those_that_have_not_returned(name: str) -> None:
    made = graph(name)
    film = SCENES[name].film
    for number in range(0, len(made.steps), max(1, len(made.steps) // 20)):
        step = made.steps[number]
        drawn = film.at(number)
        if step.tid != made.steps[0].tid or step.side != "call":
            continue
        inside: list[str] = []
        depth = step.depth
        for before in reversed(made.steps[:number]):
            if before.tid == step.tid and before.kind == "function" and before.depth < depth:
                depth = before.depth
                inside.append(before.name.partition(".")[0])
        told = {title for title in groups(drawn) if set(classes(drawn, title)) & {"open", "changed now"}}
        assert told - {step.name.partition(".")[0], "asleep", "runs again"} <= set(inside)
        hidden = {
            one.name.partition(".")[0] for one, level in zip(made.steps, levels(made), strict=True) if level == FOLDED
        }
        assert set(inside) - hidden <= told


@each
def test_the_process_is_hatched_while_it_sleeps_and_woken_by_an_arrow(name: str) -> None:
    made, film = graph(name), SCENES[name].film
    sleeping = asleep(made)
    wakings = [number for number, step in enumerate(made.steps) if woken(made, step)]
    for number in sorted({0, *wakings, *(n for n in range(len(made.steps)) if sleeping[n]), len(made.steps) - 1})[:40]:
        drawn = film.at(number)
        hatched = len(re.findall(r'fill="url\(#\w+-hatch\)"', drawn))
        assert hatched == (2 if sleeping[number] else 0), number
        dashed = len(re.findall(r'class="ink signal"', drawn))
        later = any(step.name == "process_one_work" for step in made.steps[: number + 1])
        assert dashed == (bool(wakings) and number >= wakings[0]) + later
        assert f"asleep in {made.call}" in SCENES[name].text(number) or not sleeping[number]


@each
def test_the_twin_says_at_each_step_where_it_is(name: str) -> None:
    made, scene = graph(name), SCENES[name]
    for number in range(0, len(made.steps), max(1, len(made.steps) // 15)):
        told = scene.text(number)
        assert f"now: {made.steps[number].name} (" in told
        assert not re.search(rf"\b{made.steps[0].tid}\b|\d\.\d\d", told)


@each
def test_no_box_lies_on_another_and_no_line_goes_through_a_name(name: str) -> None:
    drawn = ElementTree.fromstring(SCENES[name].film.at(-1))
    boxes = [
        tuple(float(rect.get(key, 0)) for key in ("x", "y", "width", "height"))
        for group in drawn.iter("g")
        if group.find("title") is not None
        for rect in group.findall("rect")[:1]
    ]
    assert len(boxes) == len(nodes(graph(name)).nodes)
    for number, (x, y, wide, high) in enumerate(boxes):
        for a, b, c, d in boxes[number + 1 :]:
            assert x + wide <= a or a + c <= x or y + high <= b or b + d <= y
    for line in drawn.iter("path"):
        if line.get("class", "").startswith("ink") and "tip" not in line.get("class", ""):
            for ax, ay, bx, by in _segments(line.get("d", "")):
                for x, y, wide, high in boxes:
                    through = min(ax, bx) < x + wide - 1 and max(ax, bx) > x + 1
                    across = min(ay, by) < y + high - 1 and max(ay, by) > y + 1
                    assert not (through and across), (line.get("d"), x, y)


def _segments(path: str) -> list[tuple[float, float, float, float]]:
    found = []
    x = y = 0.0
    for command, numbers in re.findall(r"([MHVv])([-\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        before = x, y
        if command == "M":
            x, y = values
            continue
        x, y = (values[0], y) if command == "H" else (x, values[0] if command == "V" else y + values[0])
        found.append((*before, x, y))
    return found


@each
def test_what_the_stepper_is_given_has_a_row_for_every_step_and_is_small(name: str) -> None:
    made = graph(name)
    given = followed.data(made, at=0, show=followed.PANELS, detail="everything", alone=True)
    (run,) = given["runs"]
    assert run["steps"] == len(made.steps)
    for column in ("rows", "who", "say", "whys", "hidden", "indents", "concerns", "events"):
        assert len(run[column]) == len(made.steps)
    assert run["hidden"].count(2) == sum(level == FOLDED for level in levels(made))
    assert run["hidden"].count(0) == sum(level == POINT for level in levels(made))
    assert len(json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()) < 400 << 10


def test_the_whole_page_of_the_cold_read_is_small_and_tells_its_points_without_a_script() -> None:
    page = labkit.step(graph("disk_numbers_cold"))._repr_html_()
    assert len(page.encode()) < 400 << 10
    assert page.count("<li value=") == sum(level == POINT for level in levels(graph("disk_numbers_cold")))
    assert "<script src" not in page and "http" not in page.replace("http://www.w3.org", "")


def test_it_is_the_same_each_time_and_says_what_is_not_there() -> None:
    made = graph("pipe")
    assert labkit.step(made)._repr_html_() == labkit.step(made)._repr_html_()
    assert repr(labkit.step(made)).startswith("read by one_read pipe\n  __x64_sys_read\n    ksys_read • system call")
    for wrong in (
        lambda: labkit.step(made, show=["bytes"]), lambda: labkit.step(made, at=99),
        lambda: labkit.step(made, detail="most"), lambda: labkit.picture(made, "bytes"),
        lambda: labkit.picture(made, at=0),
    ):  # fmt: skip
        with pytest.raises(LabkitError, match="There is no"):
            wrong()


def test_a_still_is_the_step_it_names() -> None:
    made = graph("disk_numbers_cold")
    at = next(number for number, step in enumerate(made.steps, 1) if step.name == "nvme_irq")
    picture = labkit.picture(made, at=at)
    assert isinstance(picture, Picture) and f"step {at}: nvme_irq" in picture.title
    assert classes(picture.svg, "nvme_irq") == ["changed now"] and classes(picture.svg, "bio_endio") == ["past"]


def test_the_comparison_has_every_stop_of_every_branch_and_a_column_each() -> None:
    graphs = {name: graph(name) for name in NAMES}
    picture = paths(graphs)
    drawn = ElementTree.fromstring(picture.svg)
    assert float(drawn.get("width", 0)) <= 1400
    boxes = [group for group in drawn.iter("g") if (rect := group.find("rect")) is not None and rect.get("class")]
    names = ["".join(text.text or "" for text in group.findall("text")) for group in boxes]
    told = re.sub(r"\(\d+ more\)|\[[^]]*\]|gives [\d, ]+", "", picture.text.split("\n", 1)[1])
    wanted = [one for line in told.splitlines() for one in re.findall(r"[\w.]+", line.rpartition(":")[2])]
    assert sorted(names) == sorted(wanted)
    assert picture.text.count("gives") == len(NAMES)
    for group in boxes:  # in its own column, or that of its group
        rect = group.find("rect")
        assert rect is not None
        assert float(rect.get("x", 0)) >= 0 and float(rect.get("x", 0)) + float(rect.get("width", 0)) <= 1400
    assert paths([graph("pipe"), graph("socket")]).text.count("read by one_read") == 2
    with pytest.raises(LabkitError, match="a label of its own"):
        paths([graph("pipe"), graph("pipe")])
    with pytest.raises(LabkitError, match="leave out"):
        paths(graphs, labels=["a"])


def test_the_life_cycle_greys_what_was_not_reached_and_fills_the_rest() -> None:
    picture = life_cycle(graph("disk_numbers"), graph("disk_numbers_cold"), labels=["cached", "cold"])
    drawn = ElementTree.fromstring(picture.svg)
    boxes = [group for group in drawn.iter("g") if group.find("rect") is not None]
    assert len(boxes) == 2 * 14
    grey = [group for group in boxes if "past" in group.get("class", "")]
    assert len(grey) == picture.text.count("not reached") == 9
    said = " ".join("".join(group.itertext()) for group in boxes)
    for word in ("nvme_queue_rq", "io_schedule", "__common_interrupt", "try_to_wake_up", "16 bytes"):
        assert word in said
    assert "top half" in picture.text and "Linux's own books" in picture.legend
    with pytest.raises(LabkitError, match="a label each"):
        life_cycle(graph("pipe"), labels=["a", "b"])
    with pytest.raises(LabkitError, match="one or more"):
        life_cycle()


def test_what_was_recorded_elsewhere_says_so_everywhere() -> None:
    made = {"kernel": "Linux 6.1.0-56", "machine": "x86_64", "libc": "in a box", "when": "2026-11-24T10:00:00"}
    here = replace(graph("pipe"), made=made)
    there = replace(here, made={**made, MARK: "yes"})
    line = "recorded on Linux 6.1, x86-64, in a box, 2026-11-24, not on this machine"
    for give in (
        lambda one: labkit.step(one), lambda one: labkit.picture(one), lambda one: labkit.life_cycle(one),
        lambda one: labkit.paths({"this": one, "that": graph("socket")}),
    ):  # fmt: skip
        assert line in repr(give(there)) and line in give(there)._repr_html_()
        assert line not in repr(give(here)) and line not in give(here)._repr_html_()


def test_the_command_line_shows_and_opens_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(labkit.save(graph("pipe"), tmp_path / "path.json"))
    assert main(["show", file]) == 0
    assert capsys.readouterr().out == repr(labkit.step(graph("pipe"))) + "\n"
    assert main(["open", file, "-o", str(tmp_path / "path.html")]) == 0
    assert "read by one_read pipe, step by step" in (tmp_path / "path.html").read_text()
    assert main(["open", file, file]) != 0
    assert "opens alone" in capsys.readouterr().err
