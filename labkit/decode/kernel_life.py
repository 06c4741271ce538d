"""The life cycle of an I/O request, told from one recorded path: the boxes of the classic figure and what fills them.

Pure. The figure: may the request be satisfied already? If so, copy and return; if not, queue it, let the process sleep,
command the device; its interrupt says it is done, the driver finds out which request, the process is woken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labkit.decode.ftrace import fields
from labkit.decode.kernel_layers import layers
from labkit.decode.kernel_result import WRITES, moved, outcome
from labkit.decode.kernel_rules import FOLDED, OWN, POINT, levels, points
from labkit.decode.kernel_sleep import asleep, goes_on, leaves, woken
from labkit.model import CallGraph, KernelStep

Half = Literal["program", "top", "device", "bottom"]


@dataclass(frozen=True)
class Stage:
    """A box of the figure: its `key`, what it asks or does in `words`, whose part it is, and the steps found for it.

    `found` are names of functions and events in their order, each once, points of the lecture in `points`; `said` is
    what is known without a function. `reached` tells whether the call came there at all.
    """

    key: str
    words: str
    half: Half
    found: tuple[str, ...] = ()
    points: frozenset[str] = frozenset()
    said: str = ""

    @property
    def reached(self) -> bool:
        """Whether anything of the recording belongs here."""
        return bool(self.found or self.said)


STAGES: tuple[tuple[str, str, Half], ...] = (
    ("ask", "the program asks", "program"),
    ("call", "system call: is it allowed?", "top"),
    ("satisfied", "can it be satisfied already?", "top"),
    ("queue", "the request is made and queued", "top"),
    ("command", "the driver commands the device", "top"),
    ("sleep", "the process sleeps", "top"),
    ("device", "the device works", "device"),
    ("interrupt", "the device interrupts", "bottom"),
    ("which", "the driver: which request is it?", "bottom"),
    ("status", "status and data are stored", "bottom"),
    ("wake", "who waits is woken", "bottom"),
    ("again", "the process runs again", "top"),
    ("copy", "bytes are copied to the program", "top"),
    ("return", "the call returns", "program"),
)
_ASKS_FOR_MORE = ("page_cache_sync_ra", "page_cache_async_ra", "filemap_read_folio", "read_pages")
# The kernel's copying itself is in lib/, which is built without the tracer: seen is who calls it, or the check before.
_COPIES = ("__check_object_size", "check_stack_object", "check_heap_object")


def satisfied(graph: CallGraph) -> bool:
    """Whether the call could be satisfied at once: nothing was asked of a device and the process did not sleep."""
    asked = any(step.name in ("submit_bio", "block_bio_queue") and step.side == "call" for step in graph.steps)
    return not asked and not any(asleep(graph))


def life(graph: CallGraph) -> tuple[Stage, ...]:
    """Every box of the figure, in the figure's order, filled from this path."""
    found: dict[str, dict[str, None]] = {key: {} for key, *_ in STAGES}
    named: dict[str, set[str]] = {key: set() for key, *_ in STAGES}
    sorting = _Sorting(graph)
    rows = zip(graph.steps, levels(graph), layers(graph), points(graph), strict=True)
    for step, level, layer, point in rows:
        if level == FOLDED:
            continue
        key = sorting.key(step, layer, own=point is OWN)
        name = step.name.partition(".")[0]
        found[key][name] = None
        if level == POINT or step.kind == "event":
            named[key].add(name)
    said = _said(graph)
    return tuple(
        Stage(key, _words(graph, key, words), half, tuple(found[key]), frozenset(named[key]), said.get(key, ""))
        for key, words, half in STAGES
    )


def _words(graph: CallGraph, key: str, words: str) -> str:
    return words.replace(" to the ", " from the ") if key == "copy" and graph.call in WRITES else words


class _Sorting:
    """Says of step after step which box it belongs to."""

    def __init__(self, graph: CallGraph) -> None:
        self._graph = graph
        self._sleeps = any(asleep(graph))
        self._slept = False
        self._phase = "call"  # of the system call's side
        self._inside: list[tuple[int, str, str]] = []  # its open functions: depth, name, layer

    def key(self, step: KernelStep, layer: str, *, own: bool) -> str:
        """The key of the box."""
        if leaves(self._graph, step) == "asleep":
            self._slept = True
            return "sleep"
        if leaves(self._graph, step) or goes_on(self._graph, step):
            if self._slept:  # else another process had a turn, which is no part of the figure
                self._phase = "again"
            return self._phase
        if woken(self._graph, step):
            return "wake"  # also when it is another process that wakes it
        if step.side in ("interrupt", "work"):
            return _bottom(step, layer)
        while self._inside and self._inside[-1][0] >= step.depth:
            self._inside.pop()
        inside = [*self._inside, (step.depth, step.name, layer)]
        if step.kind == "function":
            self._inside = inside
        return self._top(step, layer, inside, own=own)

    def _top(self, step: KernelStep, layer: str, inside: list[tuple[int, str, str]], *, own: bool) -> str:
        names = [name for _, name, _ in inside]
        if own or (self._phase == "call" and layer not in ("system call", "generic layer")):
            self._phase = "satisfied"
        if self._phase != "call" and any("copy" in name or name in _COPIES for name in names):
            return "copy"
        if self._phase in ("call", "again"):
            return self._phase
        if layer == "scheduler" and self._sleeps:
            return "sleep"
        places = {place for *_, place in inside}
        if "block layer" not in places and not any(name in _ASKS_FOR_MORE for name in names):
            return "satisfied"
        commands = step.name == "block_rq_issue" or {"block layer", "driver"} <= places
        return "command" if commands else "queue"


def _bottom(step: KernelStep, layer: str) -> str:
    """The box of a step that an interrupt or deferred work did."""
    if layer == "scheduler" or step.name == "folio_wake_bit":
        return "wake"
    if step.side == "work":
        return "status"
    if layer == "interrupt":
        return "interrupt"
    return "which" if layer == "driver" else "status"


def _said(graph: CallGraph) -> dict[str, str]:
    """What is known of boxes besides the functions in them."""
    said = {
        "ask": f"{' '.join([graph.program, *graph.args])} calls {graph.call}",
        "satisfied": "yes" if satisfied(graph) else "no",
        "return": f"{graph.call} {outcome(graph)}",
        "copy": moved(graph),
    }
    names = [fields(step.detail).get("name", "") for step in graph.steps if step.name == "irq_handler_entry"]
    if names:
        said["device"] = names[0]
    return said


_TOLD = 8


def _told(stage: Stage) -> list[str]:
    """The names of a box in the twin: all, or of many the points and how many more there are."""
    if len(stage.found) <= _TOLD:
        return list(stage.found)
    named = [name for name in stage.found if name in stage.points] or list(stage.found[:_TOLD])
    return [*named, f"{len(stage.found) - len(named)} more"]


def twin(graph: CallGraph) -> tuple[str, ...]:
    """The boxes as lines of text, in the figure's order."""
    lines = []
    for stage in life(graph):
        words = ", ".join([*([stage.said] if stage.said else []), *_told(stage)])
        half = {"top": "top half", "bottom": "bottom half"}.get(stage.half, stage.half)
        lines.append(f"[{half}] {stage.words}: {words or 'not reached'}")
    return tuple(lines)
