"""The stepper along kernel paths in a real browser: keys, three levels of detail, folds, and pictures one can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

import labkit
from labkit.decode.kernel_rules import FOLDED, POINT, levels
from labkit.decode.kernel_story import story
from tests.browser import jupyter
from tests.browser.overlaps import overlaps
from tests.browser.stepping import ARTEFACTS, Reader, photograph, reading, rows
from tests.decode.kernel_graphs import NAMES, graph

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]
COLD = "disk_numbers_cold"
FULL = ".lk-screen > svg.lk { width: calc(1px * var(--lk-width)) !important; }"  # at its own size, whatever the window
GO = """(root, move) => {
  const slider = root.querySelector("input[type=range]");
  slider.value = move;
  slider.dispatchEvent(new Event("input")); }"""


@pytest.fixture(scope="module")
def paths_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("paths")
    return {name: labkit.step(graph(name)).save(folder / f"{name}.html") for name in NAMES}


@pytest.fixture
def cold(browser: Any, paths_pages: dict[str, Path]) -> Iterator[Reader]:
    with reading(browser) as found:
        yield found.open(paths_pages[COLD])
        assert found.complaints == [] and all(one.startswith("file:") for one in found.asked)


def count(level: int) -> int:
    return sum(own <= level for own in levels(graph(COLD)))


def chosen(reader: Reader, detail: str) -> None:
    reader.root.get_by_label("Detail").select_option(label=detail)


def test_it_steps_as_everywhere_and_says_the_sentence_of_each_step(cold: Reader) -> None:
    told = story(graph(COLD))
    shown = [number for number, level in enumerate(levels(graph(COLD))) if level != FOLDED]
    assert cold.step == 1 and cold.last == len(told)
    for number in shown[1:6]:
        assert cold.forward() == number + 1
        assert cold.sentence() == told[number]
    cold.root.focus()
    assert cold.press("ArrowLeft") == shown[4] + 1
    assert cold.press("End") == shown[-1] + 1 and cold.sentence().endswith("read gives 16.")
    assert cold.press("Home") == 1
    assert cold.press("PageDown") == shown[10] + 1
    at = [step.name for step in graph(COLD).steps].index("nvme_irq")
    assert cold.search("nvme_irq") == at + 1
    current = cold.picture("path").locator("[class*=now] > title")
    assert current.count() == 1 and current.text_content() == "nvme_irq"
    cold.picture("path").locator("g", has=cold.page.locator("title", has_text="submit_bio")).first.click()
    assert graph(COLD).steps[cold.step - 1].name == "submit_bio"
    cold.options().get_by_label("Stop at").select_option(label="driver")
    places = [cold.forward() for _ in range(3)]
    assert all("nvme" in graph(COLD).steps[place - 1].name for place in places[:2])


def test_three_levels_of_detail_and_what_is_folded_can_be_unfolded(cold: Reader) -> None:
    def listed() -> tuple[int, int]:
        found = rows(cold)
        folds = sum(row.startswith(("⋯", "▾")) for row in found)
        return len(found) - folds, folds

    assert listed()[0] == count(FOLDED - 1) and listed()[1] > 0
    chosen(cold, "points of the lecture")
    assert listed()[0] == count(POINT) < count(FOLDED - 1)
    chosen(cold, "everything")
    assert listed() == (count(FOLDED), 0)
    chosen(cold, "shown")
    first = cold.root.locator(".lk-fold").first
    cold.value("root => { root.querySelector('.lk-list').scrollTop = 0; }")
    words = first.text_content() or ""
    hidden = next(number for number, level in enumerate(levels(graph(COLD))) if level == FOLDED)
    assert words.startswith("⋯ 7 steps: may this be done: security modules, accounting")
    first.click()
    assert listed()[0] == count(FOLDED - 1) + 7
    assert cold.search(f"step {hidden + 1}") == hidden + 1
    assert cold.sentence() == story(graph(COLD))[hidden]
    cold.root.locator(".lk-fold", has_text="▾").click()
    assert listed()[0] == count(FOLDED - 1)
    assert cold.search(f"step {count(FOLDED)}") == count(FOLDED)  # hidden in another fold, which opens


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_the_picture_can_be_read(
    browser: Any, paths_pages: dict[str, Path], name: str, dark: bool
) -> None:
    with reading(browser, dark=dark) as reader:
        reader.open(paths_pages[name])
        reader.page.add_style_tag(content=FULL)
        last = int(reader.value("root => root.querySelector('input[type=range]').max"))
        looked = sorted({round(last * part / 8) for part in range(9)}) if dark else sorted({0, last // 2, last})
        for move in looked:
            reader.root.evaluate(GO, move)
            assert overlaps(reader.picture("path").locator("svg")) == [], move
        if name in (COLD, "card", "terminal"):
            reader.root.evaluate(GO, round(last * 0.8))
            photograph(reader, f"kernel-{name}-{'dark' if dark else 'light'}")
        assert reader.complaints == []


def test_presenting_shows_all_of_it(browser: Any, paths_pages: dict[str, Path]) -> None:
    with reading(browser, 1920, 1080) as reader:
        reader.open(paths_pages[COLD])
        reader.button("Present").click()
        reader.page.wait_for_function("() => document.querySelector('.lk-present')")
        reader.page.wait_for_function("() => document.fullscreenElement || document.querySelector(':popover-open')")
        for _ in range(5):
            reader.press("PageDown")
        assert reader.root.get_by_role("listbox").is_visible()  # the tree beside it
        box = reader.picture("path").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 1920 and box["y"] + box["height"] <= 1080
        photograph(reader, "kernel-presenting", whole=False)
        assert reader.value("root => root.scrollHeight <= root.clientHeight")
        assert reader.complaints == []


def test_a_phone_and_a_step_that_moves_nothing_below(browser: Any, paths_pages: dict[str, Path]) -> None:
    for width in (1400, 390):
        with reading(browser, width=width) as reader:
            reader.open(paths_pages[COLD])
            tops = set()
            for _ in range(40):
                tops.add(reader.value("root => root.querySelector('.lk-panels').getBoundingClientRect().top + scrollY"))
                reader.root.evaluate("root => root.querySelector('[aria-label=\"Next step\"]').click()")
            assert len(tops) == 1, width
            assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_comparison_and_the_life_cycle_can_be_read(browser: Any, dark: bool) -> None:
    named = {
        "ext4, in the cache": "disk_numbers", "ext4, not in the cache": COLD, "/dev/zero": "dev_zero",
        "/dev/urandom": "dev_urandom", "pipe": "pipe", "terminal": "terminal", "socket": "socket", "our driver": "card",
    }  # fmt: skip
    pictures = {
        "paths": labkit.paths({label: graph(name) for label, name in named.items()}),
        "life": labkit.life_cycle(graph("disk_numbers"), graph(COLD)),
        "life-card": labkit.life_cycle(graph("card"), graph("socket"), labels=["our driver", "a socket"]),
    }
    with reading(browser, 1440, 900, dark) as reader:
        for name, picture in pictures.items():
            head = '<!DOCTYPE html><html lang="en"><meta name="color-scheme" content="light dark"><title>x</title>'
            reader.page.set_content(f"{head}<body>{picture._repr_html_()}</body>")
            drawing = reader.page.locator("svg").first
            assert overlaps(drawing) == [], name
            box = drawing.bounding_box()
            assert box and box["width"] <= 1400
            sizes = drawing.evaluate("""svg => [...svg.querySelectorAll("text")].filter(text => text.textContent.trim())
              .map(text => parseFloat(getComputedStyle(text).fontSize)
                * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)""")
            assert min(sizes) >= 12.5, name
            reader.page.screenshot(path=_artefact(f"kernel-{name}-{'dark' if dark else 'light'}"), full_page=True)


def _artefact(name: str) -> Path:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return ARTEFACTS / f"{name}.png"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, paths_pages: dict[str, Path], dark: bool) -> None:
    with reading(browser, dark=dark, reduced_motion="reduce") as reader:
        reader.open(paths_pages["card"])
        reader.options()
        reader.press("End")
        reader.root.locator(".lk-words > summary").first.click()
        found = Axe().run(reader.page).response["violations"]
        serious = [
            (one["id"], node["html"], node["failureSummary"])
            for one in found if one["impact"] in ("serious", "critical") for node in one["nodes"]
        ]  # fmt: skip
        assert serious == []
