"""The site in a real browser without a network: read, step, predict; turn all slides at two sizes of screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import labkit
from labkit.show.site.build import build
from tests.browser import jupyter
from tests.browser.stepping import Reader, photograph, reading, visible_steps

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SIZES = [(1280, 720), (1920, 1080)]
PROJECTED = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb")) if '"slide_type": "slide"' in path.read_text()]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the course's own notebooks, as they are stored."""
    folder = tmp_path_factory.mktemp("site")
    build(NOTEBOOKS, folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, recordings: Any) -> Path:
    """A lecture of five slides: a question and its outcome, a stepper, what is too high, what is too wide, an end."""

    def typed(kind: str) -> dict[str, Any]:
        return {"slideshow": {"slide_type": kind}}

    def shown(kind: str, source: str, page: str, text: str = "text") -> Any:
        outputs = [new_output("display_data", {"text/html": page, "text/plain": text})]
        return new_code_cell(source, outputs=outputs, metadata=typed(kind))

    wide = "<pre>" + "wide " * 400 + "</pre>"
    cells = [
        new_markdown_cell("# 03 File descriptors\n\nWhy.\n\n[start](00-start.ipynb)", metadata=typed("slide")),
        shown("fragment", 'g = labkit.predict("small", "One or two?", ["one", "two"])\ng', ""),
        shown("fragment", "g.beside(x)", "", "You predicted: -\nWhat happened: two"),
        new_markdown_cell("## A stepper", metadata=typed("slide")),
        shown("fragment", "labkit.step(run)", labkit.step(recordings["sharing"])._repr_html_()),
        new_markdown_cell(
            "### High\n\n" + "\n\n".join(f"Paragraph {n}." for n in range(40)), metadata=typed("subslide")
        ),
        shown("subslide", "wide", wide),
        new_markdown_cell("## The end", metadata=typed("slide")),
    ]
    folder = tmp_path_factory.mktemp("small")
    (folder / "in").mkdir()
    notebook = json.loads(nbformat.writes(new_notebook(cells=cells)))
    (folder / "in" / "03-file-descriptors.ipynb").write_text(json.dumps(notebook))
    build(folder / "in", folder / "site")
    return folder / "site"


