"""The descriptor picture at one step as DOT source, for a lecturer who wants to draw it another way.

Pure: the same words as the picture's.
"""

from __future__ import annotations

from itertools import islice

from labkit.draw.descriptors.scene import described
from labkit.draw.descriptors.shown import Shown
from labkit.draw.dot import Dot
from labkit.model import Recording


def descriptors_dot(recording: Recording, step: int) -> str:
    """The descriptor picture of step number `step` in the DOT language."""
    return digraph(next(islice(described(recording), step, None)))


def digraph(shown: Shown) -> str:
    r"""Processes, descriptors, open file descriptions and inodes as a digraph in the DOT language.

    >>> digraph(Shown({7: ("P1 cat", "running")}, {}, {}, {}, {}, {})).splitlines()[2].strip()
    'P1 [label="P1 cat\\nrunning"]'
    """
    graph = Dot("descriptors")
    for pid, texts in shown.processes.items():
        words = [*texts, *(text for (owner, _), (text, _) in shown.streams.items() if owner == pid)]
        if pid in shown.more:
            words.append(f"{shown.more[pid]:,} descriptors more")
        graph.node(("process", pid), texts[0].split()[0], *words)
    for number, file in shown.files.items():
        graph.node(("file", number), file.name, f"{file.name}: {file.refer}", file.flags, file.offset)
    for number, inode in shown.inodes.items():
        words = [inode.name, inode.content, inode.queues, inode.sleepers]
        graph.node(("inode", number), inode.name, *words, style="rounded")
    for (pid, fd), (number, cloexec) in shown.cells.items():
        if number in shown.files:
            look = {"style": "dashed"} if cloexec else {}
            graph.edge(("process", pid), ("file", number), f"{fd} cloexec" if cloexec else str(fd), **look)
    for number, file in shown.files.items():
        if file.inode in shown.inodes:
            graph.edge(("file", number), ("inode", file.inode))
    pairs: set[tuple[int, int]] = set()
    for number, inode in shown.inodes.items():
        if inode.peer is not None and inode.peer in shown.inodes:
            pairs.add((min(number, inode.peer), max(number, inode.peer)))
    for one, other in sorted(pairs):
        graph.edge(("inode", one), ("inode", other), dir="none", style="bold", constraint="false")
    return graph.source
