"""The cost of single calls: times are only put in order, and what they are of is what the program does."""

import pytest

import labkit
from labkit.capture.build import build
from labkit.exercises.touched import own_calls
from labkit.measure import calls
from labkit.measure.calls import measure_calls
from labkit.show.calls_measured import ShownCallCosts


@pytest.fixture(scope="module")
def costs():
    return measure_calls()


def test_each_call_is_timed_and_a_system_call_is_the_dearer(costs):
    assert [cost.call for cost in costs] == ["fputc", "getppid", "write", "read", "write, fsync"]
    assert all(cost.nanoseconds > 0 for cost in costs)
    assert costs["fputc"].nanoseconds < costs["getppid"].nanoseconds < costs["write"].nanoseconds
    assert costs.longer("write", "fputc") == "more than 10 times as long"
    assert costs.longer("fputc", "fputc") == "less than 10 times as long"
    assert costs.filesystem
    with pytest.raises(KeyError, match="there are: fputc"):
        costs["mmap"]


@pytest.mark.ptrace
def test_the_program_makes_the_calls_that_are_told():
    source = build("timed_calls").source.replace("round < 40", "round < 1").replace("1000)", "7)")
    recording = labkit.record(source)
    own = {name: len(own_calls(recording, name)) for name in ("pwrite64", "pread64", "fsync")}
    assert own == {"pwrite64": 7 + 1, "pread64": 7, "fsync": 1}
    stream = [event for event in recording.calls("write") if "fputc" in event.place.via]
    assert [event.result for event in stream] in ([4096], [])  # with the next byte, or at the end


def test_the_table_is_stored_so_that_its_numbers_are_not_compared(costs):
    shown = ShownCallCosts(costs.costs, costs.filesystem)
    assert repr(shown) == "How long one takes: fputc, getppid, write, read, write, fsync"
    assert 'class="labkit grid unsteady"' in shown._repr_html_()
    assert "nanoseconds" in str(shown)


def test_where_memory_is_all_the_storage_it_is_said(costs):
    said = {name: "nothing to wait for" in str(ShownCallCosts(costs.costs, name)) for name in ("ext4", "tmpfs")}
    assert said == {"ext4": False, "tmpfs": True}


def test_a_program_that_cannot_is_said(monkeypatch):
    monkeypatch.setattr(calls, "run", lambda name, **_: labkit.run("ends", ["abort"]))
    with pytest.raises(labkit.LabkitError, match="could not be timed"):
        measure_calls()
