"""The stepper where most people meet it: in JupyterLab, run, saved and opened again, and exported to a page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser import jupyter
from tests.browser.stepping import Reader, reading

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
CELLS = (
    "import labkit",
    "run = labkit.record('newline', lines=True)",
    "labkit.step(run)",
    "labkit.compare(run, labkit.record('newline', lines=True, stdout='terminal'))",
    "'the end'",
)
STEPPER = ".jp-OutputArea-output .lk-stepper"
SAVE = "async () => await window.jupyterapp.commands.execute('docmanager:save')"
NOTEBOOK = f"""() => {{
  const content = {jupyter.CURRENT}.content;
  const sources = content.widgets.map(cell => cell.model.sharedModel.source);
  return [content.widgets.length, content.activeCellIndex, sources]; }}"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for cell, name in zip(notebook.cells, "abcde", strict=True):
        cell["id"] = name
    nbformat.write(notebook, folder / "stepping.ipynb")
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def address(course: Path, scratch: Path, answers: Path) -> Iterator[str]:
    with jupyter.serving(course, scratch, answers) as found:
        yield found


@pytest.fixture(scope="module")
def saved(browser: Any, address: str, course: Path) -> Path:
    """The notebook, run and stepped in JupyterLab and saved; where it was made its outputs are trusted."""
    with jupyter.opened(browser, address, "stepping.ipynb") as page:
        assert jupyter.run_all(page) == []
        page.locator(STEPPER).nth(1).wait_for()
        reader = Reader(page, STEPPER)
        step = reader.step
        assert reader.forward() > step
        page.evaluate(SAVE)
    return course / "stepping.ipynb"


def test_it_steps_in_jupyterlab_and_keeps_its_keys(browser: Any, address: str, saved: Path) -> None:
    with jupyter.opened(browser, address, "stepping.ipynb") as page:
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.locator(STEPPER).nth(1).wait_for()
        reader = Reader(page, STEPPER)
        reader.root.scroll_into_view_if_needed()
        step = reader.step
        assert reader.forward() > step
        for code in (".lk-call", ".lk-row code", ".lk-source code"):  # JupyterLab has a look of its own for these
            clear = reader.root.locator(code).first.evaluate("one => getComputedStyle(one).backgroundColor")
            assert clear == "rgba(0, 0, 0, 0)", code
        before = page.evaluate(NOTEBOOK)
        after = reader.step
        for key in ("b", "a", "d", "d", "x", "z", "m", "0", "0", "j", "k"):
            page.keyboard.press(key)
        assert page.evaluate(NOTEBOOK) == before, "letters typed into the stepper changed the notebook"
        assert reader.step == after
        assert reader.press("ArrowDown") > after
        assert reader.press("ArrowUp", "ArrowUp") < after
        page.keyboard.press("Enter")  # presses the button that has the focus
        page.keyboard.press("Escape")
        page.keyboard.press("Shift+Enter")
        assert page.evaluate(NOTEBOOK) == before
        search = reader.root.get_by_role("searchbox")
        search.click()
        page.keyboard.type("dd write")
        assert search.input_value() == "dd write" and page.evaluate(NOTEBOOK) == before
        search.fill("write(")
        page.keyboard.press("Enter")
        assert "write(" in reader.text(".lk-call")
        page.keyboard.press("Escape")
        reader.root.locator(".lk-now").click()  # a click on no control gives it the keys, too
        step = reader.step
        assert reader.press("ArrowLeft") < step
        assert page.evaluate(NOTEBOOK)[0] == before[0]
        for dark in (False, True):
            jupyter.set_theme(page, dark=dark)
            step = reader.step
            assert reader.back() < step
            jupyter.photograph(page, ARTEFACTS, f"stepper-lab-{'dark' if dark else 'light'}")
        present(reader)
        assert said == []


def present(reader: Reader) -> None:
    """Fill the screen from within a cell, whatever contains it, and come back."""
    reader.page.set_viewport_size({"width": 1920, "height": 1080})
    reader.root.focus()
    reader.press("f")
    reader.page.wait_for_function("() => document.fullscreenElement || document.querySelector(':popover-open')")
    box = reader.root.bounding_box()
    assert box and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1920, 1080)
    corner = "() => document.elementFromPoint(1900, 1060).closest('.lk-stepper') !== null"
    assert reader.page.evaluate(corner)
    reader.page.screenshot(path=ARTEFACTS / "stepper-lab-presenting.png")
    reader.press("Escape")
    reader.page.wait_for_function("() => !document.querySelector('.lk-present')")
    reader.page.wait_for_function("() => !document.fullscreenElement")


def test_saved_and_opened_again_it_steps_without_running(
    browser: Any, address: str, saved: Path, scratch: Path
) -> None:
    """As for somebody who got the notebook from elsewhere, and trusts it."""
    env = os.environ | {f"JUPYTER_{name}": str(scratch / name) for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
    copy = saved.with_name("received.ipynb")
    notebook = nbformat.read(saved, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("trusted", None)
    nbformat.write(notebook, copy)
    subprocess.run(
        [sys.executable, "-m", "jupyter", "trust", copy.name], cwd=copy.parent, env=env, check=True, timeout=60
    )
    with jupyter.opened(browser, address, copy.name) as page:
        page.locator(STEPPER).nth(1).wait_for()
        assert page.evaluate(jupyter.PROBLEMS) == []
        for number in (0, 1):
            reader = Reader(page, f"{STEPPER} >> nth={number}")
            step = reader.step
            assert reader.forward() > step
            assert reader.root.locator(".lk-panel-descriptors svg").first.is_visible()
        counts = page.evaluate(
            f"() => {jupyter.CURRENT}.content.model.sharedModel.cells.map(cell => cell.execution_count)"
        )
        assert counts == [cell.execution_count for cell in notebook.cells]


def test_untrusted_it_still_tells_its_story(browser: Any, address: str, saved: Path) -> None:
    copy = saved.with_name("untrusted.ipynb")
    notebook = nbformat.read(saved, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("trusted", None)
        for output in cell.get("outputs", ()):
            output.get("metadata", {})["changed"] = True  # another signature: nobody trusted this one
    nbformat.write(notebook, copy)
    with jupyter.opened(browser, address, copy.name) as page:
        page.locator(".jp-OutputArea-output .lk-figure ol > li").first.wait_for()
        assert page.locator(STEPPER).count() == 0
        assert "line" in (page.locator(".jp-OutputArea-output .lk-figure ol").first.text_content() or "")


def test_exported_to_html_it_steps_without_a_network(browser: Any, saved: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(saved), "--output-dir", str(tmp_path)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    for dark in (False, True):
        with reading(browser, dark=dark) as reader:
            reader.page.goto((tmp_path / "stepping.html").as_uri(), wait_until="domcontentloaded")
            reader.page.locator(".lk-stepper").nth(1).wait_for()
            for number in (0, 1):
                one = Reader(reader.page, f".lk-stepper >> nth={number}")
                step = one.step
                assert one.forward() > step
                assert one.sentence()
            path = ARTEFACTS / f"stepper-exported-{'dark' if dark else 'light'}.png"
            reader.page.screenshot(path=path, full_page=True)
