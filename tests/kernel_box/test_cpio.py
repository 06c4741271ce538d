"""The archive is read by another program that knows the format."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from labkit.kernel_box.cpio import FOLDERS, archive
from labkit.kernel_box.places import Places


@pytest.mark.box
def test_another_program_unpacks_it(places: Places, tmp_path: Path) -> None:
    made = archive({"bin/x": b"hello", "lib/odd": b"123"}, {"bin/y": "x"})
    command = [str(places.kernel / "busybox"), "cpio", "-id"]
    ran = subprocess.run(command, input=made, cwd=tmp_path, capture_output=True)
    assert (tmp_path / "bin/x").read_bytes() == b"hello", ran.stderr
    assert (tmp_path / "lib/odd").read_bytes() == b"123"
    assert (tmp_path / "bin/y").readlink() == Path("x")
    assert all((tmp_path / name).is_dir() for name in FOLDERS)


@pytest.mark.parametrize("length", range(5))
def test_every_part_is_padded(length: int) -> None:
    assert len(archive({"n" * (length + 1): b"x" * length}, {})) % 4 == 0
