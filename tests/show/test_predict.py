"""Predictions: kept at once, there again in another kernel, set beside what happened."""

import subprocess
import sys

import pytest

from labkit.show import answers
from labkit.show.predict import predict

OPTIONS = ["at once", "after 1 s"]


@pytest.fixture(autouse=True)
def store(monkeypatch, tmp_path):
    path = tmp_path / "data" / "answers.json"
    monkeypatch.setenv("LABKIT_ANSWERS", str(path))
    return path


def choose(prediction, option):
    prediction.answer = option  # what a click on the radio button does


def test_no_answer_is_no_obstacle():
    prediction = predict("q", "When?", OPTIONS)
    outcome = prediction.beside("at once")
    assert prediction.answer == ""
    assert "not chosen yet" in outcome.value and "at once" in outcome.value
    assert repr(outcome) == "You predicted: -\nWhat happened: at once"


def test_an_answer_is_kept_and_found_by_another_process(store):
    choose(predict("q", "When?", OPTIONS), "after 1 s")
    code = "from labkit.show.predict import predict; print(predict('q', 'When?', ['at once', 'after 1 s']).answer)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "after 1 s"


def test_the_outcome_follows_an_answer_that_comes_late():
    prediction = predict("q", "When?", OPTIONS)
    outcome = prediction.beside("at once")
    choose(prediction, "after 1 s")
    assert "✗" in outcome.value and "it went differently" in outcome.value
    choose(prediction, "at once")
    assert "✓" in outcome.value and "as you said" in outcome.value


def test_an_answer_can_be_taken_back():
    prediction = predict("q", "When?", OPTIONS)
    choose(prediction, "at once")
    prediction.answer = ""
    assert prediction.answer == "" and answers.answer("q") is None


def test_an_answer_to_an_older_wording_is_not_shown():
    choose(predict("q", "When?", OPTIONS), "at once")
    assert predict("q", "When?", ["now", "later"]).answer == ""


def test_a_store_that_is_damaged_or_not_writable_is_said_and_no_obstacle(store):
    store.parent.mkdir()
    store.write_text("{ damaged")
    assert predict("q", "When?", OPTIONS).answer == ""
    store.unlink()
    store.parent.rmdir()
    store.parent.write_text("a file where the folder should be")
    prediction = predict("q", "When?", OPTIONS)
    choose(prediction, "at once")
    assert "cannot be written" in prediction.state and prediction.answer == "at once"


def test_questions_and_options_are_text():
    prediction = predict("q", "Is `<b>` bold? <script>", ["<i>yes</i>", "no"])
    page = prediction._repr_mimebundle_()[0]["text/html"]
    assert "<script>" not in page and "<i>yes" not in page and "<code>&lt;b&gt;</code>" in page
