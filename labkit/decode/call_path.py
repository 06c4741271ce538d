"""From the tracer's lines to the CallGraph of one system call: what belongs to it, and on whose behalf. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from labkit.decode.ftrace import Line, fields, lines
from labkit.errors import LabkitError
from labkit.model import CallGraph, KernelStep
from labkit.model.callgraph import Side

# arch/x86/include/asm/idtentry.h: what the processor enters when a device or its timer interrupts
_INTERRUPTS = re.compile(r"^(__common_interrupt|__sysvec_\w+|common_interrupt|sysvec_\w+)$")
_TIMER = re.compile(r"^_*sysvec_(apic_timer|irq_work|reschedule|call_function)\w*")
_WORK = "process_one_work"  # of kernel threads: kernel/workqueue.c
_AROUND_INTERRUPTS = ("irq_enter_rcu", "irq_exit_rcu")
_BLOCK = ("block_bio_queue", "block_rq_issue", "block_rq_complete")


def call_graph(
    text: str, tid: int, call: str, result: int, *, program: str, args: tuple[str, ...], kernel: str,
    made: Mapping[str, str] | None = None,
) -> CallGraph:  # fmt: skip
    """What the tracer's `text` has of the system call `call` that thread `tid` made, from entry to return.

    Of what interrupts and deferred work did meanwhile is kept what had to do with the call: what woke the thread, or
    came through a driver that the call came through; and that others ran. The processor's own timer is left out,
    wherever it struck. Raises LabkitError when the call is not in the text.
    """
    found = lines(text)
    root = f"__x64_sys_{call}"
    start = next((n for n, one in enumerate(found) if one.tid == tid and one.name == root), None)
    if start is None:
        raise LabkitError(f"The kernel's tracer did not see {call}: no {root} of thread {tid} is in what it wrote.")
    end = found[start].ended if found[start].ended >= 0 else len(found)
    left_out = _timer(found) | _strangers(found, start, end, tid)
    steps = []
    sides: dict[int, Side] = {}
    for number in range(start, end):
        one = found[number]
        side = sides[number] = _side(found, number, tid, sides)
        if number not in left_out and _belongs(one, side, tid, found[start].task):
            steps.append(_step(one, side, found[start]))
    return CallGraph(call, program, args, result, kernel, tuple(steps), dict(made or {}))


def _timer(found: tuple[Line, ...]) -> set[int]:
    """The lines of the processor's own timer, and of the book-keeping around every interrupt."""
    out: set[int] = set()
    for number, one in enumerate(found):
        if one.kind == "function" and (_TIMER.match(one.name) or one.name in _AROUND_INTERRUPTS):
            end = one.ended if one.ended >= 0 else len(found)
            out.update(n for n in range(number, end) if found[n].tid == one.tid)
    return out


def _strangers(found: tuple[Line, ...], start: int, end: int, tid: int) -> set[int]:
    """The lines of interrupts and of deferred work that had nothing to do with the call of thread `tid`."""
    own = [found[n] for n in range(start, end) if found[n].tid == tid]
    drivers = {one.module for one in own} - {""}
    asked = {_blocks(one) for one in own if one.name in _BLOCK}
    out: set[int] = set()
    for number in range(start, end):
        one = found[number]
        if one.name in _BLOCK and _blocks(one) not in asked:  # a file system also does things of its own accord
            out.add(number)
            continue
        work = one.name == _WORK and one.depth == 0
        if number in out or one.kind != "function" or not (work or _INTERRUPTS.match(one.name)):
            continue
        last = one.ended if one.ended >= 0 else end
        inside = [n for n in range(number, min(last, end)) if found[n].tid == one.tid]
        if not any(found[n].module in drivers or _wakes(found[n], tid) or _answers(found[n], asked) for n in inside):
            out.update(inside)
    return out


def _blocks(one: Line) -> str:
    """Which blocks a request is for: "8772 + 32" in what its event says."""
    blocks = re.search(r"\d+ \+ \d+", one.detail)
    return blocks[0] if blocks else ""


def _answers(one: Line, asked: set[str]) -> bool:
    return one.name == "block_rq_complete" and _blocks(one) in asked


def _wakes(one: Line, tid: int) -> bool:
    return one.name == "sched_waking" and fields(one.detail).get("pid") == str(tid)


def _side(found: tuple[Line, ...], number: int, tid: int, sides: Mapping[int, Side]) -> Side:
    """On whose behalf a line happened: what it is inside of tells, else whose it is."""
    one = found[number]
    if one.kind == "function" and _INTERRUPTS.match(one.name):
        return "interrupt"
    for before in range(number - 1, -1, -1):
        other = found[before]
        if other.tid == one.tid and other.kind == "function" and other.depth < one.depth:
            inside = other.ended < 0 or other.ended > number
            if inside and sides.get(before) == "interrupt":
                return "interrupt"
            if inside:
                break
    if one.tid == tid:
        return "call"
    return "work" if one.task.startswith("kworker") else "other"


def _belongs(one: Line, side: Side, tid: int, task: str) -> bool:
    if one.kind == "function":
        return side != "other"
    said = fields(one.detail)
    if one.name == "sched_switch":
        return str(tid) in (said.get("prev_pid"), said.get("next_pid"))
    if one.name == "sched_waking":
        return said.get("pid") == str(tid)
    return one.name in (*_BLOCK, "irq_handler_entry") or side == "call"


def _step(one: Line, side: Side, root: Line) -> KernelStep:
    at = float(one.at - root.at)
    return KernelStep(
        at, one.task, one.tid, one.depth, one.kind, one.name, side, took=one.took, detail=one.detail, module=one.module
    )


def slept(graph: CallGraph) -> bool:
    """Whether the process had to sleep in the call, and was not merely made to wait for its turn.

    A task that can go on is in state R (sched_switch, include/trace/events/sched.h); asleep it is in S or D.
    """
    tid = graph.steps[0].tid
    for step in graph.steps:
        said = fields(step.detail) if step.name == "sched_switch" else {}
        if said.get("prev_pid") == str(tid) and said.get("prev_state", "R")[:1] in "SD":
            return True
    return False


def undisturbed(graph: CallGraph) -> bool:
    """Whether no interrupt came while the thread that does the deferred work was running already, with other work."""
    interrupted = {step.tid for step in graph.steps if step.side == "interrupt"}
    return not interrupted & {step.tid for step in graph.steps if step.side == "work"}
