"""Every text in every picture of the stepper can be read: none overlaps another, leaves its box or the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import labkit
from labkit.draw.connections.scene import worth_drawing
from tests.browser import jupyter
from tests.browser.overlaps import overlaps
from tests.browser.stepping import reading
from tests.capture.corpus import CASES
from tests.capture.scripts import PROGRAMS, interpreter, script

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
RANDOM = 4  # programs
SLIDE = """(root, move) => {
  const slider = root.querySelector("input[type=range]");
  slider.value = move;
  slider.dispatchEvent(new Event("input")); }"""
PANELS = ("descriptors", "connections", "bytes", "time")
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
    assert problems(browser, recording, tmp_path) == []


def test_nor_in_random_programs(browser: Any, tmp_path: Path) -> None:
    program = interpreter()

    @settings(max_examples=RANDOM, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(PROGRAMS)
    def check(steps: Any) -> None:
        recording = labkit.record(program, files={"script": script(steps), "one": b"1" * 300, "two": b""})
        assert problems(browser, recording, tmp_path) == []

    check()


def problems(browser: Any, recording: labkit.Recording, folder: Path) -> list[str]:
    """What cannot be read in the pictures of a recording, at steps spread over all of it."""
    page = labkit.step(recording).save(folder / "page.html")
    there = [name for name in PANELS if name != "connections" or worth_drawing(recording)]
    found = set()
    with reading(browser, width=1600) as reader:
        reader.open(page)
        reader.page.add_style_tag(content=FULL)
        highest = int(reader.root.get_by_role("slider").get_attribute("max") or 0)
        for move in sorted({round(number * highest / (STEPS - 1)) for number in range(STEPS)}):
            reader.value(SLIDE, move)
            for panel in there:
                found |= {
                    f"{panel}, step {reader.step}: {problem}"
                    for problem in overlaps(reader.picture(panel).locator("svg"))
                }
        assert reader.complaints == []
    return sorted(found)
