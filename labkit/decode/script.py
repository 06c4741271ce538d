"""A script of what clients do, a move a line, as values. Pure.

`A B C connect`, `C says three`, `A begins half a l`, `B speaks` (says a word that no server can foresee), `A ends`
(nothing more comes from it, but it reads on), `A leaves`, `B vanishes` (with a reset), `A pours` (sends and reads
nothing), `the server is told to end` (SIGTERM). `1-50 speak` are fifty clients in order, `50-1 speak` in reverse.
"""

from __future__ import annotations

import re

from labkit.errors import LabkitError
from labkit.model import Move

_VERBS = {
    "connect": "connect", "connects": "connect", "say": "say", "says": "say", "begin": "begin", "begins": "begin",
    "speak": "speak", "speaks": "speak", "end": "end", "ends": "end", "leave": "leave", "leaves": "leave",
    "vanish": "vanish", "vanishes": "vanish", "pour": "pour", "pours": "pour",
}  # fmt: skip
TOLD = "the server is told to end"
_RANGE = re.compile(r"(\d+)-(\d+)")


def moves(script: str) -> tuple[Move, ...]:
    """The moves of `script`; LabkitError for a line that is none, or a client that speaks before it connects.

    >>> [(move.who, move.verb, move.words) for move in moves("A B connect\\nB says good day\\n3-1 connect")]
    [(('A', 'B'), 'connect', ''), (('B',), 'say', 'good day'), (('3', '2', '1'), 'connect', '')]
    """
    found = tuple(_move(line.strip()) for line in script.splitlines() if line.strip())
    connected: set[str] = set()
    for move in found:
        if move.verb == "connect":
            if again := connected & set(move.who):
                raise LabkitError(f"{sorted(again)[0]} connects twice; give the second connection a name of its own.")
            connected |= set(move.who)
        elif strangers := [name for name in move.who if name not in connected]:
            raise LabkitError(f"In `{move.line}`, {strangers[0]} has not connected yet.")
    return found


def _move(line: str) -> Move:
    if line.lower() == TOLD:
        return Move(line, (), "told")
    words = line.split()
    at = next((place for place, word in enumerate(words) if word in _VERBS), None)
    if not at:
        raise LabkitError(
            f"`{line}` is no move. A move is who and what, as `A B connect`, `A says hello`, `A speaks`, `A begins "
            f"hel`, `A ends`, `A leaves`, `A vanishes`, `A pours`, or `{TOLD}`."
        )
    verb = _VERBS[words[at]]
    said = line.split(words[at], 1)[1].strip()
    if (verb in ("say", "begin")) != bool(said):
        raise LabkitError(f"`{line}`: what is said goes with `says` and `begins`, and with no other.")
    return Move(line, tuple(name for word in words[:at] for name in _names(word)), verb, said)


def _names(word: str) -> list[str]:
    """The clients that a word stands for.

    >>> _names("A"), _names("1-3"), _names("3-1")
    (['A'], ['1', '2', '3'], ['3', '2', '1'])
    """
    if (span := _RANGE.fullmatch(word)) is None:
        return [word.rstrip(",")]
    first, last = int(span[1]), int(span[2])
    step = 1 if first <= last else -1
    return [str(number) for number in range(first, last + step, step)]
