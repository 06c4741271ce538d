"""What a learner does, in a real JupyterLab: open a notebook, Run All, predict, come back, turn the lights off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import jupyter

COURSE = Path(__file__).parents[2]
PICTURES = COURSE / "artefacts"
NOTEBOOKS = sorted(path.stem for path in (COURSE / "notebooks").glob("*.ipynb"))
CHOICE = ".labkit-predict input[type=radio]"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS[:1] == ["00-start"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_in_both_themes(name: str, browser: Any, address: str) -> None:
    said: list[str] = []
    with jupyter.opened(browser, address, f"notebooks/{name}.ipynb") as page:
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        assert jupyter.run_all(page) == []
        assert jupyter.pop_ups(page) == []
        for dark in (False, True):
            jupyter.set_theme(page, dark=dark)
            assert jupyter.photograph(page, PICTURES, f"{name}-{'dark' if dark else 'light'}")
        jupyter.set_theme(page, dark=False)
        assert page.get_by_text("Error displaying widget").count() == 0
        assert jupyter.pop_ups(page) == []
    assert said == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_prediction_is_kept_for_the_next_day(name: str, browser: Any, address: str, answers: Path) -> None:
    answers.unlink(missing_ok=True)
    notebook = f"notebooks/{name}.ipynb"
    with jupyter.opened(browser, address, notebook) as page:
        if not jupyter.run_through(page, "labkit.predict("):
            pytest.skip(f"{name} asks for no prediction")
        page.locator(CHOICE).nth(1).scroll_into_view_if_needed()
        assert page.locator(f"{CHOICE}:checked").count() == 0
        page.locator(CHOICE).nth(1).check()
        page.wait_for_function(jupyter.IDLE)
    assert answers.is_file()
    with jupyter.opened(browser, address, notebook) as page:  # in a fresh kernel
        jupyter.run_through(page, "labkit.predict(")
        page.locator(CHOICE).nth(1).scroll_into_view_if_needed()
        assert [box.is_checked() for box in page.locator(CHOICE).all()[:2]] == [False, True]
