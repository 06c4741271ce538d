"""Named places in a C program: a line that ends in `// step: name` can be pointed at by that name, never by number."""

from __future__ import annotations

import re

_STEP = re.compile(r"[ \t]*// step: (?P<name>[^\n]*?)[ \t]*$", re.MULTILINE)


def steps(source: str) -> dict[str, int]:
    """The named places of `source` and their line numbers, counted from 1, in the order of the text.

    >>> steps("int x; // step: declare\\nx = 1;\\n")
    {'declare': 1}
    """
    return {match["name"]: source.count("\n", 0, match.start()) + 1 for match in _STEP.finditer(source)}


def without_steps(source: str) -> str:
    """`source` as it is read: the same lines, without the marks.

    >>> without_steps("int x; // step: declare\\n")
    'int x;\\n'
    """
    return _STEP.sub("", source)
