"""Where the ways of several calls through the kernel part: a common trunk, then branches. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labkit.decode.kernel_layers import layers
from labkit.decode.kernel_result import outcome
from labkit.decode.kernel_rules import FOLDED, OWN, levels, points
from labkit.decode.kernel_sleep import leaves
from labkit.decode.kernel_story import SIDES
from labkit.errors import LabkitError
from labkit.model import CallGraph
from labkit.model.callgraph import Side

ASLEEP = "asleep"
_MOST = {"call": 8, "interrupt": 5, "work": 4}  # stops of one branch that are named, on each side


@dataclass(frozen=True)
class Stop:
    """A shown function on the way, or that the process is asleep (`ASLEEP`).

    `weight`: 0 the file's own function, 1 another point of the lecture, 2 the rest.
    """

    name: str
    side: Side
    layer: str
    weight: int


@dataclass(frozen=True)
class Branch:
    """A stretch that the ways of all `labels` share, and what they part into; without branches it says how they end.

    `more` counts the different functions of it that are not among `stops`.
    """

    labels: tuple[str, ...]
    stops: tuple[Stop, ...]
    more: int
    branches: tuple[Branch, ...]
    ends: tuple[str, ...]


def parting(graphs: Mapping[str, CallGraph]) -> Branch:
    """The trunk of them all, by their shown functions; of each stretch at most eight on the system call's side.

    Raises LabkitError when there are no two, or they do not begin the same way.
    """
    if len(graphs) < 2:
        raise LabkitError("Where ways part can be seen when there are two or more: give several paths.")
    ways = {label: _way(graph) for label, graph in graphs.items()}
    if len({way[0].name for way in ways.values()}) > 1:
        calls = ", ".join(dict.fromkeys(graph.call for graph in graphs.values()))
        raise LabkitError(f"These are different system calls ({calls}), whose ways have no beginning in common.")
    return _branch(graphs, ways, tuple(ways), 0)


def _way(graph: CallGraph) -> tuple[Stop, ...]:
    """All shown functions in order, and where the process falls asleep."""
    found = []
    for step, level, layer, point in zip(graph.steps, levels(graph), layers(graph), points(graph), strict=True):
        if step.kind == "event":
            if leaves(graph, step) == ASLEEP:
                found.append(Stop(ASLEEP, "call", layer, 1))
        elif level != FOLDED:
            name = step.name.partition(".")[0]  # without the compiler's endings
            found.append(Stop(name, step.side, layer, 0 if point is OWN else 1 if point else 2))
    return tuple(found)


def _branch(
    graphs: Mapping[str, CallGraph], ways: Mapping[str, tuple[Stop, ...]], labels: tuple[str, ...], at: int
) -> Branch:
    end = at
    while len({_at(ways[label], end) for label in labels}) == 1 and _at(ways[labels[0]], end):
        end += 1
    stops, more = _chosen(ways[labels[0]][at:end])
    groups: dict[tuple[str, str], list[str]] = {}
    for label in labels:
        groups.setdefault(_at(ways[label], end) or ("", ""), []).append(label)
    if len(labels) == 1:
        return Branch(labels, stops, more, (), (outcome(graphs[labels[0]]),))
    if len(groups) == 1:  # all end here, the same way to the end
        return Branch(labels, stops, more, (), tuple(outcome(graphs[label]) for label in labels))
    branches = tuple(_branch(graphs, ways, tuple(group), end) for group in groups.values())
    return Branch(labels, stops, more, branches, ())


def _at(way: Sequence[Stop], number: int) -> tuple[str, str] | None:
    return (way[number].name, way[number].side) if number < len(way) else None


def _chosen(stretch: Sequence[Stop]) -> tuple[tuple[Stop, ...], int]:
    """The different stops of a stretch, at most so many a side, in order, and how many are left out.

    First comes what begins a layer among the points, then the other points, then the rest.
    """
    known: dict[tuple[str, str], Stop] = {}
    for stop in stretch:
        known.setdefault((stop.name, stop.side), stop)
    kept: set[tuple[str, str]] = set()
    for side, most in _MOST.items():
        worst = 2 if side == "call" else 1  # of what others do, only the points
        here = [key for key, stop in known.items() if stop.side == side and stop.weight <= worst]
        first: dict[str, tuple[str, str]] = {}
        for key in here:
            if known[key].weight <= 1:
                first.setdefault(known[key].layer, key)
        ranked = sorted(here, key=lambda key: (key not in first.values(), known[key].weight, here.index(key)))
        kept.update(ranked[:most])
    return tuple(stop for key, stop in known.items() if key in kept), len(known) - len(kept)


def twin(branch: Branch, depth: int = 0) -> tuple[str, ...]:
    """The branches as indented lines of text."""
    pad = "  " * depth
    parts: list[str] = []
    side: Side = "call"
    for stop in branch.stops:
        if stop.side != side:
            side = stop.side
            parts.append(f"[{SIDES[side]}]")
        parts.append(stop.name)
    if branch.more:
        parts.append(f"({branch.more} more)")
    if branch.ends:
        parts.append(", ".join(dict.fromkeys(branch.ends)))
    who = "all" if depth == 0 else ", ".join(branch.labels)
    lines = [f"{pad}{who}: {' > '.join(parts) if parts else 'part'}"]
    for one in branch.branches:
        lines += twin(one, depth + 1)
    return tuple(lines)
