"""Names, results and order of the calls of every process equal those that `strace -f` reports for the same program."""

import shutil

import pytest
from corpus import CASES
from strace_log import of_recording, strace

from labkit.capture.surroundings import environment
from labkit.decode.calls import CALLS

pytestmark = [
    pytest.mark.ptrace,
    pytest.mark.strace,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing"),
]


def known_to_strace():
    """strace refuses a whole list for one name it does not know."""
    import subprocess

    names = []
    for name in CALLS:
        ran = subprocess.run(["strace", "-e", f"trace={name}", "-V"], capture_output=True, text=True, check=False)
        if "invalid system call" not in ran.stderr:
            names.append(name)
    return names


@pytest.fixture(scope="session")
def names():
    return known_to_strace()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_calls_equal_straces(case, names, tmp_path):
    executable, argv = case.argv()
    folder = tmp_path / "work"
    folder.mkdir()
    theirs = strace(executable, argv, names, folder, environment(), tmp_path / "strace.log")
    shutil.rmtree(folder)  # both find the same folder, empty, under the same name
    folder.mkdir()
    recording = case.record(folder=folder)
    ours = of_recording(recording)
    assert set(ours) == set(theirs)
    for process, calls in theirs.items():
        assert ours[process] == calls, f"process {process}"
