"""The state at any moment, from checkpoints and changes, equals all changes applied one by one."""

import time

import pytest

from labkit.decode.replay import EVERY, Replay, replay, state, step_changes, steps
from labkit.model import Descriptor
from tests.decode.happenings import interleaved, recording, writes


def test_every_moment_equals_the_changes_applied_one_by_one():
    made = writes(EVERY * 2 + 10)
    whole = Replay(made)
    for moment in range(whole.moments):
        written = (moment + 1) // 2
        now = whole.at(moment)
        assert now.open_files[1].offset == written
        assert now.inodes[1].size == written
        assert now.streams[100][64].pending == b"x" * (moment // 2 % 7)
        assert now.threads[100].inside == (moment // 2 if moment % 2 == 0 else None)


def test_a_state_once_given_never_changes():
    whole = Replay(writes(EVERY))
    early = whole.at(3)
    rows = dict(early.tables[1])
    whole.at(2 * EVERY - 1)
    assert early.open_files[1].offset == 2 and dict(early.tables[1]) == rows
    with pytest.raises(TypeError):
        early.tables[1][5] = Descriptor(1)


def test_walking_gives_every_step_the_states_that_jumping_gives():
    for made in (writes(EVERY + 10, descriptors=3), interleaved(), recording(())):
        whole = Replay(made)
        walked = list(whole.walk())
        assert [step for step, _, _ in walked] == list(whole.steps)
        for number, (step, before, after) in enumerate(walked):
            assert before == whole.state(number - 1)
            assert after == whole.at(step.moment)


def test_the_changes_of_a_step_lead_from_one_state_to_the_next():
    whole = Replay(interleaved())
    for step, before, after in whole.walk():
        for change in step_changes(interleaved().events[step.event], step):
            if change.what in ("processes", "inodes"):
                assert getattr(after, change.what)[change.key[0]] == change.value
                assert getattr(before, change.what).get(change.key[0]) != change.value


def test_before_the_first_step_is_the_start():
    made = writes(3)
    assert state(made, -1).open_files[1].offset == 0
    assert state(made, 2).open_files[1].offset == 3
    with pytest.raises(IndexError):
        state(made, 3)
    assert state(recording(()), -1).processes[100].name == "prog"


def test_a_call_that_nothing_interrupts_is_one_step():
    assert [(step.event, step.part) for step in steps(writes(2))] == [(0, "whole"), (1, "whole")]


def test_a_call_that_others_interrupt_enters_and_returns():
    made = interleaved()
    assert [(step.event, step.part) for step in steps(made)] == [
        (0, "enters"), (1, "whole"), (2, "whole"), (0, "returns"), (3, "enters"), (4, "whole")
    ]  # fmt: skip
    blocked = state(made, 2)
    assert blocked.threads[100].inside == 0
    assert blocked.threads[100].wait.on == "bytes to arrive"
    assert blocked.inodes[2].queue == 5
    assert state(made, 3).threads[100].wait is None
    assert state(made, 5).processes[200].state == "zombie"
    assert 2 not in state(made, 5).tables


def test_holders_and_users():
    now = state(interleaved(), 1)
    assert now.holders(1) == ((100, 1), (200, 1))
    assert now.fds(200) == {1: Descriptor(1)}
    assert [opened.id for opened in now.users(2)] == [2]


def test_the_same_recording_is_made_ready_once():
    made = writes(5)
    assert replay(made) is replay(made)


def test_any_step_costs_the_same_however_long_the_recording():
    """Ratios of one run: a step at the end of a long recording, with many descriptors, against one of a short one."""

    def worst(whole):
        times = []
        for moment in range(0, whole.moments, max(1, whole.moments // 50)):
            best = min(_timed(whole, moment) for _ in range(3))
            times.append(best)
        return max(times)

    def _timed(whole, moment):
        start = time.thread_time()
        whole.at(moment)
        return time.thread_time() - start

    short, long = Replay(writes(EVERY)), Replay(writes(EVERY * 40))
    assert worst(long) < 10 * worst(short)
