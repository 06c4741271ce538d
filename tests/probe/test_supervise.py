"""Whatever an attempt does, it becomes a row, in time, and nothing of it stays."""

import json
import os
import subprocess
import sys
import time

import pytest

from labkit.probe.attempt import in_words
from tests.ordinary import environment
from tests.probe import misbehaving

RUN = """
import json, sys
from labkit.probe.entry import Entry
from labkit.probe.supervise import supervise
limit, where = float(sys.argv[1]), "tests.probe.misbehaving:"
entries = [Entry(name, where + name, "", "", lambda machine, number: "", seconds=limit) for name in sys.argv[2:]]
supervise(entries, lambda name, trial: print(json.dumps([name, trial.works, trial.detail, trial.errno]), flush=True), 0)
"""

EXPECTED = {
    "behaves": (True, "seen"),
    "says_no": (False, "tried, and no"),
    "is_refused": (False, "ESRCH (No such process)"),
    "raises": (False, "KeyError: 'missing'"),
    "hangs": (False, "no answer within 0.4 s: cut off"),
    "hangs_deaf": (False, "no answer within 0.4 s: cut off"),
    "spins": (False, "no answer within 0.4 s: cut off"),
    "stops_itself": (False, "no answer within 0.4 s: cut off"),
    "crashes": (False, "the process that tried it was ended by SIGSEGV"),
    "is_killed_by_a_filter": (False, "the process that tried it was ended by SIGSYS"),
    "exits": (False, "SystemExit: bye"),
    "exits_at_once": (False, "the process that tried it exited (3) and said nothing"),
    "leaves_descendants": (True, "answered"),
    "dies_and_leaves_the_pipe_open": (False, "the process that tried it exited (0) and said nothing"),
    "litters": (True, "True"),
    "shouts": (True, "0"),
    "talks_too_much": (True, "x" * 500),
}


def supervised(*names: str, seconds: float = 0.4) -> dict[str, tuple[bool, str]]:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(seconds), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    with run:
        said, complaint = run.stdout.read(), run.stderr.read()
        run.stdin.close()
    assert (run.returncode, complaint.decode()) == (0, "")
    return {name: (works, detail) for name, works, detail, _ in map(json.loads, said.splitlines())}


def test_there_is_an_expectation_for_every_misbehaviour():
    assert set(EXPECTED) == {name for name, value in vars(misbehaving).items() if callable(value)} - {
        "NotWorking",
        "Path",
    }


def test_all_at_once_each_with_its_own_row():
    assert supervised(*EXPECTED) == EXPECTED


@pytest.mark.parametrize("name", EXPECTED)
def test_one_alone(name):
    assert supervised(name) == {name: EXPECTED[name]}


def test_a_hang_is_cut_off_and_the_rest_goes_on():
    """Four that hang fill every place; the fifth has its turn after them."""
    names = ("hangs", "hangs_deaf", "spins", "stops_itself", "behaves")
    assert supervised(*names)["behaves"] == (True, "seen")


def test_it_ends_with_whoever_asked():
    """The lifeline ends while everything hangs for ever: the supervisor goes, and `spotless` finds nothing."""
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, "3600", "behaves", "hangs_deaf", "leaves_descendants", "stops_itself", "spins"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    with run:
        assert run.stdout.readline()
        assert run.stdout.readline()  # both that can answer have, so the others are under way
        asked = time.monotonic()
        run.stdin.close()
        assert run.wait(30) == 0
        assert time.monotonic() - asked < 20


def test_refusals_are_told_by_name():
    assert in_words(PermissionError(1, "Operation not permitted", "kcmp")) == "kcmp: EPERM (Operation not permitted)"
    assert in_words(OSError("no number")) == "no number"
    assert in_words(OSError()) == "OSError"
    assert in_words(OSError(9999, os.strerror(9999))) == f"[Errno 9999] {os.strerror(9999)}"
