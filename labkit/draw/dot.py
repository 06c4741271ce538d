"""The descriptor picture at one step as DOT source, for a lecturer who wants to draw it another way.

Pure: the same words as the picture's. The graphviz package quotes them.
"""

from __future__ import annotations

import graphviz

from labkit.draw.tables import Shown


def dot(shown: Shown) -> str:
    """Processes, descriptors, open file descriptions and inodes as a digraph in the DOT language.

    >>> print(dot(Shown({7: ("P1 cat", "running")}, {}, {}, {}, {}, {})))
    digraph descriptors {
        node [shape=box]
        "process 7" [label="P1 cat\\nrunning"]
    }
    <BLANKLINE>
    """
    graph = graphviz.Digraph("descriptors", node_attr={"shape": "box"})
    for pid, (name, doing) in shown.processes.items():
        words = [name, doing, *(text for (owner, _), (text, _) in shown.streams.items() if owner == pid)]
        graph.node(f"process {pid}", label=_label(words))
    for number, file in shown.files.items():
        graph.node(f"file {number}", label=_label((f"{file.name}: {file.refer}", file.flags, file.offset)))
    for number, inode in shown.inodes.items():
        words = [inode.name, inode.content, inode.queues, inode.sleepers]
        graph.node(f"inode {number}", label=_label(words), style="rounded")
    for (pid, fd), (number, cloexec) in shown.cells.items():
        if number in shown.files:
            style = {"style": "dashed"} if cloexec else {}
            graph.edge(f"process {pid}", f"file {number}", label=str(fd), **style)
    for number, file in shown.files.items():
        if file.inode in shown.inodes:
            graph.edge(f"file {number}", f"inode {file.inode}")
    return str(graph.source)


def _label(words: object) -> str:
    assert isinstance(words, list | tuple)
    return "\\n".join(graphviz.escape(word) for word in words if word)
