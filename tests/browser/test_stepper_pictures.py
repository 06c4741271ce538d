"""Every text in every picture of the stepper can be read: none overlaps another, leaves its box or the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import labkit
from tests.browser import jupyter
from tests.browser.overlaps import overlaps
from tests.browser.stepping import reading
from tests.capture.corpus import CASES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]

KINDS = (
    "dup_family", "names", "pass_descriptor", "pipe_exec", "stdio_buffers", "tcp_echo", "threads", "stopped",
    "sh: echo hello | tr a-z A-Z", "sh: for i in 1 2 3; do echo $i; done > out; cat < out",
)  # fmt: skip
STEPS = 24  # looked at of each recording, evenly spread, with the first and the last
PANELS = ("descriptors", "bytes", "time")
# A drawing at its own size, whatever the window: what shrinks to the page shrinks text and boxes alike.
FULL = ".lk-screen > svg.lk { width: calc(1px * var(--lk-width)) !important; }"


def test_the_measure_finds_what_is_wrong(browser: Any) -> None:
    texts = '<text x="20" y="40">one two three</text><text x="30" y="42">four</text><text x="380" y="90">cut off</text>'
    box = (
        '<g><rect class="box" x="10" y="100" width="90" height="30"/><text x="14" y="120">wider than its box</text></g>'
    )
    with reading(browser) as reader:
        reader.page.set_content(f'<svg viewBox="0 0 400 200" width="400">{texts}{box}</svg>')
        found = overlaps(reader.page.locator("svg"))
    assert sorted(found) == [
        "cut off: cut off", "leaves its box: wider than its box", "overlap: one two three | four",
    ]  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_no_text_overlaps_another_or_is_cut_off(browser: Any, tmp_path: Path, name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    recording = case.record(folder=tmp_path) if case.line else case.record(lines=True)
    page = labkit.step(recording).save(tmp_path / "page.html")
    with reading(browser, width=1600) as reader:
        reader.open(page)
        reader.page.add_style_tag(content=FULL)
        problems = set()
        highest = int(reader.root.get_by_role("slider").get_attribute("max") or 0)
        moves = sorted({round(number * highest / (STEPS - 1)) for number in range(STEPS)})
        for move in moves:
            reader.value("(root, move) => { const one = root.querySelector('input[type=range]');"
                         " one.value = move; one.dispatchEvent(new Event('input')); }", move)  # fmt: skip
            for panel in PANELS:
                svg = reader.picture(panel).locator("svg")
                problems |= {f"{panel}, step {reader.step}: {problem}" for problem in overlaps(svg)}
        assert sorted(problems) == []
        assert reader.complaints == []
