"""The cost of copying: counts are exact and strace's, copies are whole, times are only put in order."""

import random
import re
import shutil
import subprocess
import tempfile

import pytest

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.decode.copy_calls import copy_calls
from labkit.errors import LabkitError
from labkit.measure import copying
from labkit.measure.copying import SIZES, WAYS, measure_copying
from labkit.model import Fault
from tests.measure.confined import printed
from tests.ordinary import python_for_nobody
from tests.restrict import NOBODY

pytestmark = pytest.mark.ptrace
FEW = (1, 64, 65536)


@pytest.fixture(scope="module")
def costs():
    return measure_copying(sizes=FEW)


def test_the_sizes_are_the_syllabuss():
    assert (SIZES[0], SIZES[-1]) == (1, 1 << 20)


def test_each_way_with_each_size(costs):
    assert [(cost.way, cost.size) for cost in costs] == [(way, size) for way in WAYS for size in FEW]
    assert [cost.untold for cost in costs] == [""] * 9


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", FEW)
def test_a_read_and_a_write_for_each_buffer_and_a_last_read(costs, way, size):
    cost = costs[way, size]
    assert cost.calls == 2 * (cost.counted // size) + 1


def test_small_buffers_are_slow_and_a_call_of_the_library_for_each_byte_is_slow_with_large_ones(costs):
    for way in WAYS:
        assert costs[way, 1].nanoseconds_a_byte > costs[way, 65536].nanoseconds_a_byte
    assert costs["fgetc, fputc", 65536].nanoseconds_a_byte > costs["read, write", 65536].nanoseconds_a_byte


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sync", [False, True])
def test_strace_counts_the_same(way, sync, tmp_path):
    cost = measure_copying(sizes=[64], sync=sync)[way, 64]
    (tmp_path / "64").write_bytes(bytes(cost.counted))
    program = [build(WAYS[way]).path, "fsync" if sync else "cached", "64"]
    command = ["strace", "-o", tmp_path / "log", "-e", "trace=openat,read,write,lseek,fsync", *program]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=True)
    copied = (tmp_path / "log").read_text().split('"copy"')[1].splitlines()[1:]
    theirs = [line for line in copied if re.match(r"\w+\([34][,)]", line)]
    assert len(theirs) == cost.calls
    assert sum(line.startswith("fsync") for line in theirs) == sync


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_the_copy_is_whole_also_when_made_again(way, size, tmp_path):
    data = random.Random(size).randbytes(10_001)
    (tmp_path / str(size)).write_bytes(data)
    command = [build(WAYS[way]).path, "fsync", str(size), str(size)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=20, check=True)
    assert (tmp_path / "copy").read_bytes() == data
    assert re.fullmatch(rf"({size}: \d+ ns\n){{2}}", done.stdout.decode())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("call", "nth", "fails"),
    [("write", 1, "ENOSPC"), ("read", 2, "EIO"), ("fsync", 1, "EIO"), ("openat", 1, "ENOENT"), ("openat", 2, "EACCES")],
)
def test_a_copy_that_fails_says_so_and_gives_no_time(way, call, nth, fails):
    fault = Fault(call, nth=nth, errno=fails)
    tried = record(WAYS[way], ["fsync", "64"], files={"64": b"x" * 200}, inject=[fault])
    assert [event.errno for event in tried.calls(call) if event.errno and event.detail] == [fails]
    assert tried.status == 1
    assert tried.output(1) == b""
    assert tried.output(2).startswith(b"64: ")


def test_what_cannot_be_measured_is_said(monkeypatch):
    monkeypatch.setattr(copying, "WAYS", {"broken": "int main(void) { return 3; }", "read, write": "timed_descriptors"})
    broken, whole = measure_copying(sizes=[4096], ways=tuple(copying.WAYS))
    assert (broken.seconds, broken.calls, broken.nanoseconds_a_byte, broken.calls_a_byte) == (None,) * 4
    assert broken.untold == ("not timed: It ended with status 3; not counted: the recorded copy ended with status 3")
    assert whole.seconds and whole.calls


def test_fsync_is_one_call_more_and_all_copies_are_as_long():
    cached, synced = (measure_copying(sizes=[4096], sync=sync) for sync in (False, True))
    for way in WAYS:
        cost = synced[way, 4096]
        assert cost.calls == 2 * (cost.counted // 4096) + 2
    assert {cost.timed for cost in synced} == {128 << 10}
    assert (cached.sync, synced.sync) == (False, True)


def test_a_size_too_large_for_the_programs_is_refused_by_them():
    for name in WAYS.values():
        tried = record(name, ["cached", "1048577"], files={"1048577": "x"})
        assert (tried.status, copy_calls(tried, {"1048577"})) == (1, {"1048577": 0})


def test_counts_are_the_same_each_time(costs):
    assert [cost.calls for cost in measure_copying(sizes=FEW)] == [cost.calls for cost in costs]


def test_the_file_system_is_the_one_of_the_temporary_folder(costs):
    """Of stat(1), which asks statfs(2); it has its own names for some ("ext2/ext3", "overlayfs")."""
    asked = ["stat", "--file-system", "--format=%T", tempfile.gettempdir()]
    theirs = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    assert costs.filesystem[:3] == theirs[:3]


@pytest.mark.parametrize("sizes", [[], [0], [-4], [1 + (1 << 20)]])
def test_a_size_that_is_no_buffer_is_said_so(sizes):
    with pytest.raises(LabkitError, match="Buffers have 1 to"):
        measure_copying(sizes=sizes)


def test_as_nobody(costs):
    code = "from labkit.measure.copying import measure_copying as m; print([c.calls for c in m(sizes=(1, 64, 65536))])"
    assert printed(python_for_nobody(), code, **NOBODY).strip() == repr([cost.calls for cost in costs])
