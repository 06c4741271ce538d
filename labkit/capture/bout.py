"""One server under one script: clients make their moves, and after each the server is looked at once it is at rest.

At rest means: nothing is on its way, every task sleeps, and none has had a turn since the look before. A client that
has no answer then gets none until somebody does something: so waiting is seen without waiting for it.
"""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

from labkit.capture.clients import Client, read_all
from labkit.capture.seen_server import Seen
from labkit.capture.tasks import Task
from labkit.capture.watched import LIMITS, Watched, watched
from labkit.decode.script import moves
from labkit.decode.verdict import ending
from labkit.model import Bout, Limits, Moment, Move, Program

_LONG = 3.0  # seconds for a server to come to rest, a third if nobody waits; who never does has less the next time
_SHORT = 0.4
_MOMENT = 0.0005  # seconds in which a running server has the processor
_PATIENCE = 0.6  # seconds for one that sleeps in calls that end by themselves, while a client waits


def measure_bout(
    program: Program | str | Path, script: str, *, args: Sequence[str] = ("0",), limits: Limits = LIMITS
) -> Bout:
    """Start `program`, let the clients of `script` make their moves, and say what was seen after each.

    Nothing of it is left running. Raises LabkitError when the script is none or the program never listens.
    """
    planned = moves(script)
    with watched(program, args, limits=limits) as server:
        match = _Match(server, {name for move in planned if move.verb == "pour" for name in move.who})
        try:
            before = server.descriptors
            seen = tuple(match.play(move) for move in planned)
            alive = server.alive
        finally:
            match.close()
        run = server.finish()
    # what it left running had to be stopped by us, and says nothing of its own end
    own = replace(run, ended_by="") if run.ended_by == "stopped" else run
    return Bout(server.name, script, seen, "" if alive else ending(own), before, run)


class _Match:
    """The clients of one bout, and what each of them still waits for."""

    def __init__(self, server: Watched, pourers: set[str]) -> None:
        self._server, self._pourers = server, pourers
        self._clients: dict[str, Client] = {}
        self._wanted: dict[str, list[bytes]] = {}  # answers still to come
        self._begun: dict[str, bytes] = {}  # what they have said of a line
        self._ending: set[str] = set()  # clients that have said that nothing more comes
        self._told: set[str] = set()  # clients whose loss or end has been reported
        self._answered: list[str] = []
        self._long = _LONG

    def play(self, move: Move) -> Moment:
        """Make the move, wait for rest, and look."""
        self._answered = []
        if move.verb == "told":
            self._server.signal(signal.SIGTERM)
        for name in move.who:
            self._act(name, move)
        rest, seen = self._settle()
        return replace(self._moment(move, seen), rest=rest)

    def close(self) -> None:
        """All clients leave."""
        for client in self._clients.values():
            client.leave()

    def _act(self, name: str, move: Move) -> None:
        if move.verb == "connect":
            small = name in self._pourers
            self._clients[name] = Client(name, self._server.host, self._server.port, small=small)
            self._wanted[name] = []
            return
        client = self._clients[name]
        if move.verb == "begin":
            self._begun[name] = self._begun.get(name, b"") + move.words.encode()
            client.send(move.words.encode())
        elif move.verb in ("say", "speak"):
            text = (move.words or _word()).encode() + b"\n"
            self._wanted[name].append((self._begun.pop(name, b"") + text).upper())
            client.send(text)
        elif move.verb == "end":
            self._ending.add(name)
            client.end()
        elif move.verb == "pour":
            client.pour()
        elif move.verb == "leave":
            client.leave()
        else:
            client.vanish()

    def _waits(self, client: Client) -> bool:
        if not client.open or client.lost or client.ended or client.deaf:
            return False
        return bool(self._wanted[client.name]) or client.name in self._ending

    def _read(self) -> bool:
        """Let all clients read, and note who has an answer; whether anything came."""
        new = read_all(self._clients.values())
        for client in new:
            wanted = self._wanted[client.name]
            while wanted and (at := client.got.find(wanted[0])) >= 0:
                client.got = client.got[at + len(wanted.pop(0)) :]
                if not wanted:
                    self._answered.append(client.name)
        return bool(new)

    def _settle(self) -> tuple[bool, Seen]:
        """Until the server is at rest; whether it came to that, and the last look."""
        began = changed = time.monotonic()
        mark: object = None
        names = {client.port: name for name, client in self._clients.items() if client.port}
        while True:
            poured = [client.pour() for client in self._clients.values() if client.deaf and client.open]
            new, before = self._read() or any(poured), _turns(self._server.tasks())
            rows = self._server.rows()
            seen = Seen(self._server.tasks(), rows, self._server.root, self._server.port, {}, names)
            now = time.monotonic()
            if self._read() or new or rows != mark:
                mark, changed = rows, now
            elif before is not None and before == _turns(seen.tasks) and now - changed >= self._unsure(seen):
                return True, seen
            if now - began > self._long or (now - changed > self._long / 3 and not self._open_questions(seen)):
                self._long = _SHORT
                return not self._open_questions(seen), seen
            if before is None:
                time.sleep(_MOMENT)

    def _open_questions(self, seen: Seen) -> bool:
        """Whether somebody still waits, or something is on its way."""
        clients = tuple(self._clients.values())
        return seen.in_flight(clients) or any(map(self._waits, clients))

    def _unsure(self, seen: Seen) -> float:
        """For how many seconds nothing must change before it is believed that nothing will."""
        if not seen.in_flight(tuple(self._clients.values())) and not any(task.timed for task in seen.living):
            return 0.0
        return _PATIENCE if any(map(self._waits, self._clients.values())) else _PATIENCE / 3

    def _moment(self, move: Move, seen: Seen) -> Moment:
        pids = {task.pid for task in seen.living}
        seen = replace(seen, sockets={pid: self._server.sockets(pid) for pid in pids})
        fresh = [client for name, client in self._clients.items() if name not in self._told]
        lost = [(c.name, c.lost or "closed") for c in fresh if c.open and (c.lost or self._cut_off(c))]
        ended = [c.name for c in fresh if c.open and c.ended and not c.lost and not self._cut_off(c)]
        self._told |= {name for name, _ in lost} | set(ended)
        waiting = [c for c in self._clients.values() if self._waits(c)]
        return Moment(
            move=move,
            answered=tuple(self._answered),
            lost=tuple(lost),
            ended=tuple(ended),
            waiting=tuple(seen.waiting(client, not self._wanted[client.name]) for client in waiting),
            asleep=seen.asleep(),
            queue=seen.queue,
            processes=len(pids),
            threads=len(seen.living),
            zombies=seen.zombies,
            descriptors=self._server.descriptors if self._server.root in pids else 0,
            alive=self._server.root in pids,
        )

    def _cut_off(self, client: Client) -> bool:
        """Whether the server closed the connection of a client that wanted more."""
        return client.ended and (client.name not in self._ending or bool(self._wanted[client.name]))


def _word() -> str:
    """A word that nobody can foresee; of letters only, so that it is another in capitals."""
    return "".join(secrets.choice(ascii_lowercase) for _ in range(8))


def _turns(tasks: Sequence[Task]) -> object:
    """What has to be the same later, if no task has had a turn but to look at the clock; None if one is running."""
    if any(task.state not in "SDZTI" for task in tasks):
        return None
    return tuple((task.tid, task.state, 0 if task.timed else task.turns) for task in tasks)
