"""A kernel path as an indented tree of its shown functions. Pure; the same text for the same way, whoever went it.

No process numbers, times, addresses or places on the disk are in it.
"""

from __future__ import annotations

from labkit.decode.kernel_result import outcome
from labkit.decode.kernel_rules import FOLDED, folded, levels, points
from labkit.decode.kernel_sleep import asleep
from labkit.decode.kernel_story import SIDES, event
from labkit.decode.once import once
from labkit.model import CallGraph


def title(graph: CallGraph) -> str:
    """What was called, by what.

    >>> title(CallGraph("read", "one_read", ("/dev/zero",), 16, "6.1", ()))
    'read by one_read /dev/zero'
    """
    return " ".join([graph.call, "by", graph.program, *graph.args])


@once
def depths(graph: CallGraph) -> tuple[int, ...]:
    """How many shown functions each step is inside of, within its own task."""
    found = []
    stacks: dict[int, list[tuple[int, bool]]] = {}
    for step, why in zip(graph.steps, folded(graph), strict=True):
        stack = stacks.setdefault(step.tid, [])
        while stack and stack[-1][0] >= step.depth:
            stack.pop()
        found.append(sum(shown for _, shown in stack))
        if step.kind == "function":
            stack.append((step.depth, not why))
    return tuple(found)


def tree(graph: CallGraph, level: int = FOLDED - 1) -> tuple[str, ...]:
    """A line for each step up to this level of detail (`kernel_rules.levels`): • marks the points of the lecture.

    ~ stands before what happens while the process is asleep; a line of its own names the side where it changes.
    """
    lines = []
    side = "call"
    rows = zip(graph.steps, levels(graph), depths(graph), points(graph), asleep(graph), strict=True)
    for step, wanted, depth, point, sleeping in rows:
        if wanted > level:
            continue
        if step.side != side:
            side = step.side
            lines.append(f"{'~' if sleeping else ' '} [{SIDES[side]}]")
        said = f"({event(graph, step)})" if step.kind == "event" else step.name
        mark = f" • {point.part}: {point.says}" if point else ""
        lines.append(f"{'~' if sleeping else ' '} {'  ' * depth}{said}{mark}")
    return tuple(lines)


def text(graph: CallGraph) -> str:
    """The whole twin: what was called, the tree, what it gave."""
    return "\n".join([title(graph), *tree(graph), f"{graph.call} {outcome(graph)}"])
