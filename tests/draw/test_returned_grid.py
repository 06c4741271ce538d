"""Tables of what calls returned: the program's own calls as C has them, and no number that changes from run to run."""

import re

import pytest

import labkit

pytestmark = pytest.mark.ptrace
LETTERS = {"letters": "abcdefghi"}


def rows(grid):
    return [[cell.text for cell in row] for row in grid.rows]


def test_call_by_call():
    table = rows(labkit.returned(labkit.record("low_ops", seconds=60), "open", "read"))
    assert [row[1:] for row in table] == [
        ['open("notes", O_RDONLY)', "3", "the lowest number that was free"],
        ['read(3, "ten byte", 8)', "8", "as many as asked for"],
        ['read(3, "s↵", 8)', "2", "fewer than the 8 asked for"],
        ['read(3, "", 8)', "0", "the end of the file"],
        ['read(3, "bytes", 5)', "5", "as many as asked for"],
        ['open("missing", O_RDONLY)', "-1", "ENOENT: no such file or directory"],
    ]


def test_a_refusal_is_set_off():
    grid = labkit.returned(labkit.record("low_ops", seconds=60), "open")
    assert [cell.refused for cell in grid.rows[1]] == [False, False, True, True]


def test_processes_are_named_and_no_pid_is_told():
    grid = labkit.returned(labkit.record("share_offset", files=LETTERS, in_turn=True))
    assert grid.head[1] == "process" and {row[1] for row in rows(grid)} == {"P1", "P2"}
    assert [row[3] for row in rows(grid) if row[2].startswith(("clone", "wait4"))] == ["P2", "P2"]
    assert not re.search(r"\d{4,}", str(grid))


def test_bytes_that_cannot_be_seen_are_dots():
    full = rows(labkit.returned(labkit.record("full_pipe"), "write"))
    assert full[0][1].startswith('write(4, "····') and full[0][2:] == ["65536", "fewer than the 100,000 it was given"]


def test_runs_side_by_side():
    typed = labkit.record("ask_for_100", stdin="one\ntwo\n\x04", stdin_from="terminal")
    file = labkit.record("ask_for_100", stdin="one\ntwo\n" * 30, stdin_from="file")
    assert rows(labkit.counts("read", typed, file)) == [
        ["terminal", "100", "4, 4, 0", "8"],
        ["file", "100", "100, 100, 40, 0", "240"],
    ]
    assert rows(labkit.counts("read", file, labels=["a file"]))[0][0] == "a file"


def test_a_call_that_was_not_made():
    run = labkit.record("dup_or_open", files=LETTERS)
    with pytest.raises(labkit.LabkitError, match="makes no such call: fsync"):
        labkit.returned(run, "fsync")
    with pytest.raises(labkit.LabkitError, match="never calls write"):
        labkit.counts("write", run)