@pytest.fixture
def guest(browser: Any, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A reader; afterwards, no page complained and nothing but files was asked for."""
    width, height = getattr(request, "param", SIZES[0])
    with reading(browser, width, height) as found:
        yield found
        assert found.complaints == []
        assert [url for url in found.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def slides_of(guest: Reader, path: Path) -> None:
    guest.page.goto(path.as_uri())
    guest.page.wait_for_function("window.Reveal && Reveal.isReady()")


def place(guest: Reader) -> list[int]:
    """Slide and fragment: number of slides past, and fragments shown on this one."""
    found: list[int] = guest.page.evaluate(
        "[Reveal.getSlidePastCount(), Reveal.getCurrentSlide().querySelectorAll('.fragment.visible').length]"
    )
    return found


def walk(guest: Reader) -> Iterator[int]:
    """Through all slides as one who presses the right arrow does, to the end of each."""
    total = guest.page.evaluate("Reveal.getTotalSlides()")
    for number in range(total):
        assert place(guest)[0] == number
        while guest.page.evaluate("Reveal.availableFragments().next"):
            guest.page.keyboard.press("ArrowRight")
        guest.page.wait_for_timeout(50)
        yield number
        guest.page.keyboard.press("ArrowRight")


CUT_OFF = """() => {
  const slide = Reveal.getCurrentSlide(), room = slide.getBoundingClientRect(), found = [];
  const screen = [room.left, room.top, room.width, room.height].join() === [0, 0, innerWidth, innerHeight].join();
  if (!screen) found.push("the slide is not the screen");
  if (slide.scrollWidth > slide.clientWidth) found.push("wider than the screen");
  if (!/auto|scroll/.test(getComputedStyle(slide).overflowY)) found.push("does not scroll");
  slide.scrollTop = slide.scrollHeight;
  const cells = [...slide.querySelectorAll(".jp-Cell")].filter((cell) => cell.offsetHeight);
  if (!cells.length) found.push("empty");
  else if (cells.at(-1).getBoundingClientRect().bottom > innerHeight) found.push("its end cannot be reached");
  for (const svg of slide.querySelectorAll(".lk-screen > svg, .lk-figure > svg")) {
    const box = svg.getBoundingClientRect();
    if (svg.checkVisibility() && (box.width < 40 || box.height < 20)) found.push("a picture has no size");
  }
  slide.scrollTop = 0;
  return found; }"""


def test_from_the_index_to_a_lecture_and_a_step(guest: Reader, site: Path) -> None:
    guest.page.goto((site / "index.html").as_uri())
    links = guest.page.locator("main a").evaluate_all("links => links.map(link => link.href)")
    assert links and all(Path(link.removeprefix("file://")).exists() for link in links)
    guest.page.get_by_role("link", name="04 Buffering and time", exact=True).click()
    assert guest.page.locator("h1").inner_text() == "04 Buffering and time"
    guest.page.get_by_role("link", name="What I/O really is").click()
    guest.page.get_by_role("link", name="Gallery").click()
    guest.page.wait_for_selector(".lk-stepper .lk-position")
    before = guest.step
    assert guest.forward() > before
    guest.root.focus()
    assert guest.press("ArrowLeft") == before


def test_every_link_between_pages_leads_somewhere(guest: Reader, site: Path) -> None:
    for path in sorted(site.glob("*.html")):
        guest.page.goto(path.as_uri())
        links = guest.page.locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        for link in links:
            file, _, name = link.partition("#")
            if "://" in file or name.startswith("/"):  # elsewhere, or a slide's own number
                continue
            target = site / (file or path.name)
            assert target.exists(), link
            assert not name or f'id="{name}"' in target.read_text(), f"{path.name} links to {link}"


def test_a_prediction_is_kept_and_told_beside_what_happened(guest: Reader, small: Path) -> None:
    for _ in range(2):  # the second time without choosing
        guest.page.goto((small / "03-file-descriptors.html").as_uri())
        told = guest.page.locator("details.outcome")
        assert told.get_attribute("open") is None and "two" not in told.inner_text()
        if not guest.page.get_by_role("radio", name="one").is_checked():
            told.locator("summary").click()
            assert "You predicted" not in told.inner_text()
            told.locator("summary").click()
            guest.page.get_by_role("radio", name="one").check()
        told.locator("summary").click()
        assert told.inner_text().split("\n")[-1].strip() == "✗ You predicted: one"


@pytest.mark.parametrize("guest", [(390, 800)], indirect=True)
def test_a_phone_shows_pages_without_scrolling_sideways(guest: Reader, site: Path) -> None:
    for path in sorted(site.glob("*.html")):
        if not path.name.endswith(".slides.html"):
            guest.page.goto(path.as_uri())
            guest.page.wait_for_timeout(200)
            assert guest.page.evaluate("document.documentElement.scrollWidth") <= 390, path.name


@pytest.mark.parametrize("dark", [False, True])
def test_colours_follow_the_readers_preference(browser: Any, small: Path, dark: bool) -> None:
    for name in ("index.html", "03-file-descriptors.html", "03-file-descriptors.slides.html"):
        with reading(browser, dark=dark) as found:
            found.page.goto((small / name).as_uri())
            found.page.wait_for_timeout(200)
            paper, ink = (
                sum(map(int, found.page.evaluate(f"getComputedStyle(document.body).{what}.match(/\\d+/g).slice(0, 3)")))
                for what in ("backgroundColor", "color")
            )
            assert (paper < 200 < 500 < ink) if dark else (ink < 200 < 500 < paper)


@pytest.mark.parametrize("guest", SIZES, indirect=True)
def test_slides_show_all_and_a_stepper_gets_its_size_when_it_is_shown(guest: Reader, small: Path) -> None:
    slides_of(guest, small / "03-file-descriptors.slides.html")
    found = {number: guest.page.evaluate(CUT_OFF) for number in walk(guest)}
    assert found == {number: [] for number in range(5)}
    guest.page.evaluate("Reveal.slide(1, 0)")
    guest.page.keyboard.press("ArrowRight")
    assert guest.root.is_visible() and guest.value("root => root.querySelector('.lk-now').style.minHeight") != ""
    width = guest.page.evaluate("innerWidth")
    size = guest.value("root => parseFloat(getComputedStyle(root).fontSize)")
    assert size == pytest.approx(0.9 * 15 * width / 960, abs=0.1), "big type for a big screen"
    photograph(guest, f"slide-{width}", whole=False)


def test_arrows_step_in_a_stepper_and_turn_slides_outside(
    guest: Reader, small: Path, recordings: dict[str, Any]
) -> None:
    slides_of(guest, small / "03-file-descriptors.slides.html")
    guest.page.evaluate("Reveal.slide(1, 0)")
    guest.page.keyboard.press("ArrowRight")
    assert place(guest) == [1, 1]
    steps = visible_steps(recordings["sharing"])
    guest.button("Next step").focus()
    for key, number in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("Home", 0), ("ArrowDown", 1)):
        assert guest.press(key) == steps[number] and place(guest) == [1, 1]
    guest.root.get_by_role("searchbox").focus()
    guest.page.keyboard.type("sbn")  # reveal.js's own keys
    assert place(guest) == [1, 1]
    guest.page.evaluate("document.activeElement.blur()")
    guest.page.keyboard.press("ArrowRight")
    assert place(guest)[0] == 2 and guest.step == steps[1]
    guest.page.keyboard.press("ArrowLeft")
    assert place(guest)[0] == 1


def test_the_keys_are_the_slides_again_after_a_turn(guest: Reader, small: Path) -> None:
    slides_of(guest, small / "03-file-descriptors.slides.html")
    guest.page.evaluate("Reveal.slide(1, 0)")
    guest.page.keyboard.press("ArrowRight")
    guest.button("Next step").click()
    guest.page.evaluate("Reveal.next()")  # as a lecturer's clicker or the arrow on the screen does
    assert guest.page.evaluate("document.activeElement === document.body")
    guest.page.keyboard.press("ArrowRight")
    assert place(guest)[0] == 3


def test_a_high_slide_scrolls_before_it_is_turned(guest: Reader, small: Path) -> None:
    slides_of(guest, small / "03-file-descriptors.slides.html")
    guest.page.evaluate("Reveal.slide(1, 1)")
    hint = guest.page.get_by_text("more below")
    hint.wait_for()
    presses = 0
    while place(guest)[0] == 2 and presses < 20:
        if guest.page.evaluate("(s => s.scrollTop + s.clientHeight < s.scrollHeight - 12)(Reveal.getCurrentSlide())"):
            assert hint.is_visible()
        guest.page.keyboard.press("ArrowDown")
        guest.page.wait_for_timeout(60)
        presses += 1
    assert 3 <= presses < 20 and place(guest)[0] == 3


def test_the_outcome_is_shown_by_the_click_that_brings_it(guest: Reader, small: Path) -> None:
    slides_of(guest, small / "03-file-descriptors.slides.html")
    told = guest.page.locator("details.outcome")
    guest.page.keyboard.press("ArrowRight")
    assert guest.page.locator("form.predict").is_visible() and not told.is_visible()
    guest.page.keyboard.press("ArrowRight")
    assert told.inner_text().split() == ["What", "happened", "two"]


@pytest.mark.parametrize("guest", SIZES, indirect=True)
@pytest.mark.parametrize("stem", PROJECTED)
def test_every_slide_of_every_lecture_fits_or_scrolls(guest: Reader, site: Path, stem: str) -> None:
    slides_of(guest, site / f"{stem}.slides.html")
    found = {number: guest.page.evaluate(CUT_OFF) for number in walk(guest)}
    assert found == dict.fromkeys(found, [])
    assert len(found) >= 5


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(browser: Any, small: Path, site: Path, dark: bool) -> None:
    pages = [site / "index.html", site / "00-start.html", *small.glob("03-*.html")]
    for path in pages:
        with reading(browser, dark=dark) as found:
            found.page.goto(path.as_uri())
            found.page.wait_for_timeout(300)
            wrong = Axe().run(found.page).response["violations"]
            assert [one["id"] for one in wrong if one["impact"] in ("serious", "critical")] == [], path.name
