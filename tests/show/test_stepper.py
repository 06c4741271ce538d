"""`labkit.step`, `compare` and `picture` on recordings of real programs."""

import os
import subprocess
import sys

import pytest

import labkit

pytestmark = pytest.mark.ptrace


@pytest.fixture(scope="module")
def newline():
    return labkit.record("newline", lines=True)


def test_two_recordings_of_one_program_show_the_same(newline):
    other = labkit.record("newline", lines=True)
    assert labkit.step(newline)._repr_html_() == labkit.step(other)._repr_html_()
    assert repr(labkit.step(newline)) == repr(labkit.step(other))


def test_a_page_is_saved_whole(newline, tmp_path):
    path = labkit.step(newline, at=-1).save(tmp_path / "page.html")
    assert path.read_text().startswith("<!DOCTYPE html>")
    with pytest.raises(labkit.LabkitError, match="No such file or directory; choose another place"):
        labkit.step(newline).save(tmp_path / "no" / "page.html")


def test_what_is_not_there_is_said_at_once(newline):
    with pytest.raises(labkit.LabkitError, match="no step 1000"):
        labkit.step(newline, at=1000)
    with pytest.raises(labkit.LabkitError, match="no panel 'colours'"):
        labkit.compare(newline, newline, show=("colours",))


def test_two_side_by_side_tell_both_stories(newline):
    other = labkit.record("newline", lines=True, stdout="terminal")
    both = repr(labkit.compare(newline, other))
    assert "output pipe" in both and "terminal" in both


@pytest.mark.parametrize("name", ["pipe_end", "share_offset", "copy_blocks"])
def test_it_does_not_hang_on_the_order_of_a_set(name, tmp_path):
    recording = labkit.record(name, lines=True, stdin="Hello, I/O!\n", files={"letters": "abcdefghi"}, in_turn=True)
    labkit.save(recording, tmp_path / "recording")
    show = "import labkit, sys; it = labkit.step(labkit.load(sys.argv[1])); print(it._repr_html_(), repr(it))"
    shown = {
        subprocess.run(
            [sys.executable, "-c", show, str(tmp_path / "recording")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(shown) == 1


def test_two_runs_of_one_program_side_by_side_are_told_apart():
    both = labkit.compare(labkit.record("redirect"), labkit.record("redirect", ["swapped"]))
    assert '"title":"redirect swapped"' in both._repr_html_()
