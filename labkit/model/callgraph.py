"""The way of one system call through a kernel: every function entered and every event, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["call", "interrupt", "work", "other"]


@dataclass(frozen=True, slots=True)
class KernelStep:
    """A function that was entered, or an event of the scheduler, the block layer or an interrupt (`kind`).

    `at` is in microseconds since the system call was entered, `took` how long the function ran, sleep included (None
    for events, and where it had not returned). `depth` counts the functions it is inside of, of the same task. `task`
    and `tid` are the kernel's for whoever ran; `side` says on whose behalf: the "call" itself, an "interrupt", deferred
    "work" of a kernel thread, or some "other" task that ran meanwhile. `module` has the function, "" for the kernel.
    """

    at: float
    task: str
    tid: int
    depth: int
    kind: Literal["function", "event"]
    name: str
    side: Side
    took: float | None = None
    detail: str = ""
    module: str = ""


@dataclass(frozen=True)
class CallGraph:
    """One system call, from its entry to its return, inside a kernel of release `kernel`.

    `call` is its name, `program` and `args` what made it, `result` what it returned. `made` says where and how.
    """

    call: str
    program: str
    args: tuple[str, ...]
    result: int
    kernel: str
    steps: tuple[KernelStep, ...]
    made: Mapping[str, str] = field(default_factory=dict)

    def functions(self) -> tuple[str, ...]:
        """The names of the functions entered on behalf of the call itself, in order."""
        return tuple(step.name for step in self.steps if step.kind == "function" and step.side == "call")
