"""Programs under injected faults, against strace's own injection, a full device, and what stdio(3) promises."""

import os
import shutil
import subprocess

import pytest

from labkit.capture.build import build
from labkit.measure.mishaps import MISHAPS, NOTES, measure_mishaps

pytestmark = pytest.mark.ptrace
NONE, *BAD = [mishap.says for mishap in MISHAPS]
HARMLESS = [says for says in BAD if "100 bytes" in says]


@pytest.fixture(scope="module")
def table():
    return measure_mishaps()


def test_both_copy_all_when_nothing_goes_wrong_or_calls_are_only_short(table):
    for says in (NONE, *HARMLESS):
        for program in table.programs:
            row = table[program, says]
            assert (row.ending, row.message, row.lost, row.what) == ("exit 0", "", 0, "all")


@pytest.mark.parametrize("says", [says for says in BAD if says not in HARMLESS])
def test_the_checked_one_names_the_file_and_the_reason(table, says):
    row = table["backup", says]
    wanted = says.rpartition(": ")[2] if ": " in says else "ENOENT"
    import errno

    file, _, reason = row.message.partition(": ")
    assert row.ending == "exit 1"
    assert reason == os.strerror(getattr(errno, wanted))
    assert file == ("notes" if "read" in says or "notes" in says else "backup")


def test_the_unchecked_one_never_says_a_word(table):
    rows = [table["backup_unchecked", says] for says in BAD]
    assert {row.message for row in rows} == {""}
    assert {row.ending for row in rows} == {"exit 0", "SIGSEGV"}
    assert table.silent("backup_unchecked") == 5
    assert table.silent("backup") == 0


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing")
@pytest.mark.parametrize(
    ("says", "file", "inject"),
    [
        ("no room at the first write: ENOSPC", "backup", "write:error=ENOSPC:when=1"),
        ("no room at the second write: ENOSPC", "backup", "write:error=ENOSPC:when=2"),
        ("the first write is interrupted: EINTR", "backup", "write:error=EINTR:when=1"),
        ("the first read is interrupted: EINTR", "notes", "read:error=EINTR:when=1"),
        ("reading fails after 4,096 bytes: EIO", "notes", "read:error=EIO:when=2+"),
        ("closing backup fails: EIO", "backup", "close:error=EIO:when=1"),
    ],
)
@pytest.mark.parametrize("program", ["backup", "backup_unchecked"])
def test_stracess_injection_does_the_same(table, program, says, file, inject, tmp_path):
    (tmp_path / "notes").write_bytes(NOTES)
    command = ["strace", "-o", "/dev/null", "-P", tmp_path / file, "-e", f"inject={inject}", build(program).path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    row = table[program, says]
    left = (tmp_path / "backup").read_bytes()
    assert (row.ending, row.message) == (f"exit {done.returncode}", done.stderr.strip())
    assert row.lost == len(NOTES) - len(left)
    assert row.what == ("nothing" if not left else f"the first {len(left):,}" if NOTES.startswith(left)
                        else f"the last {len(left):,}") or (row.what, left) == ("all", NOTES)  # fmt: skip


def test_a_device_that_is_really_full(tmp_path):
    (tmp_path / "notes").write_bytes(NOTES)
    (tmp_path / "backup").symlink_to("/dev/full")
    checked, unchecked = (
        subprocess.run(build(name).path, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)
        for name in ("backup", "backup_unchecked")
    )
    assert (checked.returncode, checked.stderr) == (1, "backup: No space left on device\n")
    assert (unchecked.returncode, unchecked.stderr) == (0, "")


def test_two_measurements_are_equal_and_rows_lead_to_recordings(table):
    few = [mishap for mishap in MISHAPS if "write" in mishap.says]
    assert measure_mishaps(mishaps=few).rows == tuple(row for row in table if row.mishap in few)
    row = table["backup", "no room at the first write: ENOSPC"]
    assert [event.errno for event in row.recording.calls("write")][0] == "ENOSPC"
    with pytest.raises(KeyError, match="there are backup, backup_unchecked with: nothing goes wrong"):
        table["backup", "fire"]
