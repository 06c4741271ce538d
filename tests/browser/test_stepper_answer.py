"""The stepper below a refused answer: a stretch of the recording, with the numbers of the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.draw.stepper import page
from labkit.exercises.catalogue import EXERCISES
from labkit.show.feedback import exercise_as_html, feedback_as_html
from labkit.show.stepper import excerpt
from tests.browser import jupyter
from tests.browser.stepping import Reader, photograph, reading, rows, visible_steps

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]
OPEN = ("source", "descriptors", "steps")
PAGE = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    "<body>{}</body></html>"
)


@pytest.fixture(scope="module")
def leak() -> labkit.Feedback:
    return labkit.check("no-leak", EXERCISES["no-leak"].starter)


@pytest.fixture(scope="module")
def notebook(leak: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page as a stored notebook is: two answers, style and script with the first only, and the exercise."""
    path = tmp_path_factory.mktemp("answer") / "notebook.html"
    other = labkit.check("file-mode", EXERCISES["file-mode"].starter)
    first, second = feedback_as_html(leak), feedback_as_html(other).replace(page.code(), "")
    path.write_text(PAGE.format(exercise_as_html(EXERCISES["no-leak"]) + first + second))
    return path


@pytest.fixture
def answer(browser: Any, notebook: Path) -> Iterator[Reader]:
    with reading(browser) as found:
        yield found.open(notebook)
        assert found.complaints == []


def test_it_opens_at_the_step_meant_and_counts_as_the_whole_does(answer: Reader, leak: Any) -> None:
    whole = stepped_count(leak.recording)
    assert (answer.step, answer.last) == (leak.step, whole)
    assert f"Look at step {leak.step} of your program" in answer.page.content()
    told = {
        int(line.split()[0]): line.split(None, 1)[1]
        for line in repr(labkit.step(leak.recording)).splitlines()[1:60]
        if re.match(r" *\d+  ", line)
    }
    assert answer.sentence() == told[leak.step]
    before = visible_steps(leak.recording)
    assert answer.back() == before[before.index(leak.step) - 1]


def stepped_count(recording: labkit.Recording) -> int:
    return int(re.search(r"of ([\d,]+) steps", repr(labkit.step(recording))).group(1).replace(",", ""))  # type: ignore[union-attr]


def test_its_list_and_search_know_the_steps_that_are_there(answer: Reader, leak: Any) -> None:
    only = excerpt(leak.recording, leak.step, OPEN).only
    assert only is not None and len(only) < stepped_count(leak.recording)
    assert [int(re.match(r"[\d,]+", row).group().replace(",", "")) for row in rows(answer)] == [
        step + 1 for step in only
    ]  # type: ignore[union-attr]
    assert answer.search(f"step {only[1] + 1}") == only[1] + 1
    answer.search(f"step {only[-1] + 2}")
    assert answer.notice == f"There is no step {only[-1] + 2} among those shown here."
    answer.button("Last step").click()
    assert answer.step == only[-1] + 1
    answer.button("First step").click()
    assert answer.step == only[0] + 1


def test_its_pictures_are_those_of_the_whole(answer: Reader, leak: Any) -> None:
    answer.root.locator(".lk-panel-descriptors .lk-words > summary").click()
    answer.page.wait_for_selector(".lk-panel-descriptors .lk-twin li")  # it is made when it is opened
    for _ in range(3):
        twin = [
            line
            for line in answer.root.locator(".lk-panel-descriptors .lk-twin li:not(.gone)").all_text_contents()
            if line
        ]
        assert twin == labkit.picture(leak.recording, "descriptors", at=answer.step).text.splitlines()[1:]
        answer.back()
    assert answer.root.locator(".lk-panel-time, .lk-panel-bytes").count() == 0


def test_the_second_answer_steps_with_the_code_of_the_first(answer: Reader) -> None:
    second = Reader(answer.page, ".lk-stepper >> nth=1")
    there = second.step
    assert second.root.locator(".lk-panel-source .row.now").count() == 1
    assert second.back() < there < second.forward() + 1
    assert second.root.locator(".lk-panel-source .row.now").count() == 1


def test_where_one_was_is_kept_by_its_number(answer: Reader) -> None:
    there = answer.back()
    answer.page.wait_for_function("() => sessionStorage.length === 1")
    answer.page.reload()
    answer.page.wait_for_selector(".lk-stepper .lk-position")
    assert answer.step == there


@pytest.mark.parametrize("dark", [False, True])
def test_it_looks_well(browser: Any, notebook: Path, dark: bool) -> None:
    with reading(browser, dark=dark) as reader:
        reader.open(notebook)
        start = reader.page.locator("details.lk-start")
        assert not start.locator("code").first.is_visible()
        photograph(reader, f"answer-{'dark' if dark else 'light'}")
        start.locator("summary").click()
        assert start.locator("code").first.is_visible()
        photograph(reader, f"answer-open-{'dark' if dark else 'light'}")
        assert reader.complaints == []
