"""The same calls on nine kinds of file: what man pages say, what the programs say of themselves, what strace saw."""

import os
import shutil
import subprocess
import sys
from errno import EPERM

import pytest

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.decode.account import account
from labkit.decode.errnos import NUMBER
from labkit.decode.five_calls import five_calls
from labkit.measure import kinds_of_file
from labkit.measure.kinds_of_file import measure_kinds
from labkit.model import Fault
from tests.measure.confined import printed
from tests.ordinary import python_for_nobody
from tests.restrict import NOBODY, docker_default, refuse

pytestmark = pytest.mark.ptrace

# read, write, lseek to 1: read(2), write(2), lseek(2), null(4), random(4), pipe(7), socket(7)
SAID = {
    "regular file": (3, 3, 1),
    "directory": ("EISDIR", "EBADF", 1),
    "/dev/null": (0, 3, 0),
    "/dev/zero": (3, 3, 0),
    "/dev/urandom": (3, 3, 0),
    "terminal": (3, 3, "ESPIPE"),
    "pipe": (3, 3, "ESPIPE"),
    "UNIX socket": (3, 3, "ESPIPE"),
    "TCP socket": (3, 3, "ESPIPE"),
}


@pytest.fixture(scope="module")
def kinds():
    return measure_kinds()


def test_all_nine_are_there(kinds):
    assert [row.kind for row in kinds] == list(SAID)
    assert [row.absent for row in kinds] == [""] * 9


@pytest.mark.parametrize("kind", SAID)
def test_the_answers_are_the_manuals(kinds, kind):
    row = kinds[kind]
    assert tuple(row[call].errno or row[call].result for call in ("read", "write", "lseek")) == SAID[kind]
    assert (row["close"].result, row["close"].errno) == (0, "")


def test_what_open_says(kinds):
    assert [(a.errno, a.note) for a in kinds["directory"].answers[:2]] == [("EISDIR", "O_RDWR"), ("", "O_RDONLY")]
    # socket(7), open(2): a socket cannot be opened by a name, a pipe can
    by_name = "O_RDWR, by its name in /proc/self/fd"
    assert {kind: (kinds[kind]["open"].errno, kinds[kind]["open"].note) for kind in SAID if " socket" in kind} == {
        "UNIX socket": ("ENXIO", by_name),
        "TCP socket": ("ENXIO", by_name),
    }
    assert kinds["pipe"]["open"].errno == ""


@pytest.mark.parametrize("kind", SAID)
def test_the_programs_own_account_agrees(kinds, kind):
    row = kinds[kind]
    # of two opens the program says both, and the account keeps the last, as the row does
    seen = {a.call: os.strerror(NUMBER[a.errno]) if a.errno else str(a.result) for a in row.answers}
    assert account(row.recording) == seen


@pytest.mark.parametrize("kind", SAID)
def test_three_bytes_were_asked_for(kinds, kind):
    asked = [e for e in kinds[kind].recording.calls("read", "write") if e.place.function == "same_calls"]
    assert [event.argument("count") for event in asked] == [3, 3]


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing")
@pytest.mark.parametrize("kind", ["directory", "/dev/null", "/dev/zero", "pipe", "TCP socket"])
def test_strace_agrees(kinds, kind, tmp_path):
    named = {"directory": ".", "pipe": "pipe", "TCP socket": "TCP"}.get(kind, kind)
    program = build("same_calls_made" if kind in kinds_of_file._MADE else "same_calls").path
    log = tmp_path / "log"
    command = ["strace", "-o", log, "-e", "trace=openat,read,write,lseek,close", program, named]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=True)
    results = [line.rpartition(" = ")[2].split() for line in log.read_text().splitlines() if " = " in line]
    theirs = [words[1] if words[0] == "-1" else words[0] for words in results]
    ours = [str(answer) for answer in kinds[kind].answers]
    # after them the program only prints what it was told
    assert theirs[-len(ours) - 1 : -1] == ours


def test_two_runs_are_equal(kinds):
    assert measure_kinds() == kinds


def test_a_missing_kind_is_a_row_that_says_so(kinds, monkeypatch):
    monkeypatch.setitem(kinds_of_file._OPENED, "/dev/urandom", "/dev/no-such-device")
    without = measure_kinds()
    assert without["/dev/urandom"].absent == "open: ENOENT"
    assert without["/dev/urandom"].answers == ()
    assert [row for row in without if row.kind != "/dev/urandom"] == [r for r in kinds if r.kind != "/dev/urandom"]
    with pytest.raises(KeyError, match="read was not tried on /dev/urandom: open: ENOENT"):
        without["/dev/urandom"]["read"]


CODE = "from labkit.measure.kinds_of_file import measure_kinds; print(*measure_kinds(), sep='\\n')"


def test_as_nobody(kinds):
    assert printed(python_for_nobody(), CODE, **NOBODY).splitlines() == [repr(row) for row in kinds]


def test_in_a_container(kinds):
    assert printed(sys.executable, CODE, preexec_fn=docker_default).splitlines() == [repr(row) for row in kinds]


def test_what_the_kernel_refuses_the_program_is_said_by_call_and_errno():
    refused = record("same_calls_made", ["TCP"], inject=[Fault("bind", errno="EACCES")])
    assert five_calls(refused, "TCP socket").absent == "bind: EACCES"


def test_a_program_that_ends_too_soon_is_said_so():
    ended = record("int main(void) { return 7; }")
    assert five_calls(ended, "pipe").absent == "the program ended with status 7"


def test_where_sockets_are_refused(kinds):
    """The rest is as it was; the row of the TCP socket says why it could not be had."""
    rows = printed(sys.executable, CODE, preexec_fn=lambda: refuse({"socket": EPERM})).splitlines()
    assert rows[:-1] == [repr(row) for row in kinds][:-1]
    assert (
        rows[-1]
        == "KindAnswers(kind='TCP socket', answers=(), absent='the program says: TCP: Operation not permitted')"
    )
