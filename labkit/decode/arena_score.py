"""What the rounds of the arena say of a server: orders and counts read off its bouts. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.model import Bout, Moment, Score, Waiting


def score(bouts: Mapping[str, Bout]) -> Score:
    """The score of one server from its bouts by the names of the rounds: reverse, vanish, crash, deaf, many."""
    reverse, many = bouts["reverse"], bouts["many"]
    peak = many.moments[1]
    end = many.moments[-1]
    silent = reverse["C speaks"]
    crash = bouts["crash"]
    return Score(
        server=reverse.server,
        order=reverse.order,
        at_once=at_once(reverse, many),
        of=len(peak.move.who),
        waited=waits_in(silent, "C"),
        processes=peak.processes,
        threads=peak.threads,
        taken=tuple(client for client in ("B", "C") if client not in crash.order),
        survives="E" in bouts["vanish"].order,
        deaf="B" in bouts["deaf"].order,
        zombies=end.zombies,
        leaked=end.descriptors - many.descriptors if end.alive else 0,
        rest=all(moment.rest for bout in bouts.values() for moment in bout),
    )


def at_once(reverse: Bout, many: Bout) -> int:
    """How many connected clients a server answers before any of them leaves.

    One that lets C, who speaks alone, wait for what A and B do is not asked about more: it answers as many of the three
    as it did at once. So one that first gathers what all say, and then answers all, does not pass for concurrent.
    """
    spoke = [moment for moment in reverse if moment.move.verb == "speak"]
    own = [moment for moment in spoke if set(moment.move.who) <= set(moment.answered)]
    if len(own) < len(spoke):
        return len(own)
    return len(many.moments[1].answered)


def waits_in(moment: Moment, client: str) -> str:
    """Where a client waits, and what keeps it waiting, in words; "" if it does not wait."""
    waiting = moment.waits(client)
    return "" if waiting is None else place(waiting, moment)


def place(waiting: Waiting, moment: Moment) -> str:
    """Where somebody waits, with what the one who should come sleeps in.

    >>> from labkit.model import Asleep, Move
    >>> moment = Moment(Move("C speaks", ("C",), "speak"), asleep=(Asleep("server", "read", "A"),))
    >>> place(Waiting("C", "listen queue"), moment)
    'listen queue; server in read (A)'
    """
    holder = waiting.holder or "server"
    sleeps = next((one for one in moment.asleep if one.who == holder), None)
    if sleeps is None or not sleeps.call:
        return waiting.where
    on = f" ({sleeps.on})" if sleeps.on else ""
    return f"{waiting.where}; {sleeps.who} in {sleeps.call}{on}"
