"""The stepper in a real browser: going through a recording, finding things, folds, two runs, files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import labkit
from tests.browser import jupyter
from tests.browser.stepping import Reader, reading, rows, visible_steps

pytestmark = [
    pytest.mark.browser,
    pytest.mark.ptrace,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]

DRAWN = """svg => [...svg.querySelectorAll("text")].filter(one => !one.closest(".gone")).map(one => one.textContent)"""
SVG = "{http://www.w3.org/2000/svg}"


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
            drawn = sharing.picture(name).locator("svg").evaluate(DRAWN)
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
  const list = root.querySelector(".lk-list");
  const row = document.getElementById(list.getAttribute("aria-activedescendant"));
  return list === document.activeElement ? row?.className : null; }"""


def test_a_jump_into_a_fold_opens_it(reader: Reader, pages: dict[str, Path]) -> None:
    loop = reader.open(pages["loop"])
    assert loop.search(f"step {loop.last // 2}") == loop.last // 2
    assert [row for row in rows(loop) if row.endswith(" more: fold")]


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
        shown = sharing.picture(name).locator("svg").evaluate(DRAWN)
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
