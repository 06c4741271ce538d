"""Around every test: a temporary folder and answers of its own session, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import leaks

_KEPT = pytest.StashKey[dict[str, str | None]]()


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported or run, also by nbval, whose items see no fixtures."""
    config.stash[_KEPT] = {name: os.environ.get(name) for name in ("TMPDIR", "LABKIT_ANSWERS", "PYTEST_DEBUG_TEMPROOT")}
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # tmp_path stays where pytest keeps it
    # A folder of our own, so that what other programs leave in /tmp meanwhile is not taken for a leak.
    tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="labkit-tests-")
    Path(tempfile.tempdir).chmod(0o711)  # tests run programs in it as another user, also those of a worker of xdist
    os.environ["LABKIT_ANSWERS"] = str(Path(tempfile.tempdir) / "answers" / "answers.json")
    Path(os.environ["LABKIT_ANSWERS"]).parent.mkdir()
    leaks.adopt_orphans()
    # A shell that starts us in the background has us ignore Ctrl-C, and what we start would inherit that (signal(7)).
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the session's temporary folder away."""
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    tempfile.tempdir = None
    for name, value in config.stash[_KEPT].items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a process, an open descriptor or a temporary file."""
    before = leaks.Belongings.now()
    yield
    left = leaks.left_since(before)
    leaks.end_processes(before)
    assert not left, "the test left behind:\n  " + "\n  ".join(left)
