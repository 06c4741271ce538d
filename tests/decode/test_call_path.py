"""Paths through the kernel, from what a real tracer wrote (tests/decode/kernel), against what is counted there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.decode.call_path import call_graph, undisturbed
from labkit.decode.ftrace import lines
from labkit.decode.kernel_rules import OWN, RULES, folded, points
from labkit.errors import LabkitError
from labkit.model import CallGraph

TEXTS = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "kernel").glob("*.txt"))}
each = pytest.mark.parametrize("name", TEXTS)
OWN_READ = {
    "dev_zero": "read_zero", "pipe": "pipe_read", "terminal": "tty_read", "socket": "sock_read_iter",
    "disk_numbers": "ext4_file_read_iter", "disk_numbers_cold": "ext4_file_read_iter",
    "dev_urandom": "urandom_read_iter",
}  # fmt: skip


def graph(name: str) -> CallGraph:
    found = re.search(r"one_rea-(\d+) .*__x64_sys_read", TEXTS[name])
    assert found
    return call_graph(TEXTS[name], int(found[1]), "read", 16, program="one_read", args=(name,), kernel="6.1")


@each
def test_every_line_of_the_tracer_is_accounted_for(name: str) -> None:
    entered = re.findall(r"^.*\|  +[\w.]+(?: \[\w+\])?\(\)(?: \{|;)", TEXTS[name], re.M)
    events = re.findall(r"\|  +/\* [\w-]+: ", TEXTS[name])
    found = lines(TEXTS[name])
    assert sum(one.kind == "function" for one in found) == len(entered)
    assert sum(one.kind == "event" for one in found) == len(events)
    assert all(one.ended > number for number, one in enumerate(found) if one.ended >= 0)


@each
def test_the_call_is_whole_and_nothing_of_it_is_left_out(name: str) -> None:
    made = graph(name)
    assert made.steps[0].name == "__x64_sys_read" and made.steps[0].depth == 0
    own = [step for step in made.steps if step.tid == made.steps[0].tid and step.kind == "function"]
    block = re.search(r"__x64_sys_read\(\) \{.*\} /\* __x64_sys_read \*/", TEXTS[name], re.S)
    assert block
    mine = [line for line in block[0].splitlines() if "one_rea-" in line or line.startswith("__x64")]
    timers = sum("sysvec" in line and "{" in line for line in mine)
    if not timers:
        assert len(own) == sum(1 for line in mine if re.search(r"\(\)(?: \{|;)", line))
    assert [step.at for step in made.steps] == sorted(step.at for step in made.steps)


@each
def test_the_files_own_read_is_where_the_ways_part(name: str) -> None:
    made = graph(name)
    assert [step.name for step, point in zip(made.steps, points(made), strict=True) if point is OWN] == [OWN_READ[name]]


@each
def test_folding_hides_no_point_and_no_event_and_says_why(name: str) -> None:
    made = graph(name)
    whys = folded(made)
    known = {rule.why for rule in RULES}
    for step, why, point in zip(made.steps, whys, points(made), strict=True):
        assert why in known | {""}
        assert not (why and (point or step.kind == "event"))
    assert 0 < whys.count("") < len(whys)


def test_a_cold_read_goes_down_to_the_device_sleeps_and_is_woken_by_its_interrupt() -> None:
    made = graph("disk_numbers_cold")
    order = [
        "ext4_file_read_iter", "filemap_read", "page_cache_sync_ra", "submit_bio", "block_bio_queue", "nvme_queue_rq",
        "block_rq_issue", "io_schedule", "sched_switch", "__common_interrupt", "irq_handler_entry", "nvme_irq",
        "block_rq_complete", "bio_endio", "folio_wake_bit", "try_to_wake_up", "sched_waking", "finish_wait",
    ]  # fmt: skip
    names = [step.name for step in made.steps]
    at = -1
    for name in order:
        at = names.index(name, at + 1)
    asleep, woken = names.index("io_schedule"), names.index("nvme_irq")
    assert made.steps[asleep].side == "call" and made.steps[woken].side == "interrupt"
    assert made.steps[woken].tid != made.steps[asleep].tid  # it struck while nobody else wanted the processor
    cached = graph("disk_numbers")
    assert not {"submit_bio", "io_schedule", "nvme_queue_rq"} & set(cached.functions())


def test_what_is_inside_an_interrupt_counts_as_its_own() -> None:
    made = graph("disk_numbers_cold")
    start = next(n for n, step in enumerate(made.steps) if step.name == "__common_interrupt")
    depth = made.steps[start].depth
    for step in made.steps[start + 1 :]:
        if step.tid == made.steps[start].tid and step.depth <= depth:
            break
        assert step.side == "interrupt" or step.tid != made.steps[start].tid


def test_what_others_ask_of_the_disk_meanwhile_is_no_part_of_the_call() -> None:
    """ext4 goes on making a new file system by a thread of its own; what the call asked for, anyone may carry out."""
    name = "disk_numbers_cold"
    text = TEXTS[name]
    own = next(line for line in text.splitlines() if "block_bio_queue" in line)
    (issued,) = (line for line in text.splitlines() if "block_rq_issue" in line)
    strange = re.sub(r"one_read?-\d+ ", "ext4laz-81 ", own).replace("8772 + 32", "518 + 2")
    carried_out = re.sub(r"\S+-\d+ ", "kworker-7 ", issued)
    assert "518 + 2" in strange and "8772" in carried_out
    changed = text.replace(own, f"{own}\n{strange}").replace(issued, carried_out)
    with_others = call_graph(
        changed, graph(name).steps[0].tid, "read", 16, program="one_read", args=(name,), kernel="6.1"
    )
    assert [step.name for step in with_others.steps] == [step.name for step in graph(name).steps]


def test_an_interrupt_of_the_thread_that_does_the_deferred_work_is_a_disturbance() -> None:
    made = graph("disk_numbers_cold")
    assert undisturbed(made)
    struck = next(step for step in made.steps if step.side == "interrupt")
    worked = replace(made.steps[-1], side="work")
    assert undisturbed(replace(made, steps=(*made.steps, replace(worked, tid=struck.tid + 1))))
    assert not undisturbed(replace(made, steps=(*made.steps, replace(worked, tid=struck.tid))))


def test_a_gap_in_the_trace_is_not_passed_over() -> None:
    with pytest.raises(LabkitError, match="lost 12 events"):
        lines(TEXTS["pipe"] + "CPU:0 [LOST 12 EVENTS]\n")
    with pytest.raises(LabkitError, match="did not see write"):
        call_graph(TEXTS["pipe"], 1, "write", 0, program="x", args=(), kernel="6.1")
