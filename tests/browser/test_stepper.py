"""The stepper in a real browser: everything a reader can do with it, by mouse and by keyboard, at a desk and on a phone."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe

import labkit
from tests.browser import jupyter
from tests.browser.stepping import Reader, reading
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

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
SVG = "{http://www.w3.org/2000/svg}"
SHARING = """\
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int fd = open("shared.txt", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int copy = dup(fd);
    int ends[2];
    if (fd < 0 || copy < 0 || pipe(ends) < 0) return 1;
    printf("buffered ");
    if (fork() == 0) {
        char got[8];
        close(ends[1]);
        if (read(ends[0], got, sizeof got) < 0) return 1;
        if (write(copy, "child", 5) < 0) return 1;
        return 0;
    }
    close(ends[0]);
    if (write(ends[1], "go", 2) < 0) return 1;
    close(ends[1]);
    wait(NULL);
    return 0;
}
"""
LOOP = """\
#include <unistd.h>
int main(void) {
    for (int i = 0; i < 60; i++) {
        if (write(1, "x", 1) < 0) return 1;
        lseek(1, 0, SEEK_CUR);
    }
    return 0;
}
"""
EVENTS = 10_000


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, labkit.Recording]:
    folder = tmp_path_factory.mktemp("programs")
    made = {}
    for name, text in (("sharing", SHARING), ("loop", LOOP)):
        (folder / f"{name}.c").write_text(text)
        made[name] = labkit.record(str(folder / f"{name}.c"), lines=name == "sharing", stdout="file")
    for kind in ("pipe", "terminal"):
        made[kind] = labkit.record("newline", lines=True, stdout=kind)
    return made


@pytest.fixture(scope="module")
def pages(recordings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    steppers = {name: labkit.step(recordings[name]) for name in ("sharing", "loop")}
    steppers["compare"] = labkit.compare(recordings["pipe"], recordings["terminal"])
    made = {name: stepper.save(folder / f"{name}.html") for name, stepper in steppers.items()}
    made["two"] = folder / "two.html"
    once = steppers["sharing"]._repr_html_()
    made["two"].write_text(f'<!DOCTYPE html><html lang="en"><title>two</title><body>{once}<hr>{once}</body></html>')
    made["caged"] = folder / "caged.html"
    cage = "width:700px;height:400px;overflow:hidden;contain:layout paint;transform:translate(40px,60px)"
    made["caged"].write_text(f'<!DOCTYPE html><title>caged</title><body><div style="{cage}">{once}</div></body>')
    return made


@pytest.fixture
def reader(browser: Any) -> Iterator[Reader]:
    with reading(browser) as found:
        yield found
        assert found.complaints == []


@pytest.fixture
def sharing(reader: Reader, pages: dict[str, Path]) -> Reader:
    return reader.open(pages["sharing"])


def visible_steps(recording: labkit.Recording) -> list[int]:
    """The steps a reader goes through, counted from 1, by the text of the whole story."""
    return [int(line.split()[0]) for line in repr(labkit.step(recording)).splitlines() if re.match(r" *\d+  ", line)]


# ---- going through it


def test_every_step_forwards_and_back_says_what_the_text_says(sharing: Reader, recordings: dict[str, Any]) -> None:
    told = {
        int(line.split()[0]): line.split(None, 1)[1]
        for line in repr(labkit.step(recordings["sharing"])).splitlines()
        if re.match(r" *\d+  ", line)
    }
    there = []
    for _ in told:
        there.append((sharing.step, sharing.sentence()))
        sharing.forward()
    assert there == list(told.items())
    for step in reversed(told):
        assert (sharing.step, sharing.sentence()) == (step, told[step])
        sharing.back()


def test_pictures_and_their_twins_are_the_models_own(sharing: Reader, recordings: dict[str, Any]) -> None:
    for summary in sharing.root.locator(".lk-words > summary").all():
        summary.click()
    steps = visible_steps(recordings["sharing"])
    for step in steps[:: len(steps) // 8]:
        sharing.search(f"step {step}")
        for name in ("descriptors", "bytes", "time"):
            picture = labkit.picture(recordings["sharing"], name, at=step)
            lines = sharing.root.locator(f".lk-panel-{name} .lk-twin li:not(.gone)").all_text_contents()
            assert [line for line in lines if line] == picture.text.splitlines()[1:], (name, step)
            drawn = sharing.picture(name).locator("svg").evaluate(
                "svg => [...svg.querySelectorAll('text')].filter(one => !one.closest('.gone')).map(one => one.textContent)"
            )
            texts = ["".join(one.itertext()) for one in ElementTree.fromstring(picture.svg).iter("text")]
            assert sorted(filter(None, drawn)) == sorted(filter(None, texts)), (name, step)


def test_the_slider_goes_to_any_step(sharing: Reader, recordings: dict[str, Any]) -> None:
    steps = visible_steps(recordings["sharing"])
    sharing.root.get_by_role("slider").fill("5")
    assert sharing.step == steps[5]
    assert sharing.root.get_by_role("slider").get_attribute("aria-valuetext") == sharing.text(".lk-position")


def test_play_goes_on_and_stops_at_the_end(sharing: Reader) -> None:
    sharing.options().get_by_label("Speed").select_option("very fast")
    sharing.button("Last step").click()
    end = sharing.step
    sharing.press("ArrowLeft", "ArrowLeft")
    play = sharing.root.locator(".lk-play")
    play.click()
    assert play.get_attribute("aria-pressed") == "true"
    sharing.page.wait_for_function(
        "() => document.querySelector('.lk-play').getAttribute('aria-pressed') === 'false'", timeout=20_000
    )
    assert sharing.step == end


@pytest.mark.parametrize("how", ["a key", "a click", "a hidden tab", "Escape"])
def test_play_stops_when_the_reader_does_something(sharing: Reader, how: str) -> None:
    play = sharing.root.locator(".lk-play")
    sharing.root.focus()
    sharing.press("Space")
    assert play.get_attribute("aria-pressed") == "true"
    match how:
        case "a key":
            sharing.press("ArrowRight")
        case "a click":
            sharing.root.locator(".lk-row").nth(2).click()
        case "Escape":
            sharing.press("Escape")
        case _:
            sharing.page.evaluate(
                "Object.defineProperty(document, 'hidden', {value: true});"
                "document.dispatchEvent(new Event('visibilitychange'))"
            )
    assert play.get_attribute("aria-pressed") == "false"


def test_buttons_at_an_end_keep_the_focus_and_say_so(sharing: Reader) -> None:
    sharing.button("Last step").click()
    following = sharing.button("Next step")
    assert following.get_attribute("aria-disabled") == "true"
    following.focus()
    end = sharing.step
    assert sharing.press("Enter") == end
    assert following.evaluate("one => one === document.activeElement")
    assert "no later step" in sharing.notice


# ---- finding something


def test_search_goes_from_match_to_match_and_back(sharing: Reader) -> None:
    first = sharing.search("write(")
    assert "write(" in sharing.text(".lk-call")
    count = int(re.match(r"1 of (\d+) with", sharing.notice).group(1))  # type: ignore[union-attr]
    assert count == sum("write(" in row for row in rows(sharing))
    found = [first] + [sharing.press("Enter") for _ in range(count - 1)]
    assert len(set(found)) == count
    assert sharing.press("Enter") == first  # round again
    assert sharing.press("Shift+Enter") == found[-1]
    sharing.search("no such words anywhere")
    assert sharing.notice == "No step has “no such words anywhere”."


def rows(reader: Reader) -> list[str]:
    """The text of every row of the list of steps, scrolled through."""
    found = reader.value("""async root => {
      const list = root.querySelector(".lk-list"), found = new Map();
      for (let top = 0; top < list.scrollHeight; top += 100) {
        list.scrollTop = top;
        await new Promise(done => setTimeout(done, 30));
        for (const row of list.querySelectorAll(".lk-row")) found.set(Number(row.getAttribute("aria-posinset")), row.textContent);
      }
      return [...found.entries()].sort((one, other) => one[0] - other[0]).map(entry => entry[1]); }""")
    return list(found)


def test_jump_to_a_line_a_step_and_an_event(sharing: Reader, recordings: dict[str, Any]) -> None:
    sharing.search("line 20")
    assert sharing.text(".lk-panel-source [aria-current=step] > i") == "20"
    assert re.match(r"1 of \d+ with line 20", sharing.notice)
    sharing.search("line 999")
    assert sharing.notice == "No step has line 999."
    steps = visible_steps(recordings["sharing"])
    assert sharing.search(f"step {steps[7]}") == steps[7]
    event = next(event for event in recordings["sharing"].calls("pipe", "pipe2"))
    sharing.search(f"event {event.index}")
    assert sharing.text(".lk-call").split()[1].startswith("pipe")
    sharing.search("step 99999")
    assert sharing.notice == "There is no step 99,999."


def test_start_up_is_hidden_until_asked_for(sharing: Reader, recordings: dict[str, Any]) -> None:
    hidden = next(number for number in range(1, sharing.last) if number not in visible_steps(recordings["sharing"]))
    assert not any("ld.so.cache" in row for row in rows(sharing))
    step = sharing.press("ArrowRight", "ArrowRight")
    sharing.toggle("start-up steps")
    assert sharing.step == step  # one stays where one is
    assert any("ld.so.cache" in row for row in rows(sharing))
    assert len(rows(sharing)) == sharing.last
    sharing.toggle("start-up steps")
    assert not any("ld.so.cache" in row for row in rows(sharing))
    assert sharing.search(f"step {hidden}") == hidden  # a jump into it shows it
    assert sharing.options().get_by_label("start-up steps").is_checked()


def test_next_stops_at_what_is_followed_until_it_is_undone(sharing: Reader) -> None:
    menu = sharing.options().get_by_label("Stop at")
    choices = menu.locator("option").all_text_contents()
    kinds = ("P2", "fd 3 of P1", "pipe A", "stdout of P1", "sharing.c, line 20")
    for kind in kinds:
        assert kind in choices
    menu.select_option("P2")
    sharing.root.focus()
    sharing.press("Home")
    seen = []
    while not seen or seen[-1] != sharing.step:
        seen.append(sharing.step)
        assert len(seen) == 1 or "P2" in sharing.text(".lk-call") + sharing.sentence()
        sharing.forward()
    assert len(seen) > 4 and "No later step of P2" in sharing.notice
    chip = sharing.root.locator(".lk-chip")
    assert chip.text_content() == "only P2 ✕"
    chip.focus()
    sharing.press("Enter")
    assert not chip.is_visible() and menu.input_value() == "-1"
    assert sharing.button("Next step").evaluate("one => one === document.activeElement")  # not lost


@pytest.mark.parametrize(
    ("panel", "thing", "label"),
    [
        ("descriptors", ".item:not(.gone) > .box", "only P1 ✕"),
        ("descriptors", ".item:not(.gone) > .cell", "only fd 0 of P1 ✕"),
        ("descriptors", ".item:has-text('pipe A') > .box", "only pipe A ✕"),
        ("source", ".row:has(i:text-is('20'))", "only sharing.c, line 20 ✕"),
    ],
)
def test_a_click_on_a_thing_in_a_picture_follows_it(sharing: Reader, panel: str, thing: str, label: str) -> None:
    before = sharing.search("close(")
    found = sharing.picture(panel).locator(thing).first
    width = found.evaluate("one => one.getBoundingClientRect().width")
    found.click(position={"x": width / 2, "y": 6}, force=True)
    assert sharing.root.locator(".lk-chip").text_content() == label
    assert sharing.step > before or "No later step" in sharing.notice
    sharing.root.focus()
    sharing.press("Escape")
    assert not sharing.root.locator(".lk-chip").is_visible()


def test_a_click_on_a_bar_of_the_time_goes_to_its_step(sharing: Reader) -> None:
    bar = sharing.picture("time").locator("[data-go]").nth(3)
    step = int(bar.get_attribute("data-go") or "") + 1
    bar.locator("rect").first.click(force=True)
    assert sharing.step == step


# ---- folds


def test_a_fold_opens_and_closes_by_click_and_by_key(reader: Reader, pages: dict[str, Path]) -> None:
    loop = reader.open(pages["loop"])
    few = len(rows(loop))
    fold = loop.root.locator(".lk-fold")
    to_the_top(loop)
    assert "⋯ the same 2 steps" in fold.text_content() and fold.text_content().endswith("times more: unfold")
    times = int(re.search(r"(\d+) times", fold.text_content()).group(1))  # type: ignore[union-attr]
    fold.click()
    assert len(rows(loop)) == few + 2 * times
    to_the_top(loop)
    loop.root.locator(".lk-fold").click()
    assert len(rows(loop)) == few
    listbox = loop.root.get_by_role("listbox")
    listbox.focus()
    loop.press("Home")
    for _ in range(few):
        if "lk-fold" in (loop.value(ACTIVE) or ""):
            break
        loop.press("ArrowDown")
    else:
        raise AssertionError("the keyboard never came to the fold")
    step = loop.press("Enter")
    assert "lk-fold" in loop.value(ACTIVE) and loop.step == step
    assert len(rows(loop)) == few + 2 * times
    loop.press("Enter")
    assert len(rows(loop)) == few
    assert loop.press("ArrowDown") > step


def to_the_top(reader: Reader) -> None:
    reader.value("""async root => {
      root.querySelector(".lk-list").scrollTop = 0;
      await new Promise(done => setTimeout(done, 50)); }""")
    reader.root.locator(".lk-fold").wait_for()


ACTIVE = """root => {
  const list = root.querySelector(".lk-list"), row = document.getElementById(list.getAttribute("aria-activedescendant"));
  return list === document.activeElement ? row?.className : null; }"""


def test_a_jump_into_a_fold_opens_it(reader: Reader, pages: dict[str, Path]) -> None:
    loop = reader.open(pages["loop"])
    assert loop.search(f"step {loop.last // 2}") == loop.last // 2
    assert [row for row in rows(loop) if row.endswith(" more: fold")]


# ---- the keyboard alone


def test_the_order_of_the_tab_key_and_a_focus_that_can_be_seen(sharing: Reader) -> None:
    sharing.page.locator("body").focus()
    names = []
    for _ in range(40):
        sharing.page.keyboard.press("Tab")
        name, outline = sharing.page.evaluate("""() => {
          const one = document.activeElement, style = getComputedStyle(one);
          const name = one.getAttribute("aria-label") ?? one.textContent;
          return [one === document.body ? "" : name, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2]; }""")
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


# ---- sizes


def test_a_step_moves_nothing_that_stands_below(browser: Any, pages: dict[str, Path]) -> None:
    for width in (1400, 390):
        with reading(browser, width=width) as reader:
            reader.open(pages["sharing"])
            tops = set()
            for _ in range(60):
                tops.add(reader.value("root => root.querySelector('.lk-panels').getBoundingClientRect().top + scrollY"))
                tops.add(reader.value("root => root.querySelector('.lk-panels').getBoundingClientRect().top + scrollY"))
                reader.root.evaluate("root => root.querySelector('[aria-label=\"Next step\"]').click()")
            assert len(tops) == 1, width


def test_larger_and_smaller_are_for_text_and_pictures(sharing: Reader) -> None:
    def sizes() -> list[float]:
        return list(sharing.value("""root => [parseFloat(getComputedStyle(root.querySelector(".lk-sentence")).fontSize),
          root.querySelector(".lk-panel-bytes svg").getBoundingClientRect().width,
          root.querySelector(".lk-row").getBoundingClientRect().height]"""))

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
            spans = reader.value("""root => [...root.querySelectorAll(".lk-panel, .lk-list")].filter(one => one.checkVisibility())
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


