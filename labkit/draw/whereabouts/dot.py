"""The picture "Where are my bytes?" at one step as DOT source: the flow from the programs down to what lies beyond.

Pure: the same words as the picture's. An arrow has a tip only where bytes moved in this step, and says how many.
"""

from __future__ import annotations

from labkit.draw.dot import Dot
from labkit.draw.whereabouts.scene import follow
from labkit.draw.whereabouts.shown import Flow, Shown, Thing, left_out, told
from labkit.draw.whereabouts.tracks import Track, Tracks
from labkit.model import Recording

_WAYS = {"down": "forward", "up": "back", "": "none"}


def whereabouts_dot(recording: Recording, step: int) -> str:
    """The picture of bytes of step number `step` in the DOT language."""
    followed = follow(recording)
    return digraph(followed.shown[step], followed.tracks)


def digraph(shown: Shown, tracks: Tracks) -> str:
    """Programs, stdio buffers, descriptors, things and what lies beyond them as a digraph in the DOT language."""
    graph = Dot("bytes")
    called = {track: flow.title.split()[0] for track, flow in shown.flows.items()}
    for process in dict.fromkeys(called.values()):
        own = [flow for track, flow in shown.flows.items() if called[track] == process]
        graph.node(("process", process), process, own[0].title, *dict.fromkeys(flow.doing for flow in own))
    for name, thing in shown.things.items():
        _thing(graph, name, thing)
    for track, flow in shown.flows.items():
        _flow(graph, called[track], track, flow)
    for one, *others in tracks.groups:
        for other in others:
            if one in shown.things and other in shown.things:
                graph.edge(one, other, dir="none", style="bold", constraint="false")
    if tracks.left_out:
        graph.node(None, "left out", left_out(tracks.left_out), shape="plaintext")
    return graph.source


def _flow(graph: Dot, process: str, track: Track, flow: Flow) -> None:
    """From a program to the thing; what was not buffered goes past the buffer."""
    name = f"{process} fd {track.fd} to {track.thing}"
    look = {"style": "dashed"} if flow.descriptor.endswith("closed") else {}
    graph.node(track, name, flow.descriptor, **look)
    outer = {"dir": _WAYS[flow.outer_way]}
    if flow.buffer is None:
        graph.edge(("process", process), track, flow.data, flow.outer, **outer)
    else:
        box, buffer = flow.buffer, ("buffer", track)
        graph.node(buffer, f"{name}, buffer", box.title, box.amount + told(box.held), box.note)
        inner = "" if flow.past else flow.data
        graph.edge(("process", process), buffer, inner, flow.inner, dir=_WAYS[flow.inner_way])
        if flow.past:
            graph.edge(buffer, track, dir="none")
            graph.edge(("process", process), track, flow.data, flow.outer, **outer)
        else:
            graph.edge(buffer, track, flow.outer, **outer)
    graph.edge(track, track.thing, **outer, **look)


def _thing(graph: Dot, name: str, thing: Thing) -> None:
    """A pipe, socket, file or terminal, and what lies beyond it."""
    look = "rounded,dashed" if thing.title.endswith(": closed") else "rounded"
    data = f"{thing.word}{told(thing.data)}" if thing.data else ""
    graph.node(name, name, f"{thing.title}: {thing.held}", data, thing.note, style=look)
    if thing.beyond:
        graph.node(("beyond", name), f"beyond {name}", *thing.beyond, style="rounded")
        graph.edge(name, ("beyond", name), dir="none")
