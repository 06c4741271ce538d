"""Answers in a notebook: the cause in words, the learner's own run at the step meant, the same bytes every time."""

import json
import re
from statistics import median
from types import SimpleNamespace

import pytest

import labkit
from labkit.draw.stepper import page
from labkit.exercises.catalogue import EXERCISES
from labkit.show import feedback as shown
from labkit.show.stepper import excerpt

STARTER = EXERCISES["file-mode"].starter


@pytest.fixture(scope="module")
def wrong():
    return labkit.check("file-mode", STARTER)


def test_the_text_names_cause_step_and_what_is_right_already(wrong):
    text = shown.feedback_as_text(wrong)
    assert text.startswith(
        "Not yet. When there is no file note yet, note is created with mode 0011, so that its owner may not read it."
    )
    assert "  ✓ leaves the line in note\n  ✗ gives the new file permissions\n" in text
    assert f"Look at step {wrong.step} of your program: labkit.step(feedback.recording, at=feedback.step)" in text


def test_the_page_steps_through_the_learners_own_run(wrong):
    html = shown.feedback_as_html(wrong)
    assert "✗ Not yet." in html and f"Look at step {wrong.step} of your program" in html
    assert excerpt(wrong.recording, wrong.step, ("source", "descriptors", "steps"))._repr_html_() in html
    assert re.search(r"Here are all its own steps. To see all \d+, with start-up: <code>feedback = labkit.check", html)


def test_of_a_long_recording_it_says_which_steps_are_there():
    html = shown.feedback_as_html(labkit.check("no-leak", EXERCISES["no-leak"].starter))
    assert re.search(r"Here are steps 1 to \d+. To see all \d+: <code>feedback = labkit.check", html)
    guess = labkit.check("lowest-free", "open = 3\nopen = 5")
    assert f"Look at step {guess.step} of the program" in shown.feedback_as_html(guess)
    assert f"Look at step {guess.step} of the program" in repr(guess)


def test_a_refused_answer_is_small_beside_the_code_that_a_notebook_stores_once():
    """Seven of them have room in a notebook, with all else that it holds."""
    answers = {
        name: labkit.check(name, one.starter)
        for name, one in EXERCISES.items()
        if one.starter
        and one.calls is None
        and one.driver is None
        and not any(need.when.timed for need in one.requirements)
    }
    answers["lowest-free"] = labkit.check("lowest-free", "open = 3\nopen = 5")
    sizes = {}
    for name, answer in answers.items():
        stored = json.dumps(shown.feedback_as_html(answer).replace(page.code(), ""), ensure_ascii=False)
        sizes[name] = len(stored.encode())
    assert len(sizes) >= 5
    assert median(sizes.values()) < 25 * 1024 and max(sizes.values()) < 48 * 1024, sizes


def test_the_same_again_is_the_same_page(wrong):
    again = labkit.check("file-mode", STARTER)
    assert again.recording is not wrong.recording
    assert shown.feedback_as_html(again) == shown.feedback_as_html(wrong)


def test_a_right_answer_has_no_step():
    right = labkit.check("redirect-both", [5, 7, 8, 1, 3, 2])
    html = shown.feedback_as_html(right)
    assert "✓ Done." in html and "step" not in html
    assert repr(right).startswith("Done. Both outputs")


def test_where_moments_matter_the_run_itself_is_shown():
    late = labkit.check("half-line-now", EXERCISES["half-line-now"].starter)
    assert "<svg" in shown.feedback_as_html(late) and late.recording is None
    assert "asleep in clock_nanosleep" in shown.feedback_as_text(late)


def test_what_a_learner_wrote_is_text():
    answer = labkit.check("lowest-free", "<script>alert(1)</script>")
    assert "<script>" not in shown.feedback_as_html(answer)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_shows_what_it_asks(name):
    exercise = labkit.exercise(name)
    text, html = shown.exercise_as_text(exercise), shown.exercise_as_html(exercise)
    assert exercise.question in text and f'labkit.check("{name}"' in text
    assert exercise.kind.capitalize() in html
    words = re.sub(r"<[^>]+>", "", html)
    if exercise.driver is None and exercise.order is None:  # those begin with a part of a driver, or with no program
        assert "main" in words or "execvp" in words
        # what the learner has in a cell of their own need not be read twice
        own = exercise.kind in ("complete a program", "find and mend the fault")
        assert ("<details" in html, "#include" in text) == (own, not own)


@pytest.mark.parametrize("somebody", [True, False])
def test_progress_is_shown_to_somebody_only(monkeypatch, somebody):
    said = []
    handle = SimpleNamespace(update=lambda line: said.append(line.data))
    monkeypatch.setattr(shown, "display", lambda line, display_id: said.append(line.data) or handle)
    told = shown.teller(SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=somebody)))
    for words in ("With <no> input", "When the device is full", ""):
        told(words)
    line = '<div class="lk">{} …</div>'.format
    assert said == ([line("With &lt;no&gt; input"), line("When the device is full"), ""] if somebody else [])
