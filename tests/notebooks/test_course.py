"""The course as a whole: the map and the table of cards are up to date, and every link between notebooks resolves."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from labkit.show import course, course_map
from labkit.show.syllabus import ABOUT, LECTURES
from tests.notebooks.reading import CELLS, NOTEBOOKS, THERE, each_notebook


def test_map_cards_and_navigation_are_as_the_command_writes_them() -> None:
    assert course_map.bound(NOTEBOOKS) == NOTEBOOKS, "run `make notebooks`: nobody writes them by hand"


def test_every_id_is_there_once() -> None:
    topics = [topic for lecture in LECTURES for topic in lecture.topics]
    cards = [name for lecture in LECTURES for name in lecture.cards]
    assert len(topics) == len(set(topics)) == 59
    assert sorted(cards) == sorted(ABOUT) and len(cards) == 15


def test_the_map_names_every_topic_once_and_links_those_that_are_taught() -> None:
    (table,) = [cell.source for cell in CELLS["00-start"] if "lecture-map" in cell.tags]
    rows = [line.split(" | ")[1].rstrip(" |") for line in table.splitlines()[2:]]
    named = [re.sub(r"\[([\w-]+)\]\([^)]*\)", r"\1", word) for row in rows for word in row.split(" · ")]
    assert named == [topic for lecture in LECTURES for topic in lecture.topics]
    linked = re.findall(r"\[([\w-]+)\]\([\w.-]+#", table)
    assert linked == [topic for lecture in THERE for topic in lecture.topics if topic in course.places(CELLS[lecture.stem], "topic")]


def test_tags_are_ids_of_their_own_lecture_and_no_other() -> None:
    for lecture in THERE:
        assert set(course.places(CELLS[lecture.stem], "topic")) <= set(lecture.topics)
        assert set(course.places(CELLS[lecture.stem], "misconception")) <= set(lecture.cards)


def test_predictions_have_names_of_their_own() -> None:
    """An answer is kept under the question's name: two questions of one name would share it."""
    asked = Counter(question.name for cells in CELLS.values() for question in course.questions(cells))
    assert [name for name, times in asked.items() if times > 1] == []
    assert asked


@each_notebook
def test_links_between_notebooks_resolve(stem: str) -> None:
    for cell in CELLS[stem]:
        if cell.kind == "markdown":
            for file, heading in re.findall(r"\]\(([\w.-]+\.ipynb)?(?:#([^)]+))?\)", cell.source):
                target = file.removesuffix(".ipynb") if file else stem
                assert target in CELLS, f"{file}: there is none"
                assert not heading or heading in headings(target), f"{file or stem} has no {heading}"


def headings(stem: str) -> list[str]:
    texts = [cell.source for cell in CELLS[stem] if cell.kind == "markdown"]
    return [course.anchor(found.strip()) for text in texts for found in re.findall(r"^#+ (.*)$", text, re.M)]


@each_notebook
def test_headings_that_are_linked_have_an_anchor_everywhere(stem: str) -> None:
    """JupyterLab, nbconvert and GitHub make anchors in different ways; of letters, digits, spaces and hyphens the same."""
    linked = [cell.heading[1] for cell in CELLS[stem] if cell.heading and (cell.tagged("topic") or cell.tagged("misconception"))]
    assert [text for text in linked if not re.fullmatch(r"[\w -]+", text)] == []
    assert len(set(headings(stem))) == len(headings(stem))


@pytest.mark.parametrize("left_out", [lecture.stem for lecture in THERE] or ["none"])
def test_any_subset_of_the_lectures_is_bound_without_a_dangling_link(left_out: str) -> None:
    fewer = course_map.bound({stem: notebook for stem, notebook in NOTEBOOKS.items() if stem != left_out})
    generated = [
        cell["source"]
        for notebook in fewer.values()
        for cell in notebook["cells"]
        if {"lecture-map", "cards"} & set(cell["metadata"].get("tags", [])) or course_map.HOME in "".join(cell["source"])
    ]
    navigation = [line for source in generated for line in source if course_map.HOME in line or line.startswith("| ")]
    assert navigation and not any(f"{left_out}.ipynb" in line for line in navigation)


def test_the_command_writes_only_what_changed_and_then_nothing(tmp_path, capsys) -> None:
    for stem in ("00-start", THERE[-1].stem):
        (tmp_path / f"{stem}.ipynb").write_text(json.dumps(NOTEBOOKS[stem]))
    raw = json.loads((tmp_path / f"{THERE[-1].stem}.ipynb").read_text())
    raw["cells"][0]["source"] = ["# A lecture without navigation"]
    (tmp_path / f"{THERE[-1].stem}.ipynb").write_text(json.dumps(raw))
    assert course_map.main([str(tmp_path)]) == 0
    assert THERE[-1].stem in capsys.readouterr().out
    written = json.loads((tmp_path / f"{THERE[-1].stem}.ipynb").read_text())
    assert course_map.HOME in "".join(written["cells"][0]["source"])
    outputs = [[cell["outputs"] for cell in one["cells"] if cell["cell_type"] == "code"] for one in (raw, written)]
    assert outputs[0] == outputs[1]
    assert course_map.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
