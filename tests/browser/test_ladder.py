"""The ladder as a browser draws it: every text can be read, in the light and in the dark."""

from pathlib import Path

import pytest

import labkit
from tests.browser import jupyter
from tests.browser.overlaps import overlaps

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "scripts", [("larwwx", "cwser"), ("larx", "cWx"), ("", "cxcxcxcx"), ("la" + 16 * "rw" + "x", "c" + 16 * "wr" + "x")]
)
def test_no_text_overlaps_another_or_is_cut_off(tmp_path, scripts, scheme):
    picture = labkit.ladder(labkit.record(TALK, scripts, in_turn=True)).save(tmp_path / "ladder.svg")
    with jupyter.chromium() as browser, browser.new_page(color_scheme=scheme) as page:
        page.set_content(picture.read_text())
        assert overlaps(page.locator("svg")) == []
