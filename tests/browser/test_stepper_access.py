"""The stepper for everybody: by keyboard alone, read aloud, checked by axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import jupyter
from tests.browser.stepping import Reader, photograph, reading, visible_steps

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]


def test_the_order_of_the_tab_key_and_a_focus_that_can_be_seen(sharing: Reader) -> None:
    sharing.page.locator("body").focus()
    names = []
    for _ in range(40):
        sharing.page.keyboard.press("Tab")
        name, outline = sharing.page.evaluate("""() => {
          const one = document.activeElement, style = getComputedStyle(one);
          const name = one.getAttribute("aria-label") ?? one.textContent;
          const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
          return [one === document.body ? "" : name, seen]; }""")
        if not name or name in names[:1]:
            break
        assert outline, f"{name} has the focus, and nobody sees it"
        names.append(name)
    assert names[:7] == ["First step", "Previous step", "Play", "Next step", "Last step", "Step", "Options ▾"]
    assert names[7].startswith("Search the steps") and names[8] == "Present"
    assert [name for name in names if name.endswith("the picture")] == [
        "Source of sharing: the picture", "Descriptors of sharing: the picture",
        "Where are the bytes of sharing?: the picture", "Time in sharing, by order: the picture",
    ]  # fmt: skip
    assert "Steps" in names


def test_every_key(sharing: Reader, recordings: dict[str, Any]) -> None:
    steps = visible_steps(recordings["sharing"])
    sharing.root.focus()
    assert sharing.press("ArrowRight") == steps[1]
    assert sharing.press("ArrowDown") == steps[2]
    assert sharing.press("ArrowLeft") == steps[1]
    assert sharing.press("ArrowUp") == steps[0]
    assert sharing.press("PageDown") == steps[10]
    assert sharing.press("ArrowRight", "PageUp") == steps[1]
    assert sharing.press("End") == steps[-1]
    assert sharing.press("Home") == steps[0]
    sharing.press("/")
    assert sharing.root.get_by_role("searchbox").evaluate("one => one === document.activeElement")
    sharing.page.keyboard.type("f+-/ ")  # in the box these are letters
    assert sharing.root.get_by_role("searchbox").input_value() == "f+-/ "
    assert "lk-present" not in (sharing.root.get_attribute("class") or "")
    sharing.root.get_by_role("listbox").focus()
    assert sharing.press("ArrowDown", "ArrowDown") == steps[2]
    assert sharing.root.locator("[role=option][aria-selected=true]").count() == 1
    sharing.root.get_by_role("slider").focus()
    assert sharing.press("ArrowRight") == steps[3]


def test_each_step_is_announced_even_if_its_sentence_is_not_new(sharing: Reader) -> None:
    region = sharing.root.locator(".lk-sentence")
    assert region.get_attribute("role") == "status"
    said = set()
    for count in range(1, 12):
        said.add(region.text_content())
        assert len(said) == count
        sharing.forward()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["sharing", "compare", "loop"])
def test_axe_finds_nothing_serious(browser: Any, pages: dict[str, Path], name: str, dark: bool) -> None:
    with reading(browser, dark=dark, reduced_motion="reduce") as reader:
        reader.open(pages[name])
        reader.options()
        reader.press("End")
        reader.root.locator(".lk-words > summary").first.click()
        reader.search("write(")
        photograph(reader, f"stepper-{name}-{'dark' if dark else 'light'}")
        found = Axe().run(reader.page).response["violations"]
        serious = [
            (one["id"], node["html"], node["failureSummary"])
            for one in found if one["impact"] in ("serious", "critical") for node in one["nodes"]
        ]  # fmt: skip
        assert serious == []
