"""The gallery as it is cloned: only its first stepper brings style and script, and all step, wherever it is opened."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import jupyter

COURSE = Path(__file__).parents[2]
STORED = COURSE / "notebooks" / "gallery.ipynb"
STEPPERS = STORED.read_text().count('data-stepper=\\"')
FIRST_BAR = ".lk-bar[aria-label^=Step]"
DISPLAYS = "bars => bars.map(bar => getComputedStyle(bar).display)"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab that trusts the gallery, as after `make setup`."""
    course, scratch = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("lab")
    shutil.copy(STORED, course)
    env = {**os.environ, "JUPYTER_DATA_DIR": str(scratch / "DATA_DIR")}
    command = [sys.executable, "-m", "jupyter", "trust", str(course / STORED.name)]
    subprocess.run(command, env=env, check=True, capture_output=True)
    with jupyter.serving(course, scratch, scratch / "answers.json") as found:
        yield found


def steppers(page: Any) -> Any:
    """All steppers in the page, there and drawn in the look of the style."""
    page.wait_for_function(f"() => document.querySelectorAll('.lk-stepper').length === {STEPPERS}")
    styled = page.locator(FIRST_BAR).evaluate_all(DISPLAYS)
    assert styled == ["flex"] * STEPPERS
    return page.locator(".lk-stepper")


def test_all_step_in_jupyterlab_also_without_the_output_that_brought_the_code(browser: Any, address: str) -> None:
    with jupyter.opened(browser, address, STORED.name) as page:
        every = steppers(page)
        for number in range(STEPPERS):
            stepper = every.nth(number)
            before = stepper.locator(".lk-sentence").first.inner_text()
            stepper.get_by_role("button", name="Last step").click()
            assert stepper.locator(".lk-sentence").first.inner_text() != before
        page.evaluate(f"() => {{ {jupyter.CURRENT}.content.activeCellIndex = 3; }}")
        page.evaluate("async () => await window.jupyterapp.commands.execute('notebook:clear-cell-output')")
        page.wait_for_function(f"() => document.querySelectorAll('.lk-stepper').length === {STEPPERS - 1}")
        assert page.locator(FIRST_BAR).evaluate_all(DISPLAYS) == ["flex"] * (STEPPERS - 1)


def test_a_picture_is_saved_with_its_style_by_a_stepper_that_did_not_bring_it(
    browser: Any, address: str, tmp_path: Path
) -> None:
    with jupyter.opened(browser, address, STORED.name) as page:
        last = steppers(page).nth(STEPPERS - 1)
        with page.expect_download() as download:
            last.get_by_role("button", name="SVG").first.click()
        download.value.save_as(tmp_path / "picture.svg")
    text = (tmp_path / "picture.svg").read_text()
    assert text.startswith("<svg") and "--lk-ink" in text.partition("</style>")[0]


def test_all_step_in_an_exported_page_without_network(browser: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "--output-dir", str(tmp_path), str(STORED)]
    subprocess.run(command, check=True, capture_output=True)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "gallery.html").as_uri(), wait_until="domcontentloaded")
    every = steppers(page)
    every.nth(STEPPERS - 1).get_by_role("button", name="Next step").click()
    context.close()
