"""What a look at a server and its port tells: who waits where, and what each task of the server sleeps in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labkit.capture.clients import Client
from labkit.capture.tasks import Task
from labkit.decode.tcp_table import TcpRow
from labkit.model import Asleep, Waiting

_QUEUED = ("ESTABLISHED", "CLOSE_WAIT")  # with no descriptor: connected, and not accepted
_ON_THE_WAY = ("SYN_SENT", "SYN_RECV", "NEW_SYN_RECV", "FIN_WAIT1", "CLOSING", "LAST_ACK")
_WITH_FD = ("read", "recvfrom", "recvmsg", "write", "sendto", "sendmsg", "accept", "accept4", "readv", "writev")


@dataclass(frozen=True)
class Seen:
    """One look: the server's `tasks`, the `rows` of the TCP table that have to do with its port.

    `sockets` are those that each process has open: descriptor to inode, by process id; `names` the clients' by port.
    """

    tasks: tuple[Task, ...]
    rows: tuple[TcpRow, ...]
    root: int
    port: int
    sockets: Mapping[int, Mapping[int, int]]
    names: Mapping[int, str]

    @property
    def living(self) -> tuple[Task, ...]:
        """Its threads that are not dead."""
        return tuple(task for task in self.tasks if task.state not in "ZX")

    @property
    def zombies(self) -> int:
        """The dead that a living process of the server has not waited for."""
        ours = {task.pid for task in self.living}
        return len({task.pid for task in self.tasks if task.state == "Z" and task.parent in ours})

    @property
    def queue(self) -> int:
        """The connections in the listen queue, as the kernel counts them."""
        return sum(row.unread for row in self.rows if row.state == "LISTEN" and row.local == self.port)

    def ours(self, client: Client) -> TcpRow | None:
        """The server's end of a client's connection."""
        return next((row for row in self.rows if (row.local, row.remote) == (self.port, client.port)), None)

    def client_of(self, inode: int) -> str:
        """The client at the other end of a socket, "" if it is none's."""
        row = next((row for row in self.rows if row.inode == inode and row.local == self.port), None)
        return self.names.get(row.remote, "") if row is not None else ""

    def who(self, task: Task) -> str:
        """What a task is called."""
        table = self.sockets.get(task.pid, {})
        spoken = self.client_of(table.get(task.first if task.first is not None and task.call in _WITH_FD else -1, 0))
        if task.pid == self.root:
            return "server" if task.tid == task.pid else f"thread of {spoken}" if spoken else "thread"
        kind = "child" if task.tid == task.pid else "thread"
        own = [name for _, inode in sorted(table.items()) if (name := self.client_of(inode))]
        whose = spoken or (own[-1] if own else "")
        return f"{kind} of {whose}" if whose else kind

    def asleep(self) -> tuple[Asleep, ...]:
        """What each sleeps in: the server first, then in the order of the clients."""
        order = {name: place for place, name in enumerate(self.names.values())}
        found = [Asleep(self.who(task), task.call, self._on(task)) for task in self.living if task.state in "SD"]
        return tuple(sorted(found, key=lambda one: (one.who != "server", order.get(one.who.rpartition(" ")[2], -1))))

    def _on(self, task: Task) -> str:
        if task.call in ("wait4", "waitid"):
            return "a child"
        if task.call not in _WITH_FD or task.first is None:
            return ""
        inode = self.sockets.get(task.pid, {}).get(task.first, 0)
        return "the listener" if task.call.startswith("accept") else self.client_of(inode)

    def holder(self, inode: int) -> str:
        """Who has a connection open; a child or thread that serves it before the server that also has it."""
        for task in sorted(self.living, key=lambda task: task.pid == self.root):
            table = self.sockets.get(task.pid, {})
            if inode in table.values():
                serving = [one for one in self.living if one.pid == task.pid and table.get(one.first or -1) == inode]
                return self.who(serving[0] if serving else task)
        return ""

    def waiting(self, client: Client, answered: bool) -> Waiting:
        """Where a client's words are; it waits for the end of the connection if it is `answered`."""
        row = self.ours(client)
        if row is None or row.state in _ON_THE_WAY[:3]:
            return Waiting(client.name, "not connected")
        if not row.inode and row.state in _QUEUED:
            return Waiting(client.name, "listen queue")
        holder = self.holder(row.inode)
        return Waiting(client.name, "not read" if row.unread else "no end" if answered else "not answered", holder)

    def in_flight(self, clients: Sequence[Client]) -> bool:
        """Whether something is on its way between the two ends, so that what is seen is not what will be."""
        deaf = {client.port for client in clients if client.deaf}
        here = {row.remote for row in self.rows if row.local == self.port}
        clogged = {row.remote for row in self.rows if row.local == self.port and row.unread}
        if any(client.deaf and client.open and not client.lost and client.port not in clogged for client in clients):
            return True  # it pours until the server reads no more of it
        for row in self.rows:
            client = row.remote if row.local == self.port else row.local
            if row.state == "LISTEN" or client in deaf:
                continue
            if row.state in _ON_THE_WAY or row.unsent:
                return True
            if row.remote == self.port and row.state == "ESTABLISHED" and row.local not in here:
                return True
        return False
