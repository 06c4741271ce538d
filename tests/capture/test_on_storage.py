"""Where files have storage below them: against what findmnt and lsblk say."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from labkit.capture import on_storage
from labkit.capture.block_device import SECTOR, device_below
from labkit.capture.on_storage import filesystem_of, folder_on_storage, mounts


@pytest.mark.skipif(shutil.which("findmnt") is None, reason="findmnt is not installed: the second source is missing")
@pytest.mark.parametrize("place", ["/", "/dev/shm", "/proc", "/tmp"])
def test_findmnt_names_the_same_file_system(place):
    theirs = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", place], capture_output=True, text=True, check=False)
    if theirs.returncode:
        pytest.skip(f"nothing is mounted above {place}")
    ours = filesystem_of(place, mounts(Path("/proc/self/mountinfo").read_text()))
    assert ours == theirs.stdout.split()[-1]


def test_mount_points_with_blanks_are_read():
    assert mounts("28 1 254:0 / /with\\040blank rw - ext4 /dev/vda rw\n") == {"/with blank": "ext4"}
    assert mounts("no such line\n") == {}


def test_the_first_place_on_storage_is_taken_and_the_folder_goes_away(monkeypatch, tmp_path):
    monkeypatch.setattr(on_storage, "_places", lambda usual: ["/dev/shm", str(tmp_path)])
    monkeypatch.setattr(on_storage, "mounts", lambda text: {"/": "ext4", "/dev/shm": "tmpfs"})
    with folder_on_storage() as folder:
        assert folder.parent == tmp_path.resolve() and os.access(folder, os.W_OK)
    assert list(tmp_path.iterdir()) == []


def test_without_any_the_usual_place_is_taken(monkeypatch):
    monkeypatch.setattr(on_storage, "mounts", lambda text: {"/": "overlay"})
    with folder_on_storage() as folder:
        assert folder.parent == Path(tempfile.gettempdir()).resolve()


def test_memory_has_no_device_below():
    if not Path("/dev/shm").is_dir():
        pytest.skip("there is no /dev/shm")
    assert device_below(Path("/dev/shm")) is None


def test_the_device_is_the_one_stat_and_diskstats_tell_of(tmp_path):
    device = device_below(tmp_path)
    if device is None:
        pytest.skip("NOT TESTED: no block device is to be seen below the temporary folder")
    number = tmp_path.stat().st_dev
    rows = [line.split() for line in Path("/proc/diskstats").read_text().splitlines()]
    (row,) = [row for row in rows if row[:2] == [str(os.major(number)), str(os.minor(number))]]
    assert device.requests <= int(row[7]) and device.sectors <= int(row[9])  # read later: never less
    assert device.logical_block % SECTOR == 0
    theirs = subprocess.run(
        ["lsblk", "-n", "-o", "LOG-SEC", f"/dev/{row[2]}"], capture_output=True, text=True, check=False
    )
    if theirs.returncode == 0:
        assert device.logical_block == int(theirs.stdout.split()[0])


def test_what_fsync_writes_is_counted(tmp_path):
    before = device_below(tmp_path)
    if before is None:
        pytest.skip("NOT TESTED: no block device is to be seen below the temporary folder")
    with (tmp_path / "data").open("wb") as file:
        file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
    after = device_below(tmp_path)
    assert after is not None
    assert (after.sectors - before.sectors) * SECTOR >= 1 << 20
