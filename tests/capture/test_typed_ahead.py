"""What is typed at a terminal is there when the program begins: the same recording in every run."""

import time

import pytest

import labkit
from labkit.decode.call_findings import own_calls

pytestmark = pytest.mark.ptrace


def test_lines_are_there_at_the_beginning_and_no_read_sleeps():
    for _ in range(3):
        run = labkit.record("ask_for_100", stdin="one\ntwo\n\x04", stdin_from="terminal")
        assert labkit.results(run, "read") == "4, 4, 0"
        assert [event.wait for event in own_calls(run, "read")] == [None] * 3
        terminal = next(c.value for c in run.start if c.what == "inodes" and c.value.kind == "terminal")
        assert terminal.queue in (None, 8)


def test_half_a_line_is_not_waited_for():
    began = time.monotonic()
    run = labkit.record("ask_for_100", stdin="half", stdin_from="terminal", seconds=0.5)
    assert run.ended_by == "seconds" and labkit.results(run, "read") == "?"
    assert time.monotonic() - began < 20
