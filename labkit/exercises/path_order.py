"""Stages of a system call's way through the kernel, to be put in order, and set against a recorded way. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from labkit.decode.kernel_sleep import leaves, woken
from labkit.errors import LabkitError
from labkit.exercises.requirement import Finding
from labkit.model import CallGraph, KernelStep


@dataclass(frozen=True)
class Stage:
    """One stage: what the learner reads, and the `steps` that are it: functions or events of any of these names.

    Of the scheduler's events, `about` says which: the caller falls "asleep", or is "woken"; of what is done more than
    once, `last` takes the last. `why` is said when the stage was put too late.
    """

    key: str
    text: str
    steps: tuple[str, ...]
    why: str
    about: Literal["", "asleep", "woken"] = ""
    last: bool = False


@dataclass(frozen=True)
class PathOrder:
    """The `stages` in the order in which they are shown; what is recorded is `program` with `args`, and its read."""

    stages: tuple[Stage, ...]
    program: str
    args: tuple[str, ...]


def places(stage: Stage, graph: CallGraph) -> tuple[int, ...]:
    """At which steps of `graph`, counted from 0, the stage is; LabkitError if at none: then nothing can be judged."""
    found = tuple(number for number, step in enumerate(graph.steps) if _is(stage, step, graph))
    if not found:
        raise LabkitError(
            f"In what was recorded, {' and '.join(stage.steps)} is not there: this kernel's way is another."
        )
    return found[-1:] if stage.last else found


def _is(stage: Stage, step: KernelStep, graph: CallGraph) -> bool:
    if stage.about == "asleep":
        return leaves(graph, step) == "asleep"
    return woken(graph, step) if stage.about == "woken" else step.name in stage.steps


def first_out_of_order(order: PathOrder, chosen: Sequence[int], graph: CallGraph) -> tuple[Finding, int] | None:
    """What is wrong with the stages in the order `chosen` (their numbers), and the step, from 1, that shows it.

    Right is every order in which the recorded steps can be found one after the other.
    """
    for number in chosen:
        places(order.stages[number - 1], graph)
    at, before = -1, None
    for row, number in enumerate(chosen, 1):
        stage = order.stages[number - 1]
        found = places(stage, graph)
        following = next((place for place in found if place > at), None)
        if following is None:
            assert before is not None  # what comes first is after nothing
            here, other = graph.steps[found[-1]], graph.steps[at]
            says = (
                f"Row {row} of your order, `{stage.text}`, comes too late: in the recording {here.name} is at "
                f"{here.at:,.1f} µs, and `{before.text}` ({other.name}) only at {other.at:,.1f} µs. {stage.why}"
            )
            return Finding(f"{stage.key}-too-late", says), found[-1] + 1
        at, before = following, stage
    if len(chosen) < len(order.stages):
        missing = next(n for n in range(1, len(order.stages) + 1) if n not in chosen)
        says = (
            f"What is there is right so far, but not all: where is line {missing}, `{order.stages[missing - 1].text}`?"
        )
        return Finding("lines-missing", says), places(order.stages[missing - 1], graph)[0] + 1
    return None
