"""The rounds of the arena: every server under the same scripts, and what they say of it side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labkit.capture.bout import measure_bout
from labkit.capture.build import build
from labkit.decode.arena_score import score
from labkit.model import Arena, Bout, Bouts, Limits, Program

MANY = 50
ROUNDS = {
    # they connect in one order and speak in the other; whoever serves one at a time answers nobody before A
    "reverse": "A B C connect\nC speaks\nB speaks\nA speaks\nA leaves\nB leaves\nC leaves",
    # one is slow, two are gone without a word, and all the while others want something
    "vanish": (
        "A B C D connect\nA begins half a li\nB vanishes\nD speaks\nA vanishes\nC speaks\nD leaves\nC leaves\n"
        "E connects\nE speaks\nE leaves"
    ),
    # the handler of A crashes while B waits or is served; C comes afterwards
    "crash": "A B connect\nA says crash!\nB speaks\nC connects\nC speaks\nB leaves\nC leaves",
    # A sends and sends and reads no answer
    "deaf": "A B connect\nA pours\nB speaks",
}


def many(clients: int) -> str:
    """The script in which so many are connected at once and speak in reverse.

    >>> many(3).splitlines()
    ['1-3 connect', '3-1 speak', '1-3 leave']
    """
    return f"1-{clients} connect\n{clients}-1 speak\n1-{clients} leave"


def measure_arena(servers: Sequence[Program | str | Path], *, clients: int = MANY) -> Arena:
    """Each of `servers` under every round, `clients` at once in the last one.

    Takes about two seconds a server. Nothing is left running. Raises LabkitError when one never listens, CompileError
    when one does not compile.
    """
    rounds = {**ROUNDS, "many": many(clients)}
    limits = Limits(seconds=120.0, processes=clients + 20, memory=2 << 30)
    bouts: dict[tuple[str, str], Bout] = {}
    for server in servers:
        program = server if isinstance(server, Program) else build(server)
        for name, script in rounds.items():
            bouts[program.name, name] = measure_bout(program, script, limits=limits)
    names = dict.fromkeys(server for server, _ in bouts)
    scores = (score({name: bouts[server, name] for name in rounds}) for server in names)
    return Arena(tuple(scores), bouts)


def measure_bouts(servers: Sequence[Program | str | Path], script: str) -> Bouts:
    """Each of `servers` under `script`, or under the round of that name. Raises as `measure_arena`."""
    text = {**ROUNDS, "many": many(MANY)}.get(script, script)
    return Bouts(tuple(measure_bout(server, text) for server in servers))
