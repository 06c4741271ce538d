"""The measured modes of fopen against C11 7.21.5.3, the program's own account, strace and the file it leaves."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from labkit.capture.build import build
from labkit.decode.account import account
from labkit.decode.errnos import NUMBER
from labkit.errors import LabkitError
from labkit.measure.fopen_modes import CONTENT, MODES, measure_fopen
from labkit.model import FopenTable
from tests.measure.confined import printed
from tests.ordinary import python_for_nobody
from tests.restrict import NOBODY, docker_default

pytestmark = pytest.mark.ptrace

# mode: (needs the file, truncates it, first position in a file of five bytes, reads, writes, where; flags of open)
# C11 7.21.5.3; POSIX.1-2017, fopen, "shall open the file as if by open with"; glibc's choice of position for "a"
SAID = {
    "r": (True, False, 0, True, False, "", "O_RDONLY"),
    "w": (False, True, 0, False, True, "at the start", "O_WRONLY|O_CREAT|O_TRUNC"),
    "a": (False, False, 5, False, True, "at the end", "O_WRONLY|O_CREAT|O_APPEND"),
    "r+": (True, False, 0, True, True, "at the start", "O_RDWR"),
    "w+": (False, True, 0, True, True, "at the start", "O_RDWR|O_CREAT|O_TRUNC"),
    "a+": (False, False, 0, True, True, "at the end", "O_RDWR|O_CREAT|O_APPEND"),
}
SAID["rb"] = SAID["r"]
CASES = [(mode, existing) for mode in MODES for existing in (True, False)]


@pytest.fixture(scope="module")
def table():
    return measure_fopen()


def test_every_mode_is_there_twice(table):
    assert [(row.mode, row.existing) for row in table] == CASES
    assert set(SAID) == set(MODES)


@pytest.mark.parametrize(("mode", "existing"), CASES)
def test_the_facts_are_the_standards(table, mode, existing):
    needs, truncates, first, reads, writes, lands, flags = SAID[mode]
    row = table[mode, existing]
    assert row.flags == flags
    if needs and not existing:
        assert (row.errno, row.created, row.first, row.may_read, row.lands) == ("ENOENT", None, None, None, "")
        return
    assert row.errno == ""
    assert row.created is not existing
    assert row.truncated is (truncates and existing)
    assert row.first == (first if existing else 0)
    assert (row.may_read, row.may_write, row.lands) == (reads, writes, lands)


@pytest.mark.parametrize(("mode", "existing"), CASES)
def test_the_programs_own_account_agrees(table, mode, existing):
    row = table[mode, existing]
    said = account(row.recording)
    if row.errno:
        assert said == {"fopen": os.strerror(NUMBER[row.errno])}
        return
    assert said["first position"] == str(row.first)
    assert (said["may read"], said["may write"]) == tuple("yes" if it else "no" for it in (row.may_read, row.may_write))
    landed = said.get("the next two land at")
    before = len(b"12345") + (len(CONTENT) if existing and not row.truncated else 0)
    assert {None: "", "0": "at the start", str(before): "at the end"}[landed] == row.lands


@pytest.mark.parametrize(("mode", "existing"), CASES)
def test_the_file_left_agrees(table, mode, existing, tmp_path):
    """Untraced, and nothing but the file is looked at."""
    letters = tmp_path / "letters"
    if existing:
        letters.write_bytes(CONTENT)
    done = subprocess.run([build("fopen_modes").path, mode], cwd=tmp_path, capture_output=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    row = table[mode, existing]
    assert letters.exists() is (existing or bool(row.created))
    if row.errno:
        return
    kept = b"" if row.truncated or not existing else CONTENT
    written = kept + b"12345" if row.may_write else kept
    wanted = {"": written, "at the start": b"XY" + written[2:], "at the end": written + b"XY"}[row.lands]
    assert letters.read_bytes() == wanted


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing")
@pytest.mark.parametrize("mode", ["r", "a", "w+", "a+"])
def test_strace_agrees(table, mode, tmp_path):
    (tmp_path / "letters").write_bytes(CONTENT)
    log = tmp_path / "log"
    command = ["strace", "-o", log, "-e", "trace=openat,lseek,read,write", build("fopen_modes").path, mode]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=True)
    _, _, calls = log.read_text().partition('"letters", ')
    row = table[mode, True]
    assert re.split("[,)]", calls)[0] == row.flags
    for call, may in (("read", row.may_read), ("write", row.may_write)):
        assert bool(re.search(rf"^{call}\(3, .* = \d+$", calls, re.M)) is may, calls


def test_b_changes_nothing(table):
    from dataclasses import replace

    for existing in (True, False):
        assert replace(table["rb", existing], mode="r") == table["r", existing]


def test_two_runs_are_equal(table):
    assert measure_fopen() == FopenTable(table.rows, table.size)


def test_x_refuses_a_file_that_is_there():
    """C11 7.21.5.3: exclusive mode."""
    table = measure_fopen("wx")
    assert table["wx", True].errno == "EEXIST"
    assert table["wx", False].created and "O_EXCL" in table["wx", False].flags


def test_a_mode_the_library_refuses_is_said_so():
    with pytest.raises(LabkitError, match=r"'q' opened no file.*saying: Invalid argument"):
        measure_fopen("q")


def test_an_unknown_row_is_said_so(table):
    with pytest.raises(KeyError, match="there are the modes r w a"):
        table["z", True]


CODE = "from labkit.measure.fopen_modes import measure_fopen; print(measure_fopen())"


def test_as_nobody(table):
    assert printed(python_for_nobody(), CODE, **NOBODY).strip() == repr(table)


def test_in_a_container(table):
    assert printed(sys.executable, CODE, preexec_fn=docker_default).strip() == repr(table)
