"""When the process of a path did not run: the scheduler's events that concern it. Pure."""

from __future__ import annotations

from labkit.decode.ftrace import fields
from labkit.decode.once import once
from labkit.model import CallGraph, KernelStep


def leaves(graph: CallGraph, step: KernelStep) -> str:
    """Why the process gives up the processor at this step: "asleep", "another's turn", or "" when it does not."""
    said = _switch(step)
    if said.get("prev_pid") != str(graph.steps[0].tid):
        return ""
    return "another's turn" if said.get("prev_state", "").startswith("R") else "asleep"


def goes_on(graph: CallGraph, step: KernelStep) -> bool:
    """Whether the process has the processor again from this step on."""
    return _switch(step).get("next_pid") == str(graph.steps[0].tid)


def woken(graph: CallGraph, step: KernelStep) -> bool:
    """Whether the process is woken at this step: it may run again, and will when its turn comes."""
    return (
        step.kind == "event"
        and step.name == "sched_waking"
        and fields(step.detail).get("pid") == str(graph.steps[0].tid)
    )


@once
def asleep(graph: CallGraph) -> tuple[bool, ...]:
    """Of each step, whether the process is asleep when it happens: from where it gave up the processor until woken."""
    found, now = [], False
    for step in graph.steps:
        if leaves(graph, step) == "asleep":
            now = True
        elif woken(graph, step) or goes_on(graph, step):
            now = False
        found.append(now)
    return tuple(found)


def _switch(step: KernelStep) -> dict[str, str]:
    return dict(fields(step.detail)) if step.kind == "event" and step.name == "sched_switch" else {}
