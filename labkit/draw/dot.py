"""The descriptor picture at one step as DOT source, for a lecturer who wants to draw it another way.

Pure: the same words as the picture's. The graphviz package quotes them.
"""

from __future__ import annotations

import graphviz

from labkit.draw.tables import Shown


def dot(shown: Shown) -> str:
    r"""Processes, descriptors, open file descriptions and inodes as a digraph in the DOT language.

    >>> dot(Shown({7: ("P1 cat", "running")}, {}, {}, {}, {}, {})).splitlines()[2].strip()
    'P1 [label="P1 cat\\nrunning"]'
    """
    graph = graphviz.Digraph("descriptors", node_attr={"shape": "box"})
    called = {pid: name.split()[0] for pid, (name, _) in shown.processes.items()}
    for pid, (name, doing) in shown.processes.items():
        words = [name, doing, *(text for (owner, _), (text, _) in shown.streams.items() if owner == pid)]
        graph.node(called[pid], label=_label(words))
    for file in shown.files.values():
        graph.node(file.name, label=_label((f"{file.name}: {file.refer}", file.flags, file.offset)))
    for inode in shown.inodes.values():
        words = [inode.name, inode.content, inode.queues, inode.sleepers]
        graph.node(inode.name, label=_label(words), style="rounded")
    for (pid, fd), (number, cloexec) in shown.cells.items():
        if number in shown.files:
            style = {"style": "dashed"} if cloexec else {}
            graph.edge(called[pid], shown.files[number].name, label=str(fd), **style)
    for file in shown.files.values():
        if file.inode in shown.inodes:
            graph.edge(file.name, shown.inodes[file.inode].name)
    return str(graph.source)


def _label(words: object) -> str:
    assert isinstance(words, list | tuple)
    return "\\n".join(graphviz.escape(word) for word in words if word)
