"""What replay says of descriptors equals /proc and kcmp after every system call, on every program of the corpus."""

import pytest
from agreement import Agreement
from corpus import CASES

from labkit.decode.replay import replay

pytestmark = [pytest.mark.ptrace, pytest.mark.kcmp]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tables_equal_proc_and_kcmp(case):
    agreement = Agreement()
    recording = case.record(watch=agreement)
    assert agreement.differences == []
    assert agreement.moments >= len(recording.calls()) / 2, "too few moments were compared"
    assert agreement.rows > agreement.moments
    assert surprises(recording) == ()


def surprises(recording):
    return tuple(word for word in recording.missing if word.startswith("descriptors"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_replay_ends_where_the_derivation_ended(case):
    """The changes of all events, applied one after another, are the whole truth: nothing is left out of an event."""
    worlds = []
    recording = case.record(watch=lambda raw, world: worlds.append(world))
    world, last = worlds[-1], replay(recording).at(replay(recording).moments - 1)
    assert dict(last.processes) == world.tasks.processes
    assert dict(last.open_files) == world.files.open_files
    assert dict(last.inodes) == world.files.inodes
    tables = {table: rows for table, rows in world.files.tables.items() if rows}
    assert {table: dict(rows) for table, rows in last.tables.items()} == tables
