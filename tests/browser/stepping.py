"""A reader of the stepper in a real browser: opens its page, presses what a person presses, reads what a person reads.

Knows the stepper's labels and class names, nothing of what is recorded.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

import labkit

SECONDS = 20
ARTEFACTS = Path(__file__).parents[2] / "artefacts"


class Reader:
    """One page with a stepper in it; `complaints` are the errors the page reported, `asked` the addresses it wanted."""

    def __init__(self, page: Page, root: str = ".lk-stepper") -> None:
        self.page = page
        self.root = page.locator(root).first
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: Path, step: int | None = None) -> Reader:
        self.page.goto(path.as_uri() + (f"#step={step}" if step else ""))
        self.page.wait_for_selector(".lk-stepper .lk-position")
        return self

    @property
    def step(self) -> int:
        return int(re.sub(r"step ([\d,]+) of .*", r"\1", self.text(".lk-position")).replace(",", ""))

    @property
    def last(self) -> int:
        return int(self.text(".lk-position").rpartition(" ")[2].replace(",", ""))

    def text(self, selector: str, number: int = 0) -> str:
        return self.root.locator(selector).nth(number).text_content() or ""

    def sentence(self, side: int = 0) -> str:
        return self.text(".lk-sentence > :last-child", side)

    @property
    def notice(self) -> str:
        return self.text(".lk-notice")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def forward(self) -> int:
        """Click on Next, also at the end, where it only says so."""
        return self._click("Next step")

    def back(self) -> int:
        """Click on Previous, also at the beginning."""
        return self._click("Previous step")

    def _click(self, name: str) -> int:
        found = self.button(name)
        found.click(force=found.get_attribute("aria-disabled") == "true")
        return self.step

    def press(self, *keys: str) -> int:
        for key in keys:
            self.page.keyboard.press(key)
        return self.step

    def search(self, words: str, *keys: str) -> int:
        self.root.get_by_role("searchbox").fill(words)
        self.root.get_by_role("searchbox").focus()
        return self.press(*(keys or ("Enter",)))

    def options(self) -> Locator:
        found = self.root.locator(".lk-options")
        if not found.is_visible():
            self.button("Options ▾").click()
        return found

    def toggle(self, words: str) -> None:
        self.options().get_by_label(words).click()

    def picture(self, name: str, side: int = 0) -> Locator:
        return self.root.locator(f".lk-panel-{name} .lk-screen").nth(side)

    def value(self, script: str, argument: Any = None) -> Any:
        """What a function of the stepper's element, in JavaScript, gives back."""
        return self.root.evaluate(script, argument)


@contextlib.contextmanager
def reading(
    browser: Browser, width: int = 1400, height: int = 1000, dark: bool = False, **more: Any
) -> Iterator[Reader]:
    """A reader with a browser window of their own, which has no network."""
    scheme: Any = "dark" if dark else "light"
    with browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **more) as context:
        context.set_default_timeout(SECONDS * 1000)
        context.set_offline(True)
        yield Reader(context.new_page())


def photograph(reader: Reader, name: str, whole: bool = True) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    reader.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=whole)


def rows(reader: Reader) -> list[str]:
    """The text of every row of the list of steps, scrolled through."""
    found = reader.value("""async root => {
      const list = root.querySelector(".lk-list"), found = new Map();
      for (let top = 0; top < list.scrollHeight; top += 100) {
        list.scrollTop = top;
        await new Promise(done => setTimeout(done, 30));
        for (const row of list.querySelectorAll(".lk-row")) found.set(Number(row.ariaPosInSet), row.textContent);
      }
      return [...found.entries()].sort((one, other) => one[0] - other[0]).map(entry => entry[1]); }""")
    return list(found)


def visible_steps(recording: labkit.Recording) -> list[int]:
    """The steps a reader goes through, counted from 1, by the text of the whole story."""
    return [int(line.split()[0]) for line in repr(labkit.step(recording)).splitlines() if re.match(r" *\d+  ", line)]
