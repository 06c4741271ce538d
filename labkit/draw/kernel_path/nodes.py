"""What the picture of a kernel path has in it: a node for every shown function, in its layer and its lane. Pure.

Decides what has a name in the picture and which node is called from which; places nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from labkit.decode.ftrace import fields
from labkit.decode.kernel_layers import LAYERS, layers
from labkit.decode.kernel_rules import FOLDED, POINT, levels
from labkit.decode.kernel_sleep import asleep, leaves, woken
from labkit.decode.kernel_story import story
from labkit.model import CallGraph, KernelStep

LANES = ("call", "interrupt", "work")
# From the program down to the device. An interrupt is taken between the device and its driver.
BANDS = (
    "system call", "generic layer", "scheduler", "the file's own code", "page cache", "file system", "block layer",
    "driver", "interrupt",
)  # fmt: skip
assert set(BANDS) == set(LAYERS)
_FEW = 30  # nodes: of so few each has its name
_NAMED = {"call": 4, "interrupt": 1, "work": 1}  # functions of a layer that have names there, besides the points


@dataclass(frozen=True)
class Node:
    """A shown function or kind of event in its place: `first` is the step at which it is come to first.

    `named`: it is a box with its name, else a small square. `event`: it is no function.
    """

    name: str
    band: str
    lane: str
    first: int
    named: bool
    event: bool


@dataclass(frozen=True)
class Nodes:
    """`nodes` in the order they are come to; `of` has each step's node: its own, or the shown one it is folded into.

    `open` are the nodes that a step is inside of, outermost first; `sleepers` those at which the process gave up the
    processor, `sleeping` says of each step whether it sleeps.
    """

    graph: CallGraph
    nodes: tuple[Node, ...]
    of: tuple[int, ...]
    open: tuple[tuple[int, ...], ...]
    sleeping: tuple[bool, ...]
    sleepers: tuple[int, ...]
    sentences: tuple[str, ...]

    @cached_property
    def lanes(self) -> tuple[str, ...]:
        """The lanes that have something in them."""
        return tuple(lane for lane in LANES if any(node.lane == lane for node in self.nodes))

    @cached_property
    def bands(self) -> tuple[str, ...]:
        """The layers that have something in them, from above."""
        return tuple(band for band in BANDS if any(node.band == band for node in self.nodes))

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """From a node with a name to each one with a name that was first come to inside of it, in the same lane."""
        found = []
        own = self.graph.steps[0].tid
        for number, node in enumerate(self.nodes):
            if node.lane == "call" and self.graph.steps[node.first].tid != own:
                continue  # noted while another ran: nobody called it
            above = [one for one in self.open[node.first] if self.nodes[one].lane == node.lane]
            named = [one for one in above if self.nodes[one].named]
            if node.named and named:
                found.append((named[-1], number))
        return tuple(found)

    @cached_property
    def wakings(self) -> tuple[int, ...]:
        """The steps at which the process is woken."""
        return tuple(number for number, step in enumerate(self.graph.steps) if woken(self.graph, step))

    @property
    def later(self) -> tuple[int, int] | None:
        """The node of the interrupt's side that leaves work for later, and the one that does it; None without both."""
        found = {(node.name, node.lane): number for number, node in enumerate(self.nodes) if node.named}
        left, done = found.get(("queue_work_on", "interrupt")), found.get(("process_one_work", "work"))
        return None if left is None or done is None else (left, done)

    @property
    def device(self) -> str:
        """What to call the device that was asked, "" when none was: by the kernel's name for its interrupt."""
        names = [fields(step.detail).get("name", "") for step in self.graph.steps if step.name == "irq_handler_entry"]
        asked = any(node.band in ("driver", "interrupt") for node in self.nodes)
        return (names[0] if names else "the device") if asked else ""


def nodes(graph: CallGraph) -> Nodes:
    """The nodes of a path and how each step stands to them."""
    detail, places = levels(graph), layers(graph)
    found: dict[tuple[str, str, str], int] = {}
    made: list[tuple[str, str, str, int, int, bool]] = []
    of: list[int] = []
    inside: list[tuple[int, ...]] = []
    stacks: dict[int, list[tuple[int, int]]] = {}
    own = graph.steps[0].tid
    for number, (step, level, layer) in enumerate(zip(graph.steps, detail, places, strict=True)):
        stack = stacks.setdefault(step.tid, [])
        while stack and stack[-1][0] >= step.depth:
            stack.pop()
        above = stack[-1][1] if stack else None
        lane = _lane(step)
        if level == FOLDED:
            node = above if above is not None else of[-1]  # the end of a function that began before the call did
        else:
            key = (_name(graph, step), layer, lane)
            node = found.setdefault(key, len(made))
            if node == len(made):
                made.append((*key, number, level, step.kind == "event"))
        of.append(node)
        both = [*stacks.get(own, ()), *(stack if step.tid != own else ())]
        inside.append(tuple(dict.fromkeys([one for _, one in both if one != node])))
        if step.kind == "function":
            stack.append((step.depth, node))
    named = _named(made)
    all_ = tuple(
        Node(name, band, lane, first, number in named, event_)
        for number, (name, band, lane, first, _, event_) in enumerate(made)
    )
    gave_up = (of[number] for number, step in enumerate(graph.steps) if leaves(graph, step) == "asleep")
    return Nodes(graph, all_, tuple(of), tuple(inside), asleep(graph), tuple(dict.fromkeys(gave_up)), story(graph))


def _lane(step: KernelStep) -> str:
    """The side a step is drawn on: that the processor changes hands concerns the call, whoever noted it."""
    return "call" if step.side == "other" or step.name == "sched_switch" else step.side


def _name(graph: CallGraph, step: KernelStep) -> str:
    """The function's name, or what an event of the scheduler means for the call, in a word or two."""
    if step.name != "sched_switch":
        return step.name.partition(".")[0]  # without the compiler's endings: .part.0, .isra.0
    if leaves(graph, step):
        return "asleep" if leaves(graph, step) == "asleep" else "another's turn"
    return "runs again"


def _named(made: Sequence[tuple[str, str, str, int, int, bool]]) -> set[int]:
    """Which nodes have their name in the picture: points and events; of the rest, those there is room for."""
    if len(made) <= _FEW:
        return set(range(len(made)))
    named = {number for number, (*_, level, event_) in enumerate(made) if level == POINT or event_}
    for place in {(band, lane) for _, band, lane, *_ in made}:
        here = [number for number, (_, band, lane, *_) in enumerate(made) if (band, lane) == place]
        if len(here) <= _NAMED[place[1]] + len(named.intersection(here)):
            named.update(here)
        elif not named.intersection(here):
            named.update(here[: _NAMED[place[1]]])
    return named
