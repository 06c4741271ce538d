"""A recording made elsewhere in a real browser: its head says so, also where it fills the screen, and what it saves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.decode.provenance import elsewhere, shown_instead
from labkit.draw.picture import Picture
from tests.browser import jupyter
from tests.browser.stepping import Reader
from tests.decode.happenings import interleaved

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]

THERE = shown_instead(
    replace(interleaved(), made={"kernel": "Linux 6.18.5", "machine": "x86_64", "when": "2026-11-24"})
)


def test_the_head_says_where_it_was_made_also_when_presented(reader: Reader, tmp_path: Path) -> None:
    reader.open(labkit.step(THERE).save(tmp_path / "page.html"))
    assert reader.text(".lk-head .lk-elsewhere") == elsewhere([THERE])
    assert reader.page.get_by_text("not on this machine").count() == 1
    reader.button("Present").click()
    assert reader.root.locator(".lk-head .lk-elsewhere").is_visible()
    with reader.page.expect_download() as download:
        reader.root.get_by_role("button", name="Save Descriptors").first.click()
    assert "-recorded-elsewhere-descriptors-" in download.value.suggested_filename


def test_a_recording_made_here_says_nothing(reader: Reader, tmp_path: Path) -> None:
    reader.open(labkit.step(interleaved()).save(tmp_path / "page.html"))
    assert reader.root.locator(".lk-elsewhere").count() == 0


LINE = """() => { const svg = document.documentElement, line = [...svg.querySelectorAll("text")].at(-1);
  const [box, page] = [line.getBoundingClientRect(), svg.getBoundingClientRect()];
  const above = [...svg.querySelectorAll("text")].slice(0, -1).map(one => one.getBoundingClientRect().bottom);
  return [line.textContent, box.bottom <= page.bottom && box.top >= Math.max(...above) && box.left >= 0]; }"""


def test_a_saved_picture_has_the_line_below_it(browser: Any, tmp_path: Path) -> None:
    for name in ("descriptors", "bytes", "time"):
        picture: Picture = labkit.picture(THERE, name)
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        page.goto(picture.save(tmp_path / f"{name}.svg").as_uri())
        assert page.evaluate(LINE) == [elsewhere([THERE]), True], name
        page.screenshot(path=tmp_path / f"{name}.png")
        page.close()
