"""Where a reader was is kept: in a link, in the window; and two steppers in one page stay apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import jupyter
from tests.browser.stepping import Reader, reading, visible_steps

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]


def test_a_link_restores_a_step_and_a_changed_one_goes_there(sharing: Reader, recordings: dict[str, Any]) -> None:
    steps = visible_steps(recordings["sharing"])
    sharing.root.focus()
    sharing.press("PageDown", "ArrowRight")
    sharing.page.wait_for_function(f"() => location.hash === '#step={steps[11]}'")
    sharing.page.reload()
    sharing.page.wait_for_selector(".lk-position")
    assert sharing.step == steps[11]
    sharing.page.evaluate(f"location.hash = 'step={steps[3]}'")
    sharing.page.wait_for_function(
        f"() => document.querySelector('.lk-position').textContent.startsWith('step {steps[3]} ')"
    )
    sharing.options()
    sharing.button("Copy link").click()
    sharing.page.wait_for_function("() => document.querySelector('.lk-notice').textContent")
    assert sharing.notice.endswith(f"sharing.html#step={steps[3]}")


def test_a_link_into_a_comparison_restores_it(reader: Reader, pages: dict[str, Path]) -> None:
    reader.open(pages["compare"], 4)
    assert reader.step == 4 and reader.sentence(0) == "No step of this run matches."
    assert "write" in reader.text(".lk-call", 1)


def test_elsewhere_the_window_remembers(browser: Any, pages: dict[str, Path]) -> None:
    with reading(browser) as reader:
        reader.open(pages["two"])
        first, second = (Reader(reader.page, f".lk-stepper >> nth={number}") for number in (0, 1))
        first.forward()
        first.forward()
        there = first.step, second.step
        assert there[0] > there[1]
        reader.page.wait_for_function("() => sessionStorage.length === 1")
        reader.page.reload()
        reader.page.wait_for_selector(".lk-stepper >> nth=1")
        assert (first.step, second.step) == there
        assert "#" not in reader.page.url


def test_two_steppers_of_one_recording_are_two(browser: Any, pages: dict[str, Path]) -> None:
    with reading(browser) as reader:
        reader.open(pages["two"])
        first, second = (Reader(reader.page, f".lk-stepper >> nth={number}") for number in (0, 1))
        before = second.step
        first.forward()
        assert second.step == before < first.step
        twice = reader.page.evaluate("""() => {
          const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
          return ids.filter((id, number) => ids.indexOf(id) !== number); }""")
        assert twice == []
        lost = reader.page.evaluate("""() => [...document.querySelectorAll('[fill^="url(#"]')]
          .filter(one => !one.closest("svg").querySelector(one.getAttribute("fill").slice(4, -1))).length""")
        assert lost == 0
        assert reader.complaints == []
