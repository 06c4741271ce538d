"""A part of a C file, found by the name that it defines. Pure; knows of C only where a definition begins and ends."""

from __future__ import annotations

import re

from labkit.errors import LabkitError


def part(source: str, name: str) -> str:
    """The lines that define `name`: a function, a variable, a type or an enumeration's value, and the comment above.

    Definitions are what empty lines part, as far as these stand outside of braces. Raises LabkitError if there is none.

    >>> print(part("static int a;\\n\\n/* Why. */\\nint b(void)\\n{\\n\\n    return a;\\n}\\n", "b"))
    /* Why. */
    int b(void)
    {
    <BLANKLINE>
        return a;
    }
    """
    wanted = re.compile(rf"^(?![/*\s#]).*\b{re.escape(name)}\b", re.MULTILINE)
    for lines in _parts(source):
        if wanted.search(lines):
            return lines
    raise LabkitError(f"The file defines no {name!r}.")


def _parts(source: str) -> list[str]:
    found: list[list[str]] = [[]]
    depth = 0
    for line in source.splitlines():
        if line or depth:
            found[-1].append(line)
        else:
            found.append([])
        depth += line.count("{") - line.count("}")
    return ["\n".join(lines) for lines in found if lines]
