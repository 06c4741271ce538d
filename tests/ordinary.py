"""Runs labkit as an ordinary user: learners are not root, and much that works for root does not work for them."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.restrict import NOBODY

ROOT = Path(__file__).parents[1]


def python_for_nobody() -> str:
    """A Python of this version that the user nobody may start; skips the test, saying why, if there is none."""
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED as another user: only root can become nobody (this run itself is an ordinary user's)")
    wanted = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{wanted}", f"/usr/local/bin/python{wanted}"):
        try:
            can = subprocess.run([python, "-c", "import labkit"], **NOBODY, env=environment(), capture_output=True)  # type: ignore[call-overload]
        except OSError:
            continue
        if can.returncode == 0:
            return python
    pytest.skip(f"NOT TESTED as nobody: no Python {wanted} that nobody may start and that can read {ROOT}")


def environment(**more: str) -> dict[str, str]:
    """The environment in which any Python of this version finds labkit and what it depends on."""
    here = [str(ROOT), sysconfig.get_path("purelib"), *filter(None, [os.environ.get("PYTHONPATH")])]
    path = os.pathsep.join(here)
    jupyter = os.environ.get("JUPYTER_PATH", str(Path(sys.prefix) / "share/jupyter"))
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "JUPYTER_PATH": jupyter, **more}
