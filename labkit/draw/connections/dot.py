"""The connection picture at one step as DOT source, for a lecturer who wants to draw it another way.

Pure: the same words as the picture's.
"""

from __future__ import annotations

from itertools import islice

from labkit.draw.connections.scene import described
from labkit.draw.connections.shown import EndBox, Shown
from labkit.draw.dot import Dot
from labkit.draw.film import Key
from labkit.model import Recording


def connections_dot(recording: Recording, step: int) -> str:
    """The connection picture of step number `step` in the DOT language."""
    return digraph(next(islice(described(recording), step, None)))


def digraph(shown: Shown) -> str:
    r"""Processes, ends of connections and listening sockets as a digraph in the DOT language.

    >>> end = EndBox("socket A", "LISTEN", "127.0.0.1 port A", "0 bytes to read", False, "open", ())
    >>> from labkit.draw.connections.shown import Row
    >>> digraph(Shown(frozenset(), {}, {((("unix", ""), 0), 0): Row(end, None, "", True, ("", ""))}, frozenset()))
    ... # doctest: +ELLIPSIS
    'digraph connections {...[label="socket A\\nLISTEN\\n127.0.0.1 port A\\n0 bytes to read" style=rounded]\n}\n'
    """
    drawing = _Drawing()
    for block, listener in shown.listeners.items():
        words = [f"{queue.title}: {', '.join(queue.first)}" if queue.first else queue.title
                 for queue in (listener.complete, listener.asked)]  # fmt: skip
        drawing.end((block, "listener"), listener.end, *words)
    for place, row in shown.rows.items():
        for side, box in (("left", row.left), ("right", row.right)):
            if box is not None:
                drawing.end((*place, side), box)
        if row.left is not None and row.right is not None:
            look = {} if row.made else {"style": "dashed"}
            drawing.graph.edge((*place, "left"), (*place, "right"), row.wire, dir="none", **look)
    return drawing.graph.source


class _Drawing:
    def __init__(self) -> None:
        self.graph = Dot("connections", rankdir="LR")
        self._processes: set[str] = set()

    def end(self, key: Key, box: EndBox, *words: str) -> None:
        """An end and the processes whose descriptors lead to it."""
        style = "rounded" if box.look == "open" else "rounded,dashed"
        self.graph.node(key, box.name, box.name, box.state, box.address, box.content, *words, style=style)
        for holder in box.holders:
            if holder.title not in self._processes:
                self._processes.add(holder.title)
                self.graph.node(("process", holder.title), holder.title, holder.title, holder.doing)
            self.graph.edge(("process", holder.title), key, holder.fd)
