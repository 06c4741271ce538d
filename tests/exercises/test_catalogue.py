"""What holds of every exercise; and what is said to those who ask for one that is not there."""

import re
from pathlib import Path

import pytest

import labkit
from labkit.exercises import progress
from labkit.exercises.catalogue import EXERCISES

KINDS = {"predict a trace", "put lines in order", "complete a program", "find and mend the fault"}


@pytest.mark.parametrize("lecture", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_lecture_has_all_four_kinds(lecture):
    of_lecture = [exercise for exercise in EXERCISES.values() if exercise.lecture == lecture]
    assert len(of_lecture) >= 5
    assert {exercise.kind for exercise in of_lecture} == KINDS


@pytest.mark.parametrize("name", EXERCISES)
def test_a_starter_compiles_without_warnings_and_is_not_the_answer(name):
    exercise = labkit.exercise(name)
    if exercise.driver is not None or exercise.order is not None:
        return  # is tried in the box, in its own tests
    if exercise.pieces is not None:
        assert not labkit.check(name, range(1, len(exercise.pieces.lines) + 1)).passed
        return
    flags = ["-Werror"] if exercise.kind != "complete a program" else []
    labkit.build(exercise.starter, flags=flags)
    if exercise.calls is None and exercise.results is None:
        assert not labkit.check(name, exercise.starter).passed


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_says_what_it_is(name):
    exercise = EXERCISES[name]
    assert exercise.name == name and exercise.question.endswith(".") and exercise.done.endswith(".")
    assert exercise.topics and all(re.fullmatch(r"[a-z0-9-]+", topic) for topic in exercise.topics)
    asked = (exercise.requirements, exercise.calls, exercise.results, exercise.order, exercise.driver)
    assert sum(bool(one) for one in asked) == 1


def test_the_topics_are_on_the_map():
    page = (Path(__file__).parents[2] / "notebooks" / "00-start.ipynb").read_text()
    topics = {topic for exercise in EXERCISES.values() for topic in exercise.topics}
    missing = {topic for topic in topics if not re.search(rf"(?<![\w-]){topic}(?![\w-])", page)}
    assert not missing, missing


def test_an_unknown_exercise():
    with pytest.raises(labkit.LabkitError, match="Did you mean 'copy-all'"):
        labkit.exercise("copy-al")


def test_a_number_is_no_program():
    with pytest.raises(labkit.LabkitError, match="asks for a program"):
        labkit.check("copy-all", [1, 2])


def test_progress_is_said_only_of_what_takes_its_time(monkeypatch):
    heard = []
    monkeypatch.setattr(progress, "_listener", heard.append)
    monkeypatch.setattr(progress, "AFTER", 1000.0)
    labkit.check("file-mode", EXERCISES["file-mode"].starter)
    assert heard == []
    monkeypatch.setattr(progress, "AFTER", 0.0)
    labkit.check("file-mode", EXERCISES["file-mode"].starter)
    assert heard == ["When there is no file note yet", ""]
