"""A digraph being written in the DOT language; what any name or word of a program holds stays text.

Pure. The graphviz package does the quoting; what it lets through on purpose (ports, HTML-like labels, escapes and
entities) is spelled out here first. Knows nothing of what is drawn.
"""

from __future__ import annotations

from collections.abc import Hashable
from html import escape

import graphviz


class Dot:
    """A digraph of boxes called `name`; `source` is its text. Boxes are told apart by their keys."""

    def __init__(self, name: str, **attributes: str) -> None:
        self._graph = graphviz.Digraph(name, graph_attr=attributes, node_attr={"shape": "box"})
        self._names: dict[Hashable, str] = {}
        self._taken: set[str] = set()

    @property
    def source(self) -> str:
        """The digraph in the DOT language."""
        return str(self._graph.source)

    def node(self, key: Hashable, name: str, *words: str, tip: str = "", **attributes: str) -> None:
        """A box with the words that are not empty, one below the other; if `name` is taken, it is "name (2)"."""
        count, full = 1, name
        while full in self._taken:
            count += 1
            full = f"{name} ({count})"
        self._taken.add(full)
        self._names[key] = identifier(full)
        more = {"tooltip": label((tip,))} if tip else {}
        self._graph.node(self._names[key], label=label(words), **attributes, **more)

    def edge(self, tail: Hashable, head: Hashable, *words: str, **attributes: str) -> None:
        """An arrow from the box with key `tail` to the one with key `head`, which are there already."""
        more = {"label": label(words)} if any(words) else {}
        self._graph.edge(self._names[tail], self._names[head], **attributes, **more)


def identifier(name: str) -> str:
    r"""The name of a node that stands for itself, whatever is in it: `a:b` would be port b of node a.

    >>> identifier("pipe A"), identifier("<a>:b"), identifier("a\\")
    ('pipe A', '&lt;a&gt;&#58;b', 'a&#92;')
    """
    return escape(name).replace(":", "&#58;").replace("\\", "&#92;")


def label(words: tuple[str, ...]) -> str:
    r"""Lines of text that Graphviz draws as they are.

    >>> print(label(("P1 cat", "", "<\\n&lt;>")))
    P1 cat\n<\\n&amp;lt;>
    """
    lines = [graphviz.escape(word.replace("&", "&amp;")) for word in words if word]
    return graphviz.nohtml("\\n".join(lines))  # type: ignore[no-any-return]
