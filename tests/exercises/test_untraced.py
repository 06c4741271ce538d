"""Where programs cannot be recorded, an exercise is answered as far as it goes, or says clearly that it cannot be."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.exercises.catalogue import EXERCISES
from tests.restrict import refuse

CODE = """
import json, sys
from pathlib import Path
import labkit
from labkit.capture import twins
twins.FOLDER = Path(sys.argv[1])
told = {}
for name, answer in json.loads(sys.argv[2]):
    try:
        feedback = labkit.check(name, answer)
        told[name] = [feedback.passed, repr(feedback)]
    except labkit.LabkitError as err:
        told[name] = [type(err).__name__, str(err)]
print(json.dumps(told))
"""


def told(folder: Path, asked: list[tuple[str, object]], traced: bool, **env: str) -> dict[str, list[object]]:
    """What `labkit.check` says in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", CODE, str(folder), json.dumps(asked)],
        preexec_fn=None if traced else lambda: refuse({"ptrace": errno.EPERM}),
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_each_exercise_says_what_it_can(tmp_path: Path) -> None:
    asked = [(name, one.starter) for name, one in EXERCISES.items() if one.calls is None and one.pieces is None]
    for name, (passed, words) in told(tmp_path, asked, traced=False).items():
        if passed == "UnsupportedError":
            assert str(words).startswith(f"{name} cannot be checked on this machine, right or wrong: "), name
            assert "ptrace: Operation not permitted" in str(words)
        else:
            assert passed is False and "Not yet." in str(words), name
    by_time = told(tmp_path, [("half-line-now", EXERCISES["half-line-now"].starter)], traced=False)
    assert by_time["half-line-now"][0] is False


@pytest.mark.ptrace
def test_a_prediction_is_set_against_the_shipped_recording(tmp_path: Path) -> None:
    name = next(name for name, one in EXERCISES.items() if one.calls is not None)
    (tmp_path / "lecture").mkdir()
    asked = [(name, "open = 3")]
    here = told(tmp_path, asked, traced=True, LABKIT_TWINS=str(tmp_path / "lecture"))
    assert here[name][0] is False
    assert told(tmp_path, asked, traced=False) == here
    (tmp_path / "none").mkdir()
    assert told(tmp_path / "none", asked, traced=False)[name][0] == "UnsupportedError"
