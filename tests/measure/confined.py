"""Measures in another process: as another user, or with system calls taken away; gives back what it printed."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.ordinary import environment


def printed(python: str, code: str, **how: Any) -> str:
    """The standard output of `code`; `how` goes to subprocess.run. The folder it has is everybody's."""
    everybodys = Path(tempfile.gettempdir()).parent
    with tempfile.TemporaryDirectory(prefix="labkit-confined-", dir=everybodys) as folder:
        Path(folder).chmod(0o1777)
        own = environment(HOME=folder, TMPDIR=folder, XDG_CACHE_HOME=f"{folder}/cache")
        ran = subprocess.run(
            [python, "-c", code], cwd=folder, env=own, capture_output=True, text=True, timeout=100, check=False, **how
        )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
