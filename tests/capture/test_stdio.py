"""Streams read out of a program's memory, against what the program says of them itself."""

import json
import os
import pty
import subprocess

import pytest
import stops
from hypothesis import given
from hypothesis import strategies as st

from labkit.capture import stdio
from labkit.capture.rawlog import FILE_SIZE, RawFile
from labkit.capture.symbolize import Symbolizer

WRITE = 1


def compare(program, folder, decided, stdout):
    records = stops.stops([str(program), decided], cwd=folder, stdout=stdout, files=True, children=False)
    told = iter((folder / "truth").read_text().splitlines())
    symbolizer, count = Symbolizer(), 0
    for raw in records:
        symbolizer.see(raw)
        if raw.nr != WRITE or raw.args[0] != 99:
            continue
        truth = json.loads(next(told))
        found = {stream.address: stream for stream in symbolizer.streams(raw)}
        stream = found[truth["address"]]
        assert sorted(s.name for s in found.values() if s.name) == ["stderr", "stdin", "stdout"]
        for field in ("fd", "name", "buffering", "buffer", "consumed"):
            assert getattr(stream, field) == truth[field], (count, field, stream, truth)
        assert (stream.eof, stream.error) == (bool(truth["eof"]), bool(truth["error"])), (count, truth)
        assert (stream.buffering == "line") == bool(truth["line"])
        assert stream.pending.hex() == truth["pending"] and len(stream.pending) == truth["fpending"]
        assert stream.readahead.hex() == truth["readahead"]
        if truth["fpending"]:
            assert stream.writing
        count += 1
    assert next(told, None) is None
    return count


@pytest.mark.ptrace
@pytest.mark.parametrize("flags", [("-O0",), ("-O2",), ("-static",), ("-no-pie",)], ids=" ".join)
def test_streams_are_what_the_program_says_they_are(tmp_path, flags):
    program = stops.build(tmp_path, "stream_truth.c", "-w", *flags)
    assert compare(program, tmp_path, "full", os.devnull) == 26


@pytest.mark.ptrace
def test_stdout_to_a_terminal_is_line_buffered_from_its_first_use(tmp_path):
    program = stops.build(tmp_path, "stream_truth.c", "-w")
    master, slave = pty.openpty()
    try:
        assert compare(program, tmp_path, "line", slave) == 26
    finally:
        os.close(master)
        os.close(slave)


def test_layout_is_what_the_compiler_says(tmp_path):
    program = stops.build(tmp_path, "file_layout.c")
    text = subprocess.run([program], capture_output=True, text=True, timeout=10, check=True).stdout
    said = {name: int(offset) for name, offset in (line.split() for line in text.splitlines())}
    offsets, at = {}, 0x08
    for name in ("read_ptr", "read_end", "read_base", "write_base", "write_ptr", "write_end", "buf_base", "buf_end"):
        offsets[f"_IO_{name}"], at = at, at + 8
    assert said == {"_flags": 0, **offsets, "_chain": 0x68, "_fileno": stdio._HEAD.size - 4, "sizeof": FILE_SIZE}
    assert at == 0x48  # three pointers to a saved get area and _markers lie between these and _chain


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_any_bytes_are_some_stream(head, data):
    stream = stdio.read_stream(RawFile(4096, head, data, data))
    assert stream.address == 4096 and stream.buffer >= 0 and stream.consumed >= 0


@given(st.binary(min_size=FILE_SIZE - 4, max_size=FILE_SIZE - 4), st.integers(0, 0xFFFF))
def test_any_bytes_behind_the_magic_number_are_some_stream(rest, flags):
    stream = stdio.read_stream(RawFile(4096, (0xFBAD0000 | flags).to_bytes(4, "little") + rest, b"a", b"b"))
    assert stream.buffering in ("none", "line", "full", "") and stream.eof == bool(flags & 0x10)
