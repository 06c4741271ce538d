"""One server and one browser for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import jupyter

COURSE = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the predictions of this session are kept."""
    return tmp_path_factory.mktemp("answers") / "answers.json"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, answers: Path) -> Iterator[str]:
    """The address of a JupyterLab that serves the course."""
    with jupyter.serving(COURSE, tmp_path_factory.mktemp("lab"), answers) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with jupyter.chromium() as found:
        yield found
