"""Many clients at once at each server of lecture 08: who is answered, in what time and with what memory, as ratios.

Every client connects, then every client speaks, then those that have an answer leave: so the servers that serve one at
a time come to everybody, too, in the end.
"""

from __future__ import annotations

import resource
import select
import time
from dataclasses import dataclass
from pathlib import Path

from labkit.capture.clients import Client
from labkit.capture.watched import Watched, watched
from labkit.model import Limits
from labkit.show.arena import FIVE

_LONG = 120.0  # seconds
_STILL = 1.0  # seconds without an answer: there are no more to come before somebody leaves


@dataclass(frozen=True)
class Taken:
    """Seconds until as many were answered as can be at once, and until all had been served, each leaving when it was.

    `answered` counts the first; `tasks` are processes and threads then, `memory` is theirs in bytes.
    """

    at_once: float
    served: float
    answered: int
    tasks: tuple[int, int]
    memory: int


def arena(clients: int) -> None:
    """Prints a line a server; every time is a multiple of that of server_epoll."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * clients + 256)), hard))
    taken = {name: measured(name, clients) for name in FIVE}
    best = taken["server_epoll"]
    print(f"\n{clients:,} clients at once       answered  processes  threads    memory  answer all   serve all")
    for name, one in taken.items():
        at_once = f"{one.at_once / best.at_once:.1f}x" if one.answered == clients else "-"
        print(
            f"  {name:<24}{one.answered:>11,}{one.tasks[0]:>11,}{one.tasks[1]:>9,}{one.memory / best.memory:>9.1f}x"
            f"{at_once:>12}{one.served / best.served:>11.1f}x"
        )
    print("  (x: times server_epoll. Answer all: while all are connected. Serve all: each leaves when it is answered.)")


def measured(name: str, clients: int) -> Taken:
    """One server, from the first word until the last client has been served."""
    limits = Limits(seconds=4 * _LONG, processes=clients + 20, memory=4 << 30)
    with watched(name, limits=limits) as server, select.epoll() as ready:
        there = [Client(str(number), server.host, server.port) for number in range(clients)]
        left = {client.socket.fileno(): client for client in there}
        for fd in left:
            ready.register(fd, select.EPOLLIN)
        start = time.perf_counter()
        for number, client in enumerate(there):
            client.send(b"word %d\n" % number)
        answered, last = [], start
        while len(answered) < clients and (new := _answered(ready, left, _STILL)):
            answered += new
            last = time.perf_counter()
        seen = server.tasks()
        tasks, memory = (len({task.pid for task in seen}), len(seen)), _memory(server)
        again = time.perf_counter()
        new = answered
        while new:
            for client in new:
                del left[client.socket.fileno()]
                client.leave()
            new = _answered(ready, left, _LONG) if left else []
        served = last - start + time.perf_counter() - again
        for client in there:
            client.leave()
    if left:
        raise RuntimeError(f"{len(left)} clients of {name} are not served after {_LONG:g} s")
    return Taken(last - start, served, len(answered), tasks, memory)


def _answered(ready: select.epoll, left: dict[int, Client], seconds: float) -> list[Client]:
    """The clients that got their answer now; none if that does not happen within `seconds`."""
    found: list[Client] = []
    while not found and (events := ready.poll(seconds)):
        for fd, _ in events:
            client = left[fd]
            if client.read() and client.got == b"WORD %d\n" % int(client.name):
                found.append(client)
    return found


def _memory(server: Watched) -> int:
    """Proportional share of memory of all its processes, in bytes (proc(5): smaps_rollup)."""
    total = 0
    for pid in {task.pid for task in server.tasks()}:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in text.splitlines() if line.startswith("Pss:"))
    return total
