"""Every test of the doctor leaves nothing behind: no process, no descriptor, no file."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.marked import NAME, left_after


@pytest.fixture(autouse=True)
def spotless(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The mark that every process of this test carries."""
    mark, scratch = uuid.uuid4().hex, tmp_path_factory.mktemp("scratch")
    scratch.chmod(0o1777)
    for folder in scratch.parents[:2]:  # pytest's own folders are closed to the ordinary user that some tests become
        folder.chmod(0o755)
    monkeypatch.setenv(NAME, mark)
    monkeypatch.setenv("TMPDIR", str(scratch))
    descriptors = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    yield mark
    assert left_after(mark, 2.0) == []
    assert [path.name for path in Path(scratch).iterdir()] == []
    assert set(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
