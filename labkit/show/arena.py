"""`labkit.arena(…)`: servers under the same scripted clients, as values that show themselves as tables.

Decides nothing and measures nothing itself.
"""

from __future__ import annotations

from pathlib import Path

from labkit.draw.arena_grid import arena_grid, bouts_grid
from labkit.measure.arena import MANY, measure_arena, measure_bouts
from labkit.model import Arena, Bouts, Program


class ShownArena(Arena):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(arena_grid(self))

    def _repr_html_(self) -> str:
        return arena_grid(self)._repr_html_()


class ShownBouts(Bouts):
    """Shows itself as a table in a notebook and in `print`."""

    def __repr__(self) -> str:
        return str(bouts_grid(self))

    def _repr_html_(self) -> str:
        return bouts_grid(self)._repr_html_()


def arena(*servers: Program | str | Path, clients: int = MANY) -> ShownArena:
    """Run each of `servers` (default: the five of lecture 08) untraced under the same clients, and compare them.

    The clients connect in one order and speak in the other, vanish, crash a handler, do not read, and come `clients` at
    once. `arena()["server_v2"].at_once` is one of the facts, all of them orders and counts; `.bouts["server_v2",
    "crash"]` is a round behind it, move by move. A server is started with the argument 0 and asks the kernel for its
    port; it answers what it is sent in capitals. Takes about two seconds a server; nothing is left running.
    LabkitError when one never listens.
    """
    found = measure_arena(servers or FIVE, clients=clients)
    return ShownArena(found.scores, found.bouts)


def bouts(script: str, *servers: Program | str | Path) -> ShownBouts:
    """Run each of `servers` (default: the five of lecture 08) under `script`, a move of clients a line.

    Moves are `A B connect`, `A says hello`, `A speaks`, `A begins hel`, `A ends`, `A leaves`, `A vanishes`, `A pours`
    and `the server is told to end`; `script` may also be the name of a round of `labkit.arena`: reverse, vanish, crash,
    deaf or many. After each move the table says who is answered and who waits, and where.
    """
    return ShownBouts(measure_bouts(servers or FIVE, script).bouts)


FIVE = ("server_v1", "server_v2", "server_v3", "server_threads", "server_epoll")
