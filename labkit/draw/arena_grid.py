"""Servers side by side, as tables: under all rounds of the arena, and under one script move by move. Pure."""

from __future__ import annotations

from labkit.decode.arena_score import place
from labkit.draw.grid import Cell, Grid
from labkit.draw.wording import many
from labkit.model import Arena, Bout, Bouts, Moment, Score

_HEAD = (
    "server",
    "C, B, A speak; answered",
    "where C waits while A is silent",
    "at once",
    "tasks then",
    "a crash takes along",
    "B, while A does not read",
    "zombies",
    "fds left",
)

_WHERE = {
    "not connected": "not connected",
    "listen queue": "in the listen queue",
    "not read": "accepted, not read",
    "not answered": "read, not answered",
    "no end": "waits for the end",
}


def arena_grid(arena: Arena) -> Grid:
    """A row for each server."""
    clients = max((one.of for one in arena), default=0)
    notes = [
        f"A, B and C connect in this order and speak in the other. At once: of {clients} who are connected, how many "
        "are answered before anybody leaves. Tasks: processes, and threads if they are more.",
        "A crash in the handler of A takes along whom of B, who is connected, and C, who comes later. Zombies, and "
        "descriptors that the first process still has open: when all have left.",
    ]
    gone = [one.server for one in arena if not one.survives]
    if gone:
        notes.append(f"Not served any more after clients had vanished: {', '.join(gone)}.")
    restless = [one.server for one in arena if not one.rest]
    if restless:
        notes.append(f"Never at rest, so that waiting cannot be told from being slow: {', '.join(restless)}.")
    return Grid(
        "The same clients at every server", _HEAD, tuple(map(_row, arena)), tuple(notes), right=frozenset({7, 8})
    )


def _row(one: Score) -> tuple[Cell, ...]:
    return (
        Cell(one.server),
        Cell(", ".join(one.order) or "nobody"),
        Cell(one.waited or "does not wait", refused=bool(one.waited)),
        Cell(f"all {one.of}" if one.concurrent else str(one.at_once), refused=not one.concurrent),
        Cell(_tasks(one)),
        Cell(" and ".join(one.taken) or "nobody", refused=bool(one.taken)),
        Cell("answered" if one.deaf else "waits", refused=not one.deaf),
        Cell(f"{one.zombies:,}", refused=one.zombies > 0),
        Cell(f"{one.leaked:,}", refused=one.leaked > 0),
    )


def _tasks(one: Score) -> str:
    processes = f"{one.processes:,} process{'' if one.processes == 1 else 'es'}"
    return processes if one.threads == one.processes else f"{processes}, {many(one.threads, 'thread')}"


def bouts_grid(bouts: Bouts) -> Grid:
    """A row for each move of the script, a column for each server: who is answered, and who waits where."""
    first = bouts.bouts[0]
    head = ("move", *(bout.server for bout in bouts))
    rows = tuple(
        (Cell(moment.move.line), *(Cell(said(bout, number), refused=_hurts(bout.moments[number])) for bout in bouts))
        for number, moment in enumerate(first.moments)
    )
    notes = ["After each move, when the server is at rest. Set off: somebody waits, or lost the connection."]
    restless = [bout.server for bout in bouts if not all(moment.rest for moment in bout)]
    if restless:
        notes.append(f"Never at rest: {', '.join(restless)}.")
    return Grid("What each move brought", head, rows, tuple(notes))


def _hurts(moment: Moment) -> bool:
    return bool(moment.waiting or moment.lost)


def said(bout: Bout, number: int) -> str:
    """What one move brought, in words."""
    moment = bout.moments[number]
    parts = [f"{_names(moment.answered)} answered"] if moment.answered else []
    if moment.ended:
        parts.append(f"{_names(moment.ended)}: the end")
    places: dict[str, list[str]] = {}
    for waiting in moment.waiting:
        where = _WHERE[waiting.where] + place(waiting, moment).removeprefix(waiting.where)
        places.setdefault(where, []).append(waiting.client)
    parts += [f"{_names(tuple(who))} {where}" for where, who in places.items()]
    if moment.queue and not moment.waiting:
        asleep = next((f": server in {one.call}" for one in moment.asleep if one.who == "server"), "")
        parts.append(f"{moment.queue} not accepted{asleep}")
    hows: dict[str, list[str]] = {}
    for client, how in moment.lost:
        hows.setdefault(how, []).append(client)
    parts += [f"{_names(tuple(who))} {how}" for how, who in hows.items()]
    before = bout.moments[number - 1] if number else None
    if not moment.alive and (before is None or before.alive):
        parts.append(f"the server is gone ({bout.ending})" if bout.ending else "the server is gone")
    if moment.zombies and (before is None or before.zombies != moment.zombies):
        parts.append(f"{many(moment.zombies, 'zombie')}")
    return "; ".join(parts) or "–"


def _names(names: tuple[str, ...]) -> str:
    """Names in a row, many of them by their number.

    >>> _names(("A",)), _names(("A", "B")), _names(tuple("ABCDEFG"))
    ('A', 'A, B', '7 clients')
    """
    return ", ".join(names) if len(names) <= 5 else f"{len(names)} clients"
