"""Layers, levels and sentences of real kernel paths: each step has one, and they say what the trace says."""

from __future__ import annotations

import re

import pytest

from labkit.decode.kernel_layers import LAYERS, layers
from labkit.decode.kernel_rules import FOLDED, POINT, POINTS, WAKES_ANOTHER, folded, levels, points
from labkit.decode.kernel_sleep import asleep, goes_on, leaves, woken
from labkit.decode.kernel_story import folds, story
from labkit.decode.kernel_tree import text, tree
from tests.decode.kernel_graphs import NAMES, TEXTS, graph

each = pytest.mark.parametrize("name", NAMES)


@each
def test_every_step_has_a_layer_and_the_well_known_have_theirs(name: str) -> None:
    made = graph(name)
    found = layers(made)
    assert len(found) == len(made.steps) and set(found) <= set(LAYERS)
    known = {
        "ksys_read": "system call", "vfs_read": "generic layer", "filemap_read": "page cache",
        "ext4_map_blocks": "file system", "submit_bio": "block layer", "block_rq_issue": "block layer",
        "nvme_queue_rq": "driver", "nvme_irq": "driver", "lab_read": "driver", "lab_interrupt": "driver",
        "lab_deferred": "driver", "__common_interrupt": "interrupt", "io_schedule": "scheduler",
        "try_to_wake_up": "scheduler", "read_zero": "the file's own code", "pipe_read": "the file's own code",
        "n_tty_read": "the file's own code", "tcp_recvmsg": "the file's own code", "folio_wake_bit": "page cache",
    }  # fmt: skip
    for step, layer in zip(made.steps, found, strict=True):
        assert layer == known.get(step.name, layer), step.name


def test_the_cold_read_meets_every_layer_from_above_and_comes_back_up_by_the_interrupt() -> None:
    made = graph("disk_numbers_cold")
    shown = [
        (step.side, layer)
        for step, layer, level in zip(made.steps, layers(made), levels(made), strict=True)
        if level == POINT and step.kind == "function"
    ]
    down = list(dict.fromkeys(layer for side, layer in shown if side == "call"))
    up = list(dict.fromkeys(layer for side, layer in shown if side == "interrupt"))
    assert down == [
        "system call", "generic layer", "the file's own code", "page cache", "file system", "block layer", "driver",
        "scheduler",
    ]  # fmt: skip
    assert up == ["interrupt", "driver", "block layer", "page cache", "scheduler"]


@each
def test_levels_are_points_then_shown_then_folded(name: str) -> None:
    made = graph(name)
    for number, (step, level, why, point) in enumerate(
        zip(made.steps, levels(made), folded(made), points(made), strict=True)
    ):
        assert (level == FOLDED) == bool(why)
        if step.name in POINTS or point or number == 0:
            assert level == POINT


@each
def test_sleep_begins_and_ends_where_the_scheduler_says(name: str) -> None:
    made = graph(name)
    tid = made.steps[0].tid
    block = TEXTS[name][TEXTS[name].index("__x64_sys_read() {") :].split("} /* __x64_sys_read */")[0]
    gave_up = re.findall(rf"sched_switch: .*prev_pid={tid} .*prev_state=([A-Z])", block)
    assert sum(leaves(made, step) == "asleep" for step in made.steps) == sum(state != "R" for state in gave_up)
    assert sum(goes_on(made, step) for step in made.steps) == len(
        re.findall(rf"sched_switch: .*next_pid={tid} ", block)
    )
    assert sum(woken(made, step) for step in made.steps) == len(re.findall(rf"sched_waking: .*pid={tid} ", block))
    sleeping = asleep(made)
    assert any(sleeping) == (name in ("disk_numbers_cold", "card"))
    for step, now in zip(made.steps, sleeping, strict=True):
        if now and step.side == "call" and not leaves(made, step):
            # only the scheduler, which is still in the sleeper's name
            assert folded(made)[made.steps.index(step)] == "the scheduler's own work"


@each
def test_every_step_has_a_sentence_and_folded_runs_are_counted(name: str) -> None:
    made = graph(name)
    told = story(made)
    assert len(told) == len(made.steps) and all(re.fullmatch(r"[A-Z_a-z].*[.?]", one) for one in told)
    for step, one in zip(made.steps, told, strict=True):
        assert step.kind == "event" or step.name in one
    counted = [int(one.split()[0]) for one in folds(made).values()]
    assert sum(counted) == sum(bool(why) for why in folded(made))
    assert told[-1].endswith(f"All return, and read gives {made.result}.")
    # the same whoever ran it, whenever, wherever on the disk
    assert not re.search(rf"\b{made.steps[0].tid}\b|\d\.\d|0x|8772", " ".join(told).replace(str(made.result), ""))


def test_a_wake_up_says_who_is_woken() -> None:
    made = graph("card")
    found = [point for step, point in zip(made.steps, points(made), strict=True) if step.name == "try_to_wake_up"]
    assert found == [WAKES_ANOTHER, POINTS["try_to_wake_up"]]
    told = dict(zip((step.name for step in made.steps), story(made), strict=True))
    assert "handler of this interrupt" in told["lab_interrupt"] and "left for later" in told["lab_deferred"]


@each
def test_the_tree_has_every_shown_step_once_and_nothing_that_changes(name: str) -> None:
    made = graph(name)
    for level in (POINT, FOLDED - 1, FOLDED):
        lines = [line for line in tree(made, level) if not re.match(r"[~ ] \[", line)]
        wanted = [step for step, own in zip(made.steps, levels(made), strict=True) if own <= level]
        assert len(lines) == len(wanted)
        for line, step in zip(lines, wanted, strict=True):
            assert step.kind == "event" or line[1:].split()[0] == step.name
    whole = text(made)
    assert whole.endswith("read gives " + str(made.result))
    assert not re.search(rf"\b{made.steps[0].tid}\b|[0-9]\.[0-9]{{3}}|8772", whole)
