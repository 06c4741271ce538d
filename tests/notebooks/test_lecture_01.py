"""Lecture 01 shows what the syllabus says must be seen, and its programs end with 1 whatever call of theirs fails."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

import labkit
from labkit.capture.build import PROGRAMS, build
from labkit.model import Fault

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "notebooks" / "01-everything-is-a-file.ipynb", as_version=4)
SEEN = {  # topic: what its outputs, as stored, have to say
    "structure": ["instructions in user mode", "the dynamic loader", "system-call line", "crossed 34 times|crossings"],
    "waist": ["regular file", "directory", "/dev/null", "/dev/zero", "/dev/urandom", "terminal", "pipe", "UNIX socket",
              "TCP socket"],
    "composition": ["runs .?.?/usr/bin/find", "runs .?.?/usr/bin/grep", "runs .?.?/usr/bin/wc", "made pipe A",
                    "made pipe B", "made fd 1 lead to", "made fd 0 lead to"],
    "open-first": ["ENOENT", "EACCES", "EISDIR", r"chmod\(.*notes.*000\)", r"read\(3, .*som.*, 3\)"],
    "bytes": [r"pread64\(3, .*, 3, 4095\)", r"pwrite64\(3, .*, 3, 8191\)", "st_blksize", "the device.*s block",
              "the page cache was filled with"],
    "close": ["3, 4, 5, 4, 6", "EMFILE"],
    "kernel-read": ["pipe_read", "P1 write", "waits, then returns 5", "asleep|bytes to arrive"],
    "kernel-write": ["dirty", "write", "fsync", "µs"],
    "layers": ["fputs", "system calls", "page cache", "block device", "1 page not there yet"],
    "filesystem": ["permissions: 0644", "names after link: 2", "after the second unlink: 0", "getdents64"],
    "paths": ["home, trip, trip, home, home", r"openat\(3, .*notes", "ENOENT", "/homes/you/notes ~/notes"],
}  # fmt: skip
PROGRAMS_HERE = ("hello refusals checked_once odd_bytes blocks_below numbers leak wait_for_bytes pipe_end_kept_open "
                 "write_fsync down one_line two_names about entries same_name tilde").split()  # fmt: skip


def outputs(topic: str) -> str:
    """All that the section of a topic shows, as HTML and text."""
    start = next(n for n, cell in enumerate(NOTEBOOK.cells) if f"topic:{topic}" in cell.metadata.get("tags", []))
    shown = []
    for cell in NOTEBOOK.cells[start + 1 :]:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            break
        for output in cell.get("outputs", []):
            shown += [output.get("text", ""), *(str(data) for data in output.get("data", {}).values())]
    return "\n".join(shown)


@pytest.mark.parametrize("topic", SEEN)
def test_what_must_be_seen_is_seen(topic):
    shown = outputs(topic)
    assert [pattern for pattern in SEEN[topic] if not re.search(pattern, shown)] == []


@pytest.mark.parametrize("name", PROGRAMS_HERE)
def test_a_program_fits_on_a_slide_and_is_clean_when_optimised(name):
    lines = (PROGRAMS / f"{name}.c").read_text().splitlines()
    assert len(lines) <= 45 and max(map(len, lines)) <= 105
    assert build(name, flags=("-O2", "-Wpedantic", "-Wshadow")).warnings == ""


FILES = {"a": "", "b": "", "c": "", "d": "", "e": "", "notes": "some notes", "locked": "x", "blocks": "abc" * 4096,
         "first": "hello, world", "log": "", "trip/notes": "trip"}  # fmt: skip
FAULTS = [
    ("refusals", "chmod"), ("refusals", "close"), ("checked_once", "chmod"), ("checked_once", "read"),
    ("odd_bytes", "pread64"), ("odd_bytes", "pwrite64"), ("blocks_below", "write"), ("blocks_below", "fsync"),
    ("blocks_below", "fadvise64"), ("blocks_below", "pread64"), ("leak", "write"), ("write_fsync", "write"),
    ("write_fsync", "fsync"), ("down", "write"), ("down", "fsync"), ("one_line", "write"), ("two_names", "link"), ("two_names", "unlink"),
    ("two_names", "read"), ("entries", "getdents64"), ("same_name", "chdir"), ("same_name", "read"),
    ("wait_for_bytes", "pipe2"), ("wait_for_bytes", "write"),
]  # fmt: skip


@pytest.mark.ptrace
@pytest.mark.parametrize(("name", "call"), FAULTS)
def test_no_failure_goes_unnoticed(name, call):
    failed = labkit.record(name, files=FILES, in_turn=True, inject=[Fault(call, errno="EIO")], seconds=3)
    assert failed.status == 1, failed.output(1, 2)
