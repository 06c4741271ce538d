"""A real browser asks the course's web server for a page, its stylesheet and its image."""

from __future__ import annotations

import base64
from typing import Any

import pytest

import labkit

# a PNG of one green pixel (RFC 2083)
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgaGAAAAGCAIHlB7zPAAAAAElFTkSuQmCC")
SITE = {
    "index.html": (
        "<!DOCTYPE html><html lang='en'><title>A page</title><link rel='stylesheet' href='style.css'>"
        "<h1>Grüße</h1><img id='dot' src='img/dot.png' alt=''><script src='code.js'></script><a href='below/'>on</a>"
    ),
    "style.css": "h1 { color: rgb(1, 2, 3) }",
    "code.js": "document.title = 'The script ran';",
    "img/dot.png": PIXEL,
    "below/index.html": "<!DOCTYPE html><title>Below</title><p>the end</p>",
}

pytestmark = pytest.mark.browser


def test_a_page_with_its_style_image_and_script(browser: Any) -> None:
    with labkit.server("webserver", files=SITE) as site, browser.new_page() as page:
        answers: dict[str, tuple[int, str]] = {}
        page.on(
            "response",
            lambda got: answers.__setitem__(
                got.url.removeprefix(site.url), (got.status, got.headers.get("content-type", ""))
            ),
        )
        page.goto(site.url, wait_until="load")
        assert page.text_content("h1") == "Grüße" and page.title() == "The script ran"
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
        size = "[document.querySelector('#dot').naturalWidth, document.querySelector('#dot').complete]"
        assert page.evaluate(size) == [1, True]
        wanted = {
            "": (200, "text/html; charset=utf-8"),
            "style.css": (200, "text/css"),
            "code.js": (200, "text/javascript"),
            "img/dot.png": (200, "image/png"),
        }
        assert {name: answers[name] for name in wanted} == wanted
        page.click("a")
        page.wait_for_selector("p")
        assert (page.title(), page.text_content("p")) == ("Below", "the end")
        page.goto(f"{site.url}none")
        assert page.text_content("body") == "404 Not Found"
