"""The table itself: every row can be tried, has its words, and can be read where nothing can be tried."""

import re
import subprocess
import sys
from importlib import import_module
from inspect import signature

import pytest

from labkit.probe.entry import Entry
from labkit.probe.machine import Machine
from labkit.probe.table import ENTRIES
from tests.ordinary import environment

NAMES = [entry.name for entry in ENTRIES]


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_an_attempt_is_there_and_says_what_it_does(entry: Entry):
    module, function = entry.attempt.split(":")
    attempt = getattr(import_module(module), function)
    assert list(signature(attempt).parameters) == ["home"]
    assert attempt.__doc__


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_a_row_has_all_its_words(entry: Entry):
    assert entry.purpose
    assert entry.instead
    for machine in (Machine(), Machine(root=True, seccomp=True), Machine(conda=True, distributions=("debian",))):
        for number in (None, 1, 2, 13, 38):
            sentence = entry.enable(machine, number)
            assert sentence
            assert "None" not in sentence


def test_names_are_unique_and_fit_their_column():
    assert len(set(NAMES)) == len(NAMES)
    assert max(map(len, NAMES)) < 22


def test_the_lectures_named_exist():
    lectures = {number for entry in ENTRIES for number in re.findall(r"\b\d\d\b", entry.purpose)}
    assert lectures <= {f"{number:02}" for number in range(1, 9)}


def test_the_table_is_readable_on_any_system():
    """Nothing that is only on Linux or only on Unix is imported for it, and the doctor says what it needs."""
    elsewhere = """
import platform, sys
import labkit.cli  # what argparse, subprocess and json themselves need is there everywhere
linux_only = ("resource", "fcntl", "pty", "termios", "ctypes", "pwd", "labkit.probe.supervise", "labkit.probe.kernel")
class Elsewhere:
    def find_spec(self, name, path=None, target=None):
        if name in linux_only:
            raise ImportError(f"{name} does not exist on this system")
sys.meta_path.insert(0, Elsewhere())
for name in linux_only:
    sys.modules.pop(name, None)
platform.system = lambda: "Windows"
sys.exit(labkit.cli.main(["doctor"]))
"""
    run = subprocess.run([sys.executable, "-c", elsewhere], capture_output=True, text=True, env=environment())
    assert run.stderr == ""
    assert run.stdout.count("needs Linux") == len(ENTRIES)
    assert "✓" not in run.stdout
    assert run.returncode == 1
