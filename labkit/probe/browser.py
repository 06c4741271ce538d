"""Tries a browser without a window: it opens a page of ours and runs the script in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from labkit.probe.entry import NotWorking

NAMES = ("chromium", "chromium-browser", "google-chrome")
PAGE = "<!doctype html><title>.</title><p id=p>not run</p><script>p.textContent = 6 * 7 + ' is the answer'</script>"


def run_a_page(home: Path) -> str:
    """Open a page and get it back as its own script left it."""
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    if chromium is None:
        raise NotWorking(f"no {', '.join(NAMES[:-1])} or {NAMES[-1]} on PATH")
    page = home / "page.html"
    page.write_text(PAGE)
    # No sandbox: it needs a user namespace, which is another row; the page is our own.
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={home}/profile",
    ]
    ran = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, env={**os.environ, "HOME": str(home)}
    )
    if "42 is the answer" not in ran.stdout:
        last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
        raise NotWorking(
            f"{Path(chromium).name} ended with {ran.returncode}, and the page's script did not run: {last}"
        )
    return "opened a page without a window, and its script ran"
