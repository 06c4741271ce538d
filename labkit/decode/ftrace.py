"""From the text of the kernel's function graph tracer to values. Pure; the format is of Documentation/trace/ftrace.rst.

Expected are the options funcgraph-proc, funcgraph-abstime and funcgraph-tail, without funcgraph-cpu and -overhead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from labkit.errors import LabkitError

_LINE = re.compile(r"^\s*(\d+)\.(\d{6}) \|\s+(.+)-(\d+)\s+\|\s+(?:([\d.]+) us)?\s*\|( *)(.*)$")
_ENTERED = re.compile(r"^([\w.]+)(?: \[(\w+)\])?\(\)( \{|;)")
_EVENT = re.compile(r"^/\* ([\w-]+): ?(.*) \*/$")
_LOST = re.compile(r"LOST (\d+) EVENTS")


@dataclass(frozen=True, slots=True)
class Line:
    """A function entered or an event; `at` in microseconds of the tracer's clock, `took` None where it is not known."""

    at: int
    task: str
    tid: int
    depth: int
    kind: Literal["function", "event"]
    name: str
    took: float | None = None
    detail: str = ""
    module: str = ""
    ended: int = -1


def lines(text: str) -> tuple[Line, ...]:
    """Every function entered and every event, in order; `ended` is the number of the line before which it returned.

    Raises LabkitError when the tracer lost something: then the path would have a gap.

    >>> [(one.name, one.depth, one.took) for one in lines('''
    ...  1.000001 |   cat-7     |               |  ksys_read() {
    ...  1.000002 |   cat-7     |   0.500 us    |    fdget();
    ...  1.000004 |   cat-7     |   3.000 us    |  } /* ksys_read */
    ... ''')]
    [('ksys_read', 0, 3.0), ('fdget', 1, 0.5)]
    """
    if lost := _LOST.search(text):
        raise LabkitError(f"The kernel's tracer lost {lost[1]} events: the path has a gap. Trace a shorter call.")
    found: list[Line] = []
    stacks: dict[int, list[int]] = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            _add(found, stacks, match)
    return tuple(found)


def _add(found: list[Line], stacks: dict[int, list[int]], match: re.Match[str]) -> None:
    seconds, micro, task, tid, took, indent, body = match.groups()
    at, depth = int(seconds) * 1_000_000 + int(micro), max(len(indent) - 2, 0) // 2
    stack = stacks.setdefault(int(tid), [])
    if body.startswith("}"):
        while stack and found[stack[-1]].depth >= depth:
            number = stack.pop()
            ended = float(took) if took and found[number].depth == depth else None
            found[number] = replace(found[number], took=ended, ended=len(found))
    elif entered := _ENTERED.match(body):
        name, module, opens = entered.groups()
        leaf = opens == ";"
        if not leaf:
            stack.append(len(found))
        ended_at = len(found) + 1 if leaf else -1
        known = float(took) if took else None
        found.append(
            Line(at, task.strip(), int(tid), depth, "function", name, known, module=module or "", ended=ended_at)
        )
    elif event := _EVENT.match(body):
        found.append(Line(at, task.strip(), int(tid), depth, "event", event[1], detail=event[2], ended=len(found) + 1))


def fields(detail: str) -> dict[str, str]:
    """The name=value pairs in what an event says.

    >>> fields("prev_comm=cat prev_pid=7 prev_state=S ==> next_comm=swapper/0 next_pid=0")["next_pid"]
    '0'
    """
    return dict(re.findall(r"(\w+)=(\S+)", detail))


def within(found: tuple[Line, ...], number: int) -> Iterator[int]:
    """The numbers of the lines between a function's entry and its return, of whatever task."""
    end = found[number].ended
    yield from range(number + 1, len(found) if end < 0 else end)
