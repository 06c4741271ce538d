"""Where 0 to 2 lead under a shell, against what a program in the same place reads in /proc/self/fd."""

import os
import pty
import subprocess
import sys

import pytest

from labkit.errors import LabkitError
from labkit.measure.redirections import COMMANDS, FILES, measure_redirections

pytestmark = pytest.mark.ptrace
PROBE = """#!{python} -IS
import os
with open("seen", "w") as seen:
    print(*(os.readlink(f"/proc/self/fd/{{fd}}") for fd in range(3)), file=seen)
"""


@pytest.fixture(scope="module")
def found():
    return measure_redirections()


def plain(link, folder):
    if link.startswith(f"{folder}/"):
        return link[len(str(folder)) + 1 :]
    return "pipe A" if link.startswith("pipe:") else "terminal" if link.startswith("/dev/pts/") else link


@pytest.mark.parametrize("command", COMMANDS)
def test_proc_says_the_same(found, command, tmp_path):
    probe = tmp_path / "greet"
    probe.write_text(PROBE.format(python=sys.executable))
    probe.chmod(0o755)
    (tmp_path / "in").write_text(FILES["in"])
    ours, its = pty.openpty()
    try:
        subprocess.run(
            ["/bin/sh", "-c", command], cwd=tmp_path, stdin=its, stdout=its, stderr=its,
            timeout=30, check=True,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(its)
    seen = tuple(plain(link, tmp_path) for link in (tmp_path / "seen").read_text().split())
    assert found[command].leads == seen


def test_the_shell_opens_what_is_redirected(found):
    full = found["./greet < in > out 2> err"]
    assert [full.opener(name) for name in ("in", "out", "err")] == ["the shell"] * 3
    assert found["./greet"].opened == ()
    with pytest.raises(KeyError, match="nobody had opened 'out'"):
        found["./greet"].opener("out")


def test_the_step_is_the_one_with_which_it_begins(found):
    import labkit

    for row in found:
        text = labkit.picture(row.recording, at=row.step).title
        assert f"step {row.step}: " in text and 'runs "./greet"' in text


def test_two_measurements_are_equal(found):
    assert measure_redirections() == found


def test_a_command_that_starts_something_else(found):
    with pytest.raises(LabkitError, match="does not start greet: 'true'"):
        measure_redirections("true")
    with pytest.raises(KeyError, match="there are: ./greet; "):
        found["true"]
