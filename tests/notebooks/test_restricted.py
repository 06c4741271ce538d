"""Every notebook where less is allowed: the same outputs, but for the line that says a recording was made elsewhere.

That is so of exercises, too, as they are stored: with the starter as answer. What is told of a learner's own answer,
which has no twin, is tested in `tests/exercises/test_untraced.py`.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.capture import twins
from labkit.exercises.catalogue import EXERCISES
from tests.ordinary import ROOT, environment, python_for_nobody
from tests.restrict import NOBODY, docker_default, refuse

pytestmark = [pytest.mark.slow, pytest.mark.ptrace, pytest.mark.timeout(300)]

# A driver is tried in a running kernel, and there is none here: no box was built for this user.
_DRIVEN = re.compile("|".join(rf'labkit\.check\("{name}"' for name, one in EXERCISES.items() if one.driver is not None))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
RECORDED = [path for path in NOTEBOOKS if (twins.FOLDER / path.stem).is_dir()]
NBVAL = [
    *("-m", "pytest", "-q", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=60", "-p", "no:cacheprovider"),
    f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval-sanitize.cfg'}",
]


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder that everybody may use; the tests' own temporary folder is closed to others."""
    with tempfile.TemporaryDirectory(prefix="labkit-restricted-", dir=Path(tempfile.gettempdir()).parent) as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


def differences(paths: list[Path], folder: Path, python: str, **how: Any) -> dict[str, str]:
    """What nbval says of each notebook that does not show what is stored; `how` goes to subprocess.run."""

    def complaint(path: Path) -> str:
        own = environment(HOME=str(folder), TMPDIR=str(folder), LABKIT_ANSWERS=str(folder / f"answers-{path.stem}"))
        ran = subprocess.run(
            [python, *NBVAL, str(path)],
            cwd=folder,
            env={**own, "XDG_CACHE_HOME": str(folder / "cache"), "PYTEST_DEBUG_TEMPROOT": str(folder)},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            **how,
        )
        return "" if ran.returncode == 0 else ran.stdout[-4000:] + ran.stderr

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        said = dict(zip([path.stem for path in paths], pool.map(complaint, paths), strict=True))
    return {name: text for name, text in said.items() if text}


def copied(paths: list[Path], folder: Path, captured: bool = True) -> list[Path]:
    """The notebooks in `folder`, where everybody may read them; without checks that only a box can make.

    Where segments are not `captured`, cells tagged so are run and not compared: there no acknowledgement is made to
    come at once, so that the kernel tells other states (FIN_WAIT1 for longer).
    """
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if not _DRIVEN.match(cell.source)]
        for cell in notebook.cells:
            if not captured and "captured" in cell.metadata.get("tags", ()):
                cell.metadata["tags"].append("nbval-ignore-output")
        nbformat.write(notebook, folder / path.name)
        (folder / path.name).chmod(0o644)
    return [folder / path.name for path in paths]


def test_as_an_ordinary_user_in_a_container(everybodys: Path) -> None:
    paths = copied(NOTEBOOKS, everybodys, captured=False)
    assert differences(paths, everybodys, python_for_nobody(), preexec_fn=docker_default, **NOBODY) == {}


def test_where_nothing_can_be_traced(everybodys: Path) -> None:
    assert RECORDED
    paths = copied(RECORDED, everybodys)
    assert differences(paths, everybodys, sys.executable, preexec_fn=lambda: refuse({"ptrace": errno.EPERM})) == {}
