"""The ladder as a browser draws it: every text can be read, in the light and in the dark, alone and in the stepper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import labkit
from tests.browser import jupyter
from tests.browser.overlaps import overlaps
from tests.browser.stepping import reading

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]
TALK = Path(__file__).parent.parent / "capture" / "programs" / "talk.c"
SLIDE = """(root, move) => {
  const slider = root.querySelector("input[type=range]");
  slider.value = move;
  slider.dispatchEvent(new Event("input")); }"""
FULL = ".lk-screen > svg.lk { width: calc(1px * var(--lk-width)) !important; }"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "scripts", [("larwwx", "cwser"), ("larx", "cWx"), ("", "cxcxcxcx"), ("la" + 16 * "rw" + "x", "c" + 16 * "wr" + "x")]
)
def test_no_text_overlaps_another_or_is_cut_off(
    browser: Any, tmp_path: Path, scripts: tuple[str, str], scheme: str
) -> None:
    picture = labkit.ladder(labkit.record(TALK, scripts, in_turn=True, wire=True)).save(tmp_path / "ladder.svg")
    with browser.new_page(color_scheme=scheme) as page:
        page.set_content(picture.read_text())
        assert overlaps(page.locator("svg")) == []


def test_nor_in_the_stepper_where_segments_appear_as_they_pass(browser: Any, tmp_path: Path) -> None:
    recording = labkit.record(TALK, ["larwwx", "cwser"], in_turn=True, wire=True)
    page = labkit.step(recording, show=["ladder"]).save(tmp_path / "page.html")
    arrows = []
    with reading(browser, width=1600) as reader:
        reader.open(page)
        reader.page.add_style_tag(content=FULL)
        highest = int(reader.root.get_by_role("slider").get_attribute("max") or 0)
        for move in range(0, highest + 1, 3):
            reader.value(SLIDE, move)
            drawing = reader.picture("ladder").locator("svg")
            assert overlaps(drawing) == []
            arrows.append(drawing.locator("path.inktip:visible").count())
        assert reader.complaints == []
    assert arrows[0] == 0 and arrows == sorted(arrows) and arrows[-1] >= 9
