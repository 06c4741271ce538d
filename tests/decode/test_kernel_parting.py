"""Where ways part, and the life of a request, against the paths themselves, counted here in another way."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import combinations, takewhile

import pytest

from labkit.decode.kernel_life import STAGES, life, satisfied
from labkit.decode.kernel_parting import ASLEEP, Branch, parting, twin
from labkit.decode.kernel_rules import FOLDED, levels, points
from labkit.decode.kernel_sleep import asleep, leaves
from labkit.decode.kernel_story import story
from labkit.errors import LabkitError
from tests.decode.kernel_graphs import NAMES, graph

ALL = {name: graph(name) for name in NAMES}


def shown(name: str) -> list[str]:
    made = graph(name)
    found = []
    for step, level in zip(made.steps, levels(made), strict=True):
        if step.kind == "event" and leaves(made, step) == "asleep":
            found.append(ASLEEP)
        elif step.kind == "function" and level != FOLDED:
            found.append(step.name.partition(".")[0])
    return found


def stretches(branch: Branch, label: str) -> list[Branch]:
    """The branches on the way of one label."""
    below = [found for one in branch.branches if label in one.labels for found in stretches(one, label)]
    return [branch, *below]


def test_the_trunk_is_what_all_share_and_no_more() -> None:
    trunk = parting(ALL)
    common = os.path.commonprefix([shown(name) for name in NAMES])
    assert [stop.name for stop in trunk.stops] == common and trunk.more == 0
    assert common[-1] == "rw_verify_area"
    assert all(branch.stops[0].weight == 0 for branch in trunk.branches)  # each kind's own function
    assert {label for branch in trunk.branches for label in branch.labels} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_on_the_way_of_each_nothing_is_lost_but_counted(name: str) -> None:
    way = stretches(parting(ALL), name)
    assert way[-1].ends == (f"gives {graph(name).result}",)
    named = [stop.name for branch in way for stop in branch.stops]
    assert len(way) - 1 <= 2
    ordered = iter(shown(name))
    assert all(one in ordered for one in named)  # in the path's own order
    for branch in way:
        assert sum(stop.side == "call" for stop in branch.stops) <= 8
    sides = [step.side for step in graph(name).steps]
    if set(sides) <= {"call"}:
        assert len(set(named)) + sum(branch.more for branch in way) == len(set(shown(name)))


@pytest.mark.parametrize("pair", list(combinations(("disk_numbers", "disk_numbers_cold", "pipe", "socket"), 2)))
def test_two_part_where_their_functions_first_differ(pair: tuple[str, str]) -> None:
    one, other = map(shown, pair)
    shared = [a for a, _ in takewhile(lambda both: both[0] == both[1], zip(one, other, strict=False))]
    trunk = parting({name: graph(name) for name in pair})
    assert len(trunk.stops) + trunk.more == len(set(shared))
    last = trunk.branches[0].stops[0].name if trunk.branches[0].stops else "the end"
    assert last != (trunk.branches[1].stops[0].name if trunk.branches[1].stops else "the end")


def test_the_same_way_twice_does_not_part_and_one_alone_is_refused() -> None:
    both = parting({"a": graph("pipe"), "b": graph("pipe")})
    assert both.branches == () and both.ends == ("gives 16", "gives 16")
    with pytest.raises(LabkitError, match="two or more"):
        parting({"a": graph("pipe")})
    assert len(twin(parting(ALL))) == 1 + 7 + 2  # the trunk, seven beginnings, and where cached and cold part


def test_the_life_of_a_cold_read_goes_through_every_box_and_a_cached_one_returns_at_once() -> None:
    cold, cached = ({stage.key: stage for stage in life(graph(name))} for name in ("disk_numbers_cold", "disk_numbers"))
    assert list(cold) == list(cached) == [key for key, *_ in STAGES]
    assert all(stage.reached for stage in cold.values())
    assert [key for key, stage in cached.items() if stage.reached] == ["ask", "call", "satisfied", "copy", "return"]
    assert cold["satisfied"].said == "no" and cached["satisfied"].said == "yes"
    where = {
        "vfs_read": "call", "filemap_read": "satisfied", "page_cache_sync_ra": "queue", "submit_bio": "queue",
        "nvme_queue_rq": "command", "block_rq_issue": "command", "io_schedule": "sleep",
        "__common_interrupt": "interrupt", "nvme_irq": "which", "blk_mq_end_request": "status",
        "block_rq_complete": "status", "folio_wake_bit": "wake", "try_to_wake_up": "wake",
    }  # fmt: skip
    for name, key in where.items():
        assert [stage.key for stage in cold.values() if name in stage.found] == [key], name


@pytest.mark.parametrize("name", NAMES)
def test_every_shown_step_is_in_a_box_in_its_order(name: str) -> None:
    made = graph(name)
    stages = life(made)
    names = [
        step.name.partition(".")[0] for step, level in zip(made.steps, levels(made), strict=True) if level != FOLDED
    ]
    assert {one for stage in stages for one in stage.found} == set(names)
    for stage in stages:
        assert len(set(stage.found)) == len(stage.found) and stage.points <= set(stage.found)
    pointed = {step.name for step, point in zip(made.steps, points(made), strict=True) if point}
    assert pointed <= {one for stage in stages for one in stage.points} | {"filemap_get_read_batch"}
    bottom = {one for stage in stages if stage.half == "bottom" for one in stage.found}
    others = {step.name.partition(".")[0] for step in made.steps if step.side in ("interrupt", "work")}
    assert bottom <= others
    assert satisfied(made) == (name not in ("disk_numbers_cold", "card"))


def test_the_driver_of_the_course_waits_for_what_another_asked() -> None:
    card = {stage.key: stage for stage in life(graph("card"))}
    assert not card["queue"].reached and not card["command"].reached
    assert card["satisfied"].found[0] == "lab_read" and card["which"].found == ("lab_interrupt",)
    assert "lab_deferred" in card["status"].found and card["device"].said == "lab"
    assert card["copy"].said == "8 bytes"


def test_that_another_process_had_a_turn_is_no_sleep() -> None:
    made = graph("pipe")
    at = [step.name for step in made.steps].index("pipe_read") + 1
    tid = made.steps[0].tid
    away = f"prev_comm=one_read prev_pid={tid} prev_prio=120 prev_state=R+ ==> next_comm=other next_pid=9"
    back = f"prev_comm=other prev_pid=9 prev_prio=120 prev_state=S ==> next_comm=one_read next_pid={tid} next_prio=120"
    turn = tuple(
        replace(made.steps[at], kind="event", name="sched_switch", detail=detail, side=side, took=None)
        for detail, side in ((away, "call"), (back, "other"))
    )
    preempted = replace(made, steps=(*made.steps[:at], *turn, *made.steps[at:]))
    assert satisfied(preempted) and not any(asleep(preempted))
    reached = [stage.key for stage in life(preempted) if stage.reached]
    assert reached == [stage.key for stage in life(made) if stage.reached]
    assert "Another process has its turn" in story(preempted)[at]
    assert parting({"a": made, "b": preempted}).branches == ()
