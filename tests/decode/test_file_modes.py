"""The permissions of new files: against the umask, the program's own account, and the file it leaves."""

import subprocess

import pytest

import labkit
from labkit.capture.build import build
from labkit.decode.file_modes import file_modes

pytestmark = pytest.mark.ptrace
MASKS = ("000", "022", "027", "077", "777")


@pytest.mark.parametrize("mask", MASKS)
def test_the_umask_is_taken_out(mask):
    run = labkit.record("new_file", [mask])
    (row,) = file_modes(run)
    assert (row.name, row.umask, row.told) == ("note", int(mask, 8), 0o666)
    assert row.got == row.expected == 0o666 & ~int(mask, 8)
    assert run.output().decode() == f"{row.got:04o}\n"


@pytest.mark.parametrize("mask", MASKS)
def test_the_file_left_agrees(mask, tmp_path):
    subprocess.run([build("new_file").path, mask], cwd=tmp_path, check=True, timeout=20, stdout=subprocess.DEVNULL)
    assert (
        f"{(tmp_path / 'note').stat().st_mode & 0o7777:04o}"
        == labkit.file_modes(labkit.record("new_file", [mask]))[mask]
    )


def test_a_forgotten_mode_is_what_the_register_held():
    """The length of the text: 5 bytes, and 38, in a program compiled as ours are."""
    modes = labkit.file_modes(labkit.record("mode_forgotten"))
    assert (modes["brief"], modes["more"]) == ("0005", f"{38:04o}")


def test_what_nobody_looked_at_is_not_known():
    source = (
        '#include <fcntl.h>\nint main(void)\n{\n    return creat("x", 0600) < 0 || open("y", O_CREAT, 0640) < 0;\n}\n'
    )
    rows = list(file_modes(labkit.record(source)))
    assert [(row.name, row.told, row.got, row.umask, row.expected) for row in rows] == [
        ("x", 0o600, None, None, None),
        ("y", 0o640, None, None, None),
    ]
    assert labkit.file_modes(labkit.record(source))["y"] == "?"


def test_errors_say_what_there_is():
    with pytest.raises(labkit.LabkitError, match="No file is made"):
        labkit.file_modes(labkit.record("dup_or_open", files={"letters": "abcdefghi"}))
    with pytest.raises(KeyError, match="there are note"):
        labkit.file_modes(labkit.record("new_file"))["nowhere"]
