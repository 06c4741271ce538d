"""One server and one browser for a module of browser tests, and pages with steppers for all of them.

Playwright keeps an event loop running while the browser lasts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import labkit
from tests.browser import jupyter
from tests.browser.stepping import Reader, reading

COURSE = Path(__file__).parents[2]
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


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the predictions of these tests are kept."""
    return tmp_path_factory.mktemp("answers") / "answers.json"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, answers: Path) -> Iterator[str]:
    """The address of a JupyterLab that serves the course."""
    with jupyter.serving(COURSE, tmp_path_factory.mktemp("lab"), answers) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with jupyter.chromium() as found:
        yield found


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, labkit.Recording]:
    folder = tmp_path_factory.mktemp("programs")
    made = {}
    for name, text in (("sharing", SHARING), ("loop", LOOP)):
        (folder / f"{name}.c").write_text(text)
        made[name] = labkit.record(str(folder / f"{name}.c"), lines=name == "sharing", stdout="file")
    for kind in ("pipe", "terminal"):
        made[kind] = labkit.record("newline", lines=True, stdout=kind)
    return made


@pytest.fixture(scope="session")
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
