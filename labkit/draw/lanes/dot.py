"""The picture of time as DOT source: a chain of calls for each process and thread, ranked in the order they began.

Pure: the same words as the picture's and its twin's, where the whole recording is shown and one step is marked.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

from labkit.decode.names import Names, names
from labkit.decode.replay import steps
from labkit.decode.text import visible
from labkit.draw.dot import Dot
from labkit.draw.lanes.timetable import Bar, Timetable, timetable
from labkit.model import Recording

_CALL, _BEGINS, _ENDS = 0, 1, 2  # kinds of nodes, in the order of one step: a call before the birth it brings
_LATER = {"style": "dashed", "color": "gray50", "fontcolor": "gray40"}


class _Link(NamedTuple):
    """A node of a chain: the step at which it begins, its kind, thread and name; of calls, the bar."""

    step: int
    kind: int
    tid: int
    name: str
    bar: Bar | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        """What it is in the digraph."""
        return (self.tid, self.step, self.kind)


def lanes_dot(recording: Recording, step: int) -> str:
    """The picture of time in the DOT language, step number `step` marked; what is dashed comes later."""
    return digraph(timetable(recording), names(recording), step, recording.events[steps(recording)[step].event].tid)


def digraph(table: Timetable, called: Names, step: int, tid: int) -> str:
    """Processes, their calls and ends, births and wakings as a digraph in the DOT language; thread `tid` moves."""
    graph = Dot("time", rankdir="LR", newrank="true")
    chains = _chains(table, called)
    moving = _moving(chains[tid], step)
    for own in chains.values():
        for link in own:
            _node(graph, link, table, called, step, moving)
        for one, other in pairwise(own):
            graph.edge(one.key, other.key)
    order = sorted(link for own in chains.values() for link in own)
    for one, other in pairwise(order):
        if one.tid != other.tid:
            graph.edge(one.key, other.key, style="invis")
    for life in table.lives.values():
        if life.parent is not None and life.parent in chains:
            maker = _reached(chains[life.parent], life.born)
            graph.edge(maker.key, chains[life.tid][0].key, "begins", style="bold")
    for arrow in table.arrows:
        if arrow.tid in chains and arrow.woken in chains:
            waker, woken = _reached(chains[arrow.tid], arrow.step), _reached(chains[arrow.woken], arrow.until)
            graph.edge(waker.key, woken.key, "wakes", style="dashed", constraint="false")
    return graph.source


def _chains(table: Timetable, called: Names) -> dict[int, list[_Link]]:
    """For each thread its beginning, its bars and its end, in order; a birth comes after the call that brings it."""
    chains = {tid: [_Link(life.born, _BEGINS, tid, called.thread(tid))] for tid, life in table.lives.items()}
    for bar in sorted(table.bars, key=lambda bar: bar.first):
        if bar.tid in chains:
            name = f"{called.thread(bar.tid)} step {bar.first + 1}"
            chains[bar.tid].append(_Link(bar.first, _CALL, bar.tid, name, bar))
    for tid, life in table.lives.items():
        if life.ended is not None and life.ending:
            chains[tid].append(_Link(life.ended, _ENDS, tid, f"{called.thread(tid)} end"))
    return chains


def _reached(chain: list[_Link], step: int) -> _Link:
    """The last link that has begun by `step`."""
    return chain[max(0, bisect_right(chain, step, key=lambda link: link.step) - 1)]


def _moving(chain: list[_Link], step: int) -> _Link:
    """The link that `step` belongs to: a call or the end; what has no bar is marked at the beginning of the chain."""
    for link in chain:
        if link.bar is not None and step in link.bar.steps:
            return link
    return chain[-1] if chain[-1].kind == _ENDS and chain[-1].step == step else chain[0]


def _node(graph: Dot, link: _Link, table: Timetable, called: Names, step: int, moving: _Link) -> None:
    mark, look = ("▼ ", {"penwidth": "3"}) if link is moving else ("", _LATER if link.step > step else {})
    group = called.thread(link.tid)
    life = table.lives[link.tid]
    if link.kind == _BEGINS:
        ran = " → ".join(visible(name.encode("utf-8", "surrogateescape")) for name in dict.fromkeys(life.names) if name)
        doing = table.said[step].get(("lane", link.tid), "").partition(": ")[2]
        graph.node(link.key, link.name, f"{mark}{link.name} {ran}".rstrip(), doing, group=group, **look)
    elif link.bar is None:
        graph.node(link.key, link.name, mark + life.ending, group=group, **look)
    else:
        bar = link.bar
        if bar.kind == "signal":
            look = {**look, "style": ",".join(filter(None, ("rounded", look.get("style"))))}
        graph.node(link.key, link.name, mark + bar.label, bar.asleep, tip=bar.title, group=group, **look)
