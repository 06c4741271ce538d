"""A real JupyterLab in a real browser: serve a folder, open a notebook, run it all, look at it, photograph it.

Knows JupyterLab's commands and class names, nothing of what the course's notebooks contain.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from labkit.kernel_box import machine

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",  # the sandbox needs user namespaces or root's help; only our own pages are opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 60
CURRENT = "window.jupyterapp.shell.currentWidget"
IDLE = """() => {
  const kernel = window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel;
  return !!kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle'; }"""
# The promise of run-all-cells is kept when the run is over, also after an error; prompts cannot be waited for, because
# the stored ones are there at once.
RUN_ALL = """async () => {
  await window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs');
  await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"""
RUN_THROUGH = f"""async text => {{
  const content = {CURRENT}.content;
  const found = content.widgets.findIndex(cell => cell.model.sharedModel.source.includes(text));
  if (found < 0) return false;
  content.activeCellIndex = found + 1;
  await window.jupyterapp.commands.execute('notebook:run-all-above');
  return true; }}"""
CHANGE_THEME = "async name => await window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
PROBLEMS = f"""() => [...{CURRENT}.content.model.sharedModel.cells].flatMap((cell, index) => {{
  if (cell.cell_type !== 'code') return [];
  const meant = (cell.getMetadata('tags') || []).includes('raises-exception');
  const errors = cell.toJSON().outputs.filter(output => output.output_type === 'error' && !meant);
  const unrun = cell.source.trim() && cell.execution_count === null;
  return [...errors.map(error => `cell ${{index + 1}}: ${{error.ename}}: ${{error.evalue}}`),
          ...(unrun ? [`cell ${{index + 1}} was not run`] : [])]; }})"""


def random_port() -> int:
    """A port that is free now, unlike the first free one also a moment later: two tests rarely pick the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(course: Path, scratch: Path, answers: Path) -> Iterator[str]:
    """The base address, ending in `?token=…`, of a JupyterLab that serves `course` with settings of its own."""
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        env[f"JUPYTER_{name}"] = str(scratch / name)
    for name in ("SETTINGS_DIR", "WORKSPACES_DIR"):
        env[f"JUPYTERLAB_{name}"] = str(scratch / name)
    env |= {"LABKIT_ANSWERS": str(answers), "IPYTHONDIR": str(scratch / "ipython")}
    more = ["--LabApp.expose_app_in_browser=True"]  # window.jupyterapp
    code = (
        "from pathlib import Path; from labkit.show import serve; "
        f"serve.serve({random_port()}, False, Path({str(course)!r}), {more})"
    )
    with (
        (scratch / "server.log").open("w") as log,
        subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, stderr=log) as server,
    ):
        try:
            assert server.stdout is not None
            said = server.stdout.readline().decode()
            address = re.search(r"http://\S+", said)
            assert address, said + (scratch / "server.log").read_text()
            yield address.group()
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(20)
            server.kill()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def opened(browser: Browser, address: str, notebook: str, dark: bool = False) -> Iterator[Page]:
    """A page with `notebook` (its path in the course) open in a fresh kernel, which ends with it."""
    parts = urlsplit(address)
    with browser.new_page(viewport={"width": 1400, "height": 1000}) as page:
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{parts.scheme}://{parts.netloc}/lab/workspaces/test/tree/{notebook}?reset&{parts.query}")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function(IDLE)
        page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        if dark:
            set_theme(page, dark=True)
        try:
            yield page
        finally:
            page.evaluate(f"async () => await {CURRENT}.sessionContext.shutdown()")
            _clear_boxes()


def _clear_boxes() -> None:
    """What the box of a kernel that was ended at once has left, the next box removes; here there is none that does."""
    until = time.monotonic() + 10
    while list(Path(tempfile.gettempdir()).glob("labkit-box-*")) and time.monotonic() < until:
        machine.sweep()
        time.sleep(0.05)


def set_theme(page: Page, dark: bool) -> None:
    """Change to JupyterLab's dark or light theme and wait until it is on."""
    name = "JupyterLab Dark" if dark else "JupyterLab Light"
    page.evaluate(CHANGE_THEME, name)
    page.wait_for_selector(f"body[data-jp-theme-light={str(not dark).lower()}]", state="attached")


def run_all(page: Page) -> list[str]:
    """Run every cell; returns what went wrong: errors that were not meant, and cells that were not run."""
    page.evaluate(RUN_ALL)
    problems: list[str] = page.evaluate(PROBLEMS)
    return problems


def run_through(page: Page, text: str) -> bool:
    """Run the cells up to and with the first whose source holds `text`; False if there is none."""
    return bool(page.evaluate(RUN_THROUGH, text))


def photograph(page: Page, folder: Path, name: str) -> list[Path]:
    """Pictures of the whole notebook, a screenful each, as `folder/name-01.png` and on."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}-[0-9][0-9].png"):
        old.unlink()
    scroller = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")
    taken: list[Path] = []
    top = 0
    while True:
        # Cells off the screen get their true height only when scrolled to, so the end is asked for at each step.
        total, height = scroller.evaluate(
            "async (el, top) => { el.scrollTop = top; await new Promise(done => setTimeout(done, 150));"
            " return [el.scrollHeight, el.clientHeight]; }",
            top,
        )
        taken.append(folder / f"{name}-{len(taken) + 1:02d}.png")
        page.screenshot(path=taken[-1])
        if top + height >= total:
            return taken
        top += height - 60


def pop_ups(page: Page) -> list[str]:
    """What JupyterLab shows unasked: notifications and dialogs."""
    shown: Any = page.locator(".Toastify__toast, .jp-Dialog").all_inner_texts()
    return list(shown)
