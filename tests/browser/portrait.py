"""Photographs a stepper page at one step: `python -m tests.browser.portrait PAGE.html OUT.png --at TEXT [--dark]`.

The page is one that `labkit record -o PAGE.html` or `labkit open -o PAGE.html` wrote; its search looks for TEXT.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.browser import jupyter


def main() -> int:
    """The command line; 1 if the page has no such step."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.portrait", description=str(__doc__).splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--at", default="", metavar="TEXT", help="go to the first step with this text in it")
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    with jupyter.chromium() as browser:
        page = browser.new_page(
            viewport={"width": 1400, "height": 1000}, color_scheme="dark" if options.dark else "light"
        )
        page.goto(options.page.resolve().as_uri())
        page.wait_for_selector(".lk-stepper")
        if options.at:
            search = page.locator("input[type=search]")
            search.fill(options.at)
            search.press("Enter")
            if options.at.lower() not in page.locator(".lk-now").inner_text().lower():
                print(f"no step of {options.page} has {options.at!r} in it", file=sys.stderr)
                return 1
            search.fill("")
            search.blur()
        page.screenshot(path=options.picture, full_page=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
