"""The stepper at every size: phone, projector, paper; and ten thousand events."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import labkit
from tests.browser import jupyter
from tests.browser.stepping import Reader, photograph, reading
from tests.decode.happenings import writes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]

EVENTS = 10_000


def test_a_step_moves_nothing_that_stands_below(browser: Any, pages: dict[str, Path]) -> None:
    for width in (1400, 390):
        with reading(browser, width=width) as reader:
            reader.open(pages["sharing"])
            tops = set()
            for _ in range(60):
                tops.add(reader.value("root => root.querySelector('.lk-panels').getBoundingClientRect().top + scrollY"))
                reader.root.evaluate("root => root.querySelector('[aria-label=\"Next step\"]').click()")
            assert len(tops) == 1, width


def test_larger_and_smaller_are_for_text_and_pictures(sharing: Reader) -> None:
    def sizes() -> list[float]:
        return list(
            sharing.value("""root => [parseFloat(getComputedStyle(root.querySelector(".lk-sentence")).fontSize),
          root.querySelector(".lk-panel-bytes svg").getBoundingClientRect().width,
          root.querySelector(".lk-row").getBoundingClientRect().height]""")
        )

    before = sizes()
    sharing.options()
    for _ in range(4):
        sharing.button("Larger").click()
    assert all(now > 1.2 * then for now, then in zip(sizes(), before, strict=True))
    sharing.root.focus()
    sharing.press("-", "-", "-", "-")
    assert sizes() == pytest.approx(before, rel=0.02)


def test_a_phone(browser: Any, pages: dict[str, Path]) -> None:
    for name in ("sharing", "compare"):
        with reading(browser, width=390, height=844, has_touch=True) as reader:
            reader.open(pages[name])
            reader.options()
            for _ in range(5):
                assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= 390
                reader.button("Next step").tap()
            small = reader.value("""root => [...root.querySelectorAll("button, select, input, summary, label")]
              .filter(one => one.checkVisibility() && !one.matches("label > input")).filter(one => {
                const { width, height } = one.getBoundingClientRect(); return width < 24 || height < 23.9; })
              .map(one => one.outerHTML)""")
            assert small == []
            spans = reader.value("""root => [...root.querySelectorAll(".lk-panel, .lk-list")]
              .filter(one => one.checkVisibility())
              .map(one => one.getBoundingClientRect()).map(box => [box.left, box.top, box.bottom])""")
            assert max(left for left, _, _ in spans) - min(left for left, _, _ in spans) < 2  # one column
            ordered = sorted((top, bottom) for _, top, bottom in spans)
            assert all(above[1] <= below[0] for above, below in zip(ordered, ordered[1:], strict=False))
            reader.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            step = reader.step
            reader.button("Next step").tap()  # still in reach
            assert reader.step != step
            box = reader.button("Next step").bounding_box()
            assert box and 0 <= box["y"] < 844
            photograph(reader, f"stepper-{name}-phone")


PLACE = """root => {
  const { left, top, right, bottom } = root.getBoundingClientRect();
  return [left, top, right, bottom]; }"""


@pytest.mark.parametrize("name", ["sharing", "compare"])
def test_presenting_fills_the_projector_and_everything_fits(browser: Any, pages: dict[str, Path], name: str) -> None:
    with reading(browser, 1920, 1080) as reader:
        reader.open(pages[name])
        plain = reader.value("root => parseFloat(getComputedStyle(root).fontSize)")
        reader.button("Present").click()
        reader.page.wait_for_function("() => document.querySelector('.lk-present')")
        reader.page.wait_for_function("() => document.fullscreenElement || document.querySelector(':popover-open')")
        assert reader.value(PLACE) == [0, 0, 1920, 1080]
        assert reader.value("root => parseFloat(getComputedStyle(root).fontSize)") > 1.2 * plain
        for _ in range(8):
            reader.press("PageDown")  # what remote controls send
            outside = reader.value("""root => [...root.querySelectorAll(".lk-panel, .lk-sentence, .lk-call, button")]
              .filter(one => one.checkVisibility()).filter(one => {
                const box = one.getBoundingClientRect();
                return box.left < 0 || box.top < 0 || box.right > 1920 || box.bottom > 1080; })
              .map(one => one.className)""")
            assert outside == []
            assert reader.value("root => root.scrollHeight <= root.clientHeight")
        photograph(reader, f"stepper-{name}-presenting", whole=False)
        reader.press("Escape")
        assert reader.root.get_attribute("class") == "lk lk-stepper"
        reader.page.wait_for_function("() => !document.fullscreenElement")
        assert reader.root.get_by_role("listbox").is_visible()
        assert reader.complaints == []


def test_presenting_without_full_screen_leaves_any_container(browser: Any, pages: dict[str, Path]) -> None:
    with reading(browser, 1920, 1080) as reader:
        reader.page.add_init_script(
            "Element.prototype.requestFullscreen = () => Promise.reject(new Error('not allowed'))"
        )
        reader.open(pages["caged"])
        step = reader.step
        reader.root.focus()
        reader.press("f")
        reader.page.wait_for_selector(":popover-open")
        assert reader.value(PLACE) == [0, 0, 1920, 1080]
        top = "() => document.elementFromPoint(1900, 1060).closest('.lk-stepper') !== null"
        assert reader.page.evaluate(top)
        assert reader.press("ArrowRight") > step  # the focus has come along
        reader.press("Escape")
        assert reader.page.locator(":popover-open").count() == 0 and reader.root.is_visible()
        assert reader.value(PLACE) != [0, 0, 1920, 1080]
        assert reader.complaints == []


def test_nothing_moves_for_those_who_ask_for_that(browser: Any, pages: dict[str, Path]) -> None:
    moving = {}
    for wish in ("reduce", "no-preference"):
        with reading(browser, reduced_motion=wish) as reader:
            reader.open(pages["sharing"])
            counts = []
            for _ in range(10):
                reader.forward()
                counts.append(reader.page.evaluate("document.getAnimations().length"))
            moving[wish] = sum(counts)
    assert moving["reduce"] == 0 < moving["no-preference"]


def test_it_prints_without_controls_and_uncut(sharing: Reader) -> None:
    sharing.page.emulate_media(media="print")
    assert not sharing.button("Next step").is_visible()
    assert sharing.root.locator(".lk-sentence").is_visible()
    cut = sharing.value("""root => [...root.querySelectorAll(".lk-screen")].filter(one => one.checkVisibility()
      && (one.clientHeight < one.scrollHeight - 1 || getComputedStyle(one).overflow !== "visible")).length""")
    assert cut == 0


def test_forced_colours_keep_what_is_chosen_visible(browser: Any, pages: dict[str, Path]) -> None:
    with reading(browser, forced_colors="active") as reader:
        reader.open(pages["sharing"], 40)
        style = reader.root.locator("[role=option][aria-selected=true]").evaluate(
            "one => getComputedStyle(one).outlineStyle"
        )
        assert style == "solid"
        photograph(reader, "stepper-sharing-forced-colours")


def test_ten_thousand_events_stay_fluid(
    browser: Any, tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = labkit.step(writes(EVENTS)).save(tmp_path / "long.html")
    with reading(browser) as reader:
        reader.page.goto(path.as_uri())
        reader.page.wait_for_selector(".lk-position")
        mounting = reader.page.evaluate("performance.now()")
        reader.search(f"step {EVENTS // 2}")  # in a fold, which opens
        assert reader.step == EVENTS // 2
        times = reader.value("""async root => {
          const next = root.querySelector('[aria-label="Next step"]'), times = [];
          for (let count = 0; count < 200; count += 1) {
            const before = performance.now();
            next.click();
            root.getBoundingClientRect(); // lays the page out
            times.push(performance.now() - before);
            if (count % 10 === 9) await new Promise(requestAnimationFrame);
          }
          return times; }""")
        assert reader.step == EVENTS // 2 + 200
        median, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        with capsys.disabled():
            print(f"\n{EVENTS:,} events: ready in {mounting:.0f} ms; a step {median:.1f} ms, 95 % in {late:.1f} ms")
        record_property("step_ms", median)
        # The target is 16 ms; other programs share these processors, so the median is held to five times the target.
        assert median < 80
        assert reader.complaints == []
