"""The calls that slept: what the programs did is known from their text; the kernel's word from its symbols."""

import re
from pathlib import Path

import pytest

import labkit
from labkit.decode.sleeps import outcome, sleeps
from labkit.draw.sleeps_grid import waits
from labkit.errors import LabkitError

pytestmark = pytest.mark.ptrace


ALARMED = "#include <unistd.h>\nint main(void) { char c; alarm(1); return read(0, &c, 1) != 1; }\n"


@pytest.fixture(scope="module")
def waiting():
    return labkit.record("wait_for_bytes", in_turn=True)


@pytest.fixture(scope="module")
def kept():
    return labkit.record("pipe_end_kept_open", in_turn=True, seconds=0.5)


def test_who_slept_on_what_and_who_woke_them(waiting):
    found = [(one.who, one.call, one.woken_by, one.ended) for one in sleeps(waiting)]
    assert found == [
        ("P1", "clock_nanosleep", "", "0"),
        ("P2", "read", "P1 write", "5"),
        ("P1", "wait4", "P2 exit", "P2"),
    ]
    assert {one.state for one in sleeps(waiting)} == {"S"}


def test_what_ran_meanwhile_is_all_that_the_other_did_and_nothing_after(waiting):
    (read,) = sleeps(waiting, "read")
    assert read.meanwhile == ("P1 openat", "P1 write", "P1 close", "P1 write")
    assert sleeps(waiting, "usleep")[0].meanwhile == ("P2 close",)  # the reader's own read is still under way


def test_the_function_is_one_the_kernel_has(waiting):
    """proc_kallsyms(5) lists every function, to everybody, with or without its address."""
    functions = set(re.findall(r" [tT] (\w+)", Path("/proc/kallsyms").read_text()))
    if not functions:
        pytest.skip("NOT TESTED: this kernel does not tell its symbols")
    named = {one.function for one in sleeps(waiting)} - {""}
    assert named <= functions


def test_a_sleep_that_never_ends(kept):
    assert kept.ended_by == "seconds"
    found = {(one.who, one.call): one for one in sleeps(kept)}
    assert found["P2", "read"].woken_by == found["P2", "read"].ended == ""
    assert found["P1", "wait4"].meanwhile == ("P2 read",)  # not the recorder's SIGKILL
    assert [outcome(kept, "read", nth) for nth in (1, 2)] == ["returns 5 at once", "never returns"]


def test_outcomes(waiting):
    assert outcome(waiting, "read") == "waits, then returns 5"
    assert outcome(waiting, "write", 2) == "returns 5 at once"
    assert outcome(labkit.record("tilde"), "open") == "fails with ENOENT at once"
    with pytest.raises(LabkitError, match="wait_for_bytes calls read 1 times; there is no number 2"):
        outcome(waiting, "read", 2)
    with pytest.raises(LabkitError, match="there is no number 0"):
        outcome(waiting, "read", 0)


def test_with_the_end_closed_the_reader_sees_the_end():
    right = labkit.record("pipe_end", in_turn=True)
    assert [outcome(right, "read", nth) for nth in (1, 2)] == ["waits, then returns 5", "waits, then returns 0"]
    assert [one.woken_by for one in sleeps(right, "read")] == ["P1 write", "P1 close"]


def test_the_table_has_a_row_for_each(waiting, kept):
    assert len(waits(waiting).rows) == 3 and len(waits(waiting, "read").rows) == 1
    assert [cell.text for cell in waits(kept, "read").rows[0]][-3:] == ["nothing", "nobody", "never"]
    with pytest.raises(LabkitError, match="No call of tilde slept: read"):
        waits(labkit.record("tilde"), "read")


def test_a_call_that_a_signal_ended_together_with_its_process_never_returned():
    """The kernel's ERESTARTSYS is seen by no program."""
    killed = labkit.record(ALARMED, stdin_from="terminal", seconds=3)
    assert killed.signal == "SIGALRM"
    (read,) = sleeps(killed, "read")
    assert (read.ended, read.woken_by, outcome(killed, "read")) == ("", "", "never returns")
