"""Lecture 06 shows what the syllabus says must be seen, and its programs end with 1 whatever call of theirs fails."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

import labkit
from labkit.capture.build import PROGRAMS, build
from labkit.model import Fault

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "notebooks" / "06-processes-that-talk.ipynb", as_version=4)
SEEN = {  # topic: what its outputs, as stored, have to say
    "channel": [r"read\(3, .one↵two↵., 16\)", r"read\(3, .., 16\) +0 +the end of the file", "returns 0 at once"],
    "pipe": ["6 of 65,536 bytes wait", "onet, wo", r"\b4, 0\b", "65,536 of 65,536 bytes wait", "room in the full pipe",
             "waits, then returns 16384", "P1 close +0", "asleep in wait4", "never returns", "SIGPIPE ends the process",
             "EPIPE: broken pipe", "mixed", "one after the other"],
    "req-resp": [r"read\(3, .hello↵., 16\)", "it never returned", "pipe B", "woken by.*nobody|nobody +never",
                 r"P1 both_full.*asleep in write", r"P2 both_full.*asleep in write",
                 r"pipe A: 65,536 of 65,536 bytes wait", r"pipe B: 65,536 of 65,536 bytes wait"],
    "client-server": ["ENOENT", "P1 .*fifo_server", "P4 .*fifo_client", "requests: 8 of 65,536 bytes wait",
                      "returns 4 at once", "end of file cannot come", "SIGTERM", "never returns"],
}  # fmt: skip
PROGRAMS_HERE = (
    "file_channel file_read_too_early pipe_queue two_readers pipe_fills end_held_by_sibling reader_gone sigpipe_ignored "
    "two_writers request_response one_pipe_both_ways both_wait both_full fifo_server fifo_client"
).split()


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
def test_what_must_be_seen_is_seen(topic: str) -> None:
    shown = outputs(topic)
    assert [pattern for pattern in SEEN[topic] if not re.search(pattern, shown)] == []


@pytest.mark.parametrize("name", PROGRAMS_HERE)
def test_a_program_fits_on_a_slide_and_is_clean_when_optimised(name: str) -> None:
    lines = (PROGRAMS / f"{name}.c").read_text().splitlines()
    assert len(lines) <= 45
    assert max(len(line.partition("// step")[0].rstrip()) for line in lines) <= 110
    assert build(name, flags=("-O2", "-Wpedantic", "-Wshadow")).warnings == ""


FAULTS = [
    ("file_channel", "openat"), ("file_channel", "write"), ("file_channel", "read"), ("file_read_too_early", "write"),
    ("file_read_too_early", "openat"), ("pipe_queue", "pipe2"), ("pipe_queue", "write"), ("pipe_queue", "read"),
    ("two_readers", "write"), ("two_readers", "read"), ("pipe_fills", "pipe2"), ("pipe_fills", "write"),
    ("end_held_by_sibling", "pipe2"), ("reader_gone", "pipe2"), ("reader_gone", "write"), ("sigpipe_ignored", "pipe2"),
    ("two_writers", "fcntl"), ("two_writers", "write"), ("request_response", "pipe2"), ("request_response", "write"),
    ("request_response", "read"), ("one_pipe_both_ways", "write"), ("both_wait", "pipe2"), ("both_full", "write"),
    ("both_full", "read"), ("fifo_server", "mknodat"), ("fifo_server", "read"), ("fifo_client", "openat"),
]  # fmt: skip


@pytest.mark.ptrace
@pytest.mark.parametrize(("name", "call"), FAULTS)
def test_no_failure_goes_unnoticed(name: str, call: str) -> None:
    args = ["ann"] if name == "fifo_client" else []
    failed = labkit.record(name, args, in_turn=True, inject=[Fault(call, errno="EIO")], seconds=3)
    assert failed.status == 1, (failed.status, failed.signal, failed.output(1, 2))


@pytest.mark.ptrace
def test_three_clients_are_answered_in_the_order_in_which_they_asked() -> None:
    """Also when they do not run in turn; the server is still there afterwards, and is ended by a signal."""
    clients = [f"fifo_client {name}" for name in ("ann", "bob", "cyd")]
    served = labkit.record_together("fifo_server", *clients)
    assert [served.output(program=number) for number in (1, 2, 3)] == [b"number 1\n", b"number 2\n", b"number 3\n"]
    assert [program.signal for program in served.programs] == ["SIGTERM", None, None, None]


@pytest.mark.parametrize(("size", "says"), [("1", "one after the other"), ("4096", "one after the other"), ("12288", "mixed")])
def test_writes_up_to_pipe_buf_stay_in_one_piece(size: str, says: str) -> None:
    assert labkit.record("two_writers", [size], in_turn=True).output().decode() == f"{says}\n"


def test_what_is_told_of_yes_is_so() -> None:
    """The text says that `yes` ends by SIGPIPE when `head` has gone."""
    piped = labkit.record("yes | head -n 1", shell=True, env={"PATH": "/usr/bin:/bin"}, in_turn=True)
    killed = [event for event in piped.events if event.kind == "exit" and "SIGPIPE" in event.detail]
    assert piped.output() == b"y\n" and len(killed) == 1
