"""A lecture whose file exists is complete: every topic and card, each with prediction, live run and outcome, and its end.

What a lecture still lacks is said by name, so that this list is what is left to do.
"""

from __future__ import annotations

import re

from labkit.show import course
from labkit.show.course import Cell
from labkit.show.course_map import HOME
from labkit.show.syllabus import Lecture
from tests.notebooks.reading import CELLS, each_card, each_lecture, each_topic


def named(lecture: Lecture, kind: str, name: str) -> int:
    """The number of the one cell that carries the tag."""
    where = course.places(CELLS[lecture.stem], kind).get(name, [])
    assert len(where) == 1, f"{lecture.stem} has {len(where)} cells tagged {kind}:{name}, and should have one"
    return where[0]


def tagged(lecture: Lecture, tag: str) -> Cell:
    found = [cell for cell in CELLS[lecture.stem] if tag in cell.tags]
    assert len(found) == 1, f"{lecture.stem} has {len(found)} cells tagged {tag}, and should have one"
    return found[0]


def runs_and_tells(cells: tuple[Cell, ...]) -> None:
    """A prediction, a live run with a stored output, and the outcome that equals one of the prediction's options."""
    questions = course.questions(cells)
    assert questions, "no prediction"
    assert [question for question in questions if question.happened not in question.options] == []
    live = course.live(cells)
    assert live, "no live run"
    first = next(number for number, cell in enumerate(cells) if cell is live[0])
    shown = [output for cell in cells[first:] if cell.kind == "code" for output in cell.outputs]
    assert any("text/html" in output.get("data", {}) for output in shown), "nothing is seen of the run"


@each_topic
def test_a_topic_has_a_section_with_prediction_live_run_and_outcome(lecture: Lecture, topic: str) -> None:
    start = named(lecture, "topic", topic)
    heading = CELLS[lecture.stem][start].heading
    assert heading and heading[0] == 2
    runs_and_tells(course.section(CELLS[lecture.stem], start))


@each_card
def test_a_card_has_claim_prediction_live_run_and_what_is_so(lecture: Lecture, name: str) -> None:
    start = named(lecture, "misconception", name)
    cells = course.card(CELLS[lecture.stem], start)
    heading = cells[0].heading
    assert heading and heading[1].startswith("Many believe")
    assert course.claim(cells[0])
    runs_and_tells(cells)
    assert any(cell.kind == "markdown" and cell.source.startswith("**What is so:**") for cell in cells)


@each_lecture
def test_it_begins_with_what_you_can_do_after_it(lecture: Lecture) -> None:
    first = CELLS[lecture.stem][0].source
    assert first.startswith(f"# {lecture.name}\n")
    _, said, after = first.partition("After this lecture you can")
    assert said and 3 <= len(re.findall(r"^[*-] ", after, re.M)) <= 6


@each_lecture
def test_navigation_is_at_the_beginning_and_alone_at_the_end(lecture: Lecture) -> None:
    first, last = CELLS[lecture.stem][0].source, CELLS[lecture.stem][-1].source
    assert HOME in first.splitlines()[-1]
    assert HOME in last and len(last.splitlines()) == 1


@each_lecture
def test_it_ends_with_summary_question_exercises_and_further_reading_in_this_order(lecture: Lecture) -> None:
    cells = CELLS[lecture.stem]
    ends = ["What to keep", "Two minutes to talk", "Exercises", "Further reading"]
    assert [cell.heading[1] for cell in cells if cell.heading and cell.heading[0] == 2][-4:] == ends
    for tag, heading in (("keep", ends[0]), ("peer", ends[1]), ("further", ends[3])):
        assert tagged(lecture, tag).source.startswith(f"## {heading}\n")
    assert re.search(r"\w\(\d\)", tagged(lecture, "further").source), "names no manual page"


@each_lecture
def test_the_peer_question_has_four_options_and_says_why_each_wrong_one_is_believed(lecture: Lecture) -> None:
    cells = CELLS[lecture.stem]
    start = next(number for number, cell in enumerate(cells) if "peer" in cell.tags)
    text = "\n".join(cell.source for cell in course.section(cells, start))
    asked, details, answer = text.partition("<details>")
    assert details and "<summary>Answer</summary>" in answer
    # Each on a line of its own also when it is shown: an item of a list, or a paragraph.
    assert re.findall(r"(?:^[*-] |\n\n)\**([A-D])[.:)*]", asked, re.M) == ["A", "B", "C", "D"]
    assert set(re.findall(r"\b([A-D])\b", answer)) == {"A", "B", "C", "D"}
