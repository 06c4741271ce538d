"""The leak check finds each kind of leak: a check that cannot fail would be worth nothing."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tests import leaks


def test_a_clean_test_leaves_nothing() -> None:
    before = leaks.Belongings.now()
    subprocess.run(["true"], check=True, timeout=10)
    assert leaks.left_since(before) == []


def test_a_child_is_found_and_ended() -> None:
    before = leaks.Belongings.now()
    child = subprocess.Popen(["sleep", "60"])
    assert leaks.left_since(before) == [f"process {child.pid}: sleep 60"]
    leaks.end_processes(before)
    assert leaks.left_since(before) == []
    child.wait(10)


def test_a_grandchild_that_got_away_is_found() -> None:
    before = leaks.Belongings.now()
    # setsid and a parent that ends at once: what a daemon does to lose its starter
    subprocess.run(["sh", "-c", "setsid sleep 61 >/dev/null 2>&1 &"], check=True, timeout=10)
    (line,) = leaks.left_since(before)
    assert line.endswith(": sleep 61")
    leaks.end_processes(before)
    assert leaks.left_since(before) == []


def test_an_open_descriptor_is_found() -> None:
    before = leaks.Belongings.now()
    reader, writer = os.pipe()
    found = leaks.left_since(before)
    os.close(reader)
    os.close(writer)
    assert [line.split(" → ")[0] for line in found] == [f"descriptor {reader}", f"descriptor {writer}"]


def test_a_temporary_file_is_found() -> None:
    before = leaks.Belongings.now()
    path = Path(tempfile.mkdtemp(prefix="labkit-"))
    found = leaks.left_since(before)
    path.rmdir()
    assert found == [str(path)]