def photograph(reader: Reader, name: str, whole: bool = True) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    reader.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=whole)


PLACE = """root => { const { left, top, right, bottom } = root.getBoundingClientRect(); return [left, top, right, bottom]; }"""


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
                return box.left < 0 || box.top < 0 || box.right > 1920 || box.bottom > 1080; }).map(one => one.className)""")
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
        reader.page.add_init_script("Element.prototype.requestFullscreen = () => Promise.reject(new Error('not allowed'))")
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
        style = reader.root.locator("[role=option][aria-selected=true]").evaluate("one => getComputedStyle(one).outlineStyle")
        assert style == "solid"
        photograph(reader, "stepper-sharing-forced-colours")


# ---- a place to come back to


def test_a_link_restores_a_step_and_a_changed_one_goes_there(sharing: Reader, recordings: dict[str, Any]) -> None:
    steps = visible_steps(recordings["sharing"])
    sharing.root.focus()
    sharing.press("PageDown", "ArrowRight")
    sharing.page.wait_for_function(f"() => location.hash === '#step={steps[11]}'")
    sharing.page.reload()
    sharing.page.wait_for_selector(".lk-position")
    assert sharing.step == steps[11]
    sharing.page.evaluate(f"location.hash = 'step={steps[3]}'")
    sharing.page.wait_for_function(f"() => document.querySelector('.lk-position').textContent.startsWith('step {steps[3]} ')")
    sharing.options()
    sharing.button("Copy link").click()
    sharing.page.wait_for_function("() => document.querySelector('.lk-notice').textContent")
    assert sharing.notice.endswith(f"sharing.html#step={steps[3]}")


def test_a_link_into_a_comparison_restores_it(reader: Reader, pages: dict[str, Path]) -> None:
    reader.open(pages["compare"], 4)
    assert reader.step == 4 and reader.sentence(0) == "No step of this run matches."
    assert "write" in reader.text(".lk-call", 1)


def test_elsewhere_the_window_remembers(browser: Any, pages: dict[str, Path]) -> None:
    with reading(browser) as reader:
        reader.open(pages["two"])
        first, second = (Reader(reader.page, f".lk-stepper >> nth={number}") for number in (0, 1))
        first.forward()
        first.forward()
        there = first.step, second.step
        assert there[0] > there[1]
        reader.page.wait_for_function("() => sessionStorage.length === 1")
        reader.page.reload()
        reader.page.wait_for_selector(".lk-stepper >> nth=1")
        assert (first.step, second.step) == there
        assert "#" not in reader.page.url


def test_two_steppers_of_one_recording_are_two(browser: Any, pages: dict[str, Path]) -> None:
    with reading(browser) as reader:
        reader.open(pages["two"])
        first, second = (Reader(reader.page, f".lk-stepper >> nth={number}") for number in (0, 1))
        before = second.step
        first.forward()
        assert second.step == before < first.step
        twice = reader.page.evaluate("""() => {
          const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
          return ids.filter((id, number) => ids.indexOf(id) !== number); }""")
        assert twice == []
        lost = reader.page.evaluate("""() => [...document.querySelectorAll('[fill^="url(#"]')]
          .filter(one => !one.closest("svg").querySelector(one.getAttribute("fill").slice(4, -1))).length""")
        assert lost == 0
        assert reader.complaints == []


# ---- two runs side by side


def test_both_sides_step_together_and_rows_say_where_they_differ(reader: Reader, pages: dict[str, Path]) -> None:
    compare = reader.open(pages["compare"])
    titles = compare.root.locator(".lk-side-title").all_text_contents()
    assert len(set(titles)) == 2
    words = [re.match(r"[\d,]+(both|left only|right only|differs)", row) for row in rows(compare)]
    assert all(words) and {word.group(1) for word in words if word} >= {"both", "left only", "right only"}
    for word in words:
        waits = [("lk-waits" in (side.get_attribute("class") or "")) for side in compare.root.locator(".lk-side").all()]
        assert waits == [word.group(1) == "right only", word.group(1) == "left only"]  # type: ignore[union-attr]
        compare.forward()
    compare.toggle("descriptors")
    assert compare.root.locator(".lk-panel-descriptors >> visible=true").count() == 0
    compare.toggle("time")
    assert compare.root.locator(".lk-panel-time svg >> visible=true").count() == 2


def test_following_works_on_both_sides(reader: Reader, pages: dict[str, Path]) -> None:
    compare = reader.open(pages["compare"])
    compare.options().get_by_label("Stop at").select_option("newline.c, line 7")
    compare.root.focus()
    compare.press("ArrowRight")
    assert compare.root.locator(".lk-panel-source .now > i").all_text_contents() == ["7", "7"]


# ---- files


def test_the_svg_button_gives_the_picture_as_a_file_of_its_own(sharing: Reader, browser: Any, tmp_path: Path) -> None:
    sharing.search("write(")
    for name in ("descriptors", "bytes", "time"):
        with sharing.page.expect_download() as download:
            sharing.root.locator(f".lk-panel-{name} .lk-small").click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert path.name == f"sharing-{name}-{sharing.step}.svg"
        text = path.read_text()
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg"
        texts = ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]
        shown = sharing.picture(name).locator("svg").evaluate(
            "svg => [...svg.querySelectorAll('text')].filter(one => !one.closest('.gone')).map(one => one.textContent)"
        )
        assert texts == shown and any(texts)
        assert not re.search(r"https?://(?!www\.w3\.org)|@import|href=\"[^#]", text)
        assert "undefined" not in text and "--lk-ink" in text and "lk-bar" not in text
        with reading(browser, dark=True) as other:
            other.page.goto(path.as_uri())
            fill = other.page.evaluate("getComputedStyle(document.querySelector('text')).fill")
            assert fill != "rgb(0, 0, 0)"  # what it would be without our style
            assert other.complaints == []
        sharing.page.bring_to_front()


@pytest.mark.parametrize("name", ["sharing", "compare", "two"])
def test_no_request_is_ever_made(browser: Any, pages: dict[str, Path], name: str) -> None:
    with reading(browser) as reader:
        reader.open(pages[name])
        for _ in range(5):
            reader.button("Next step").first.click()
        assert reader.asked == [pages[name].as_uri()]
        assert reader.complaints == []


# ---- for everybody


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


# ---- long recordings


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
            print(f"\n{EVENTS:,} events: page ready in {mounting:.0f} ms; a step {median:.1f} ms, 95 % within {late:.1f} ms")
        record_property("step_ms", median)
        # The target is 16 ms; other programs share these processors, so the median is held to five times the target.
        assert median < 80
        assert reader.complaints == []
