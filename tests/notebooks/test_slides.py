"""The slides of a lecture: every cell has its place, every topic and card is on them, and 20 minutes are enough."""

from __future__ import annotations

from labkit.show import course
from labkit.show.syllabus import Lecture
from tests.notebooks.reading import CELLS, each_lecture

TYPES = {"slide", "subslide", "fragment", "skip", "notes"}


@each_lecture
def test_every_cell_has_a_slide_type(lecture: Lecture) -> None:
    assert [number for number, cell in enumerate(CELLS[lecture.stem]) if cell.slide not in TYPES] == []


@each_lecture
def test_there_are_fifteen_to_thirty_slides(lecture: Lecture) -> None:
    assert 15 <= sum(cell.slide in ("slide", "subslide") for cell in CELLS[lecture.stem]) <= 30


@each_lecture
def test_every_topic_and_card_is_on_them_and_no_exercise(lecture: Lecture) -> None:
    cells = CELLS[lecture.stem]
    shown = [cell for cell in cells if cell.slide in ("slide", "subslide", "fragment")]
    assert [topic for topic in lecture.topics if topic not in course.places(shown, "topic")] == []
    assert [name for name in lecture.cards if name not in course.places(shown, "misconception")] == []
    assert course.places(shown, "exercise") == {}
    assert cells[0].slide == "slide"


@each_lecture
def test_every_run_that_is_predicted_on_a_slide_is_seen_on_one(lecture: Lecture) -> None:
    shown = [cell for cell in CELLS[lecture.stem] if cell.slide in ("slide", "subslide", "fragment")]
    assert course.live(shown)
    assert [question.name for question in course.questions(shown) if not question.happened] == []
