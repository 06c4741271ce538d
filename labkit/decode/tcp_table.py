"""The kernel's table of TCP sockets, /proc/net/tcp and /proc/net/tcp6 (proc(5)), as values. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
          "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV")  # fmt: skip  # linux/tcp_states.h, from 1


@dataclass(frozen=True, slots=True)
class TcpRow:
    """One socket: its ports, `state`, what waits in its queues, and its `inode`, 0 when no descriptor leads to it.

    `unread` are bytes that the program has not read (of a listening socket: connections not accepted), `unsent` those
    that the other end has not acknowledged. `any_address`: it is bound to every address of the machine.
    """

    local: int
    remote: int
    state: str
    unsent: int
    unread: int
    inode: int
    any_address: bool = False
    six: bool = False


def tcp_rows(text: str, port: int = 0, *, six: bool = False) -> Iterator[TcpRow]:
    """The rows of a table, in its order, or those with `port` at one end; `six` says that it is /proc/net/tcp6.

    >>> line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  0  0 4711 1 0"
    >>> list(tcp_rows("  sl  local_address …\\n" + line))
    [TcpRow(local=8080, remote=0, state='LISTEN', unsent=0, unread=2, inode=4711, any_address=False, six=False)]
    """
    wanted = f":{port:04X} " if port else ""
    for line in text.splitlines()[1:]:
        if wanted not in line:
            continue
        words = line.split()
        if len(words) < 10:
            continue  # cut off while it was read
        (host, local), (_, remote) = words[1].split(":"), words[2].split(":")
        unsent, unread = (int(part, 16) for part in words[4].split(":"))
        state = int(words[3], 16)
        yield TcpRow(
            local=int(local, 16),
            remote=int(remote, 16),
            state=STATES[state] if state < len(STATES) else str(state),
            unsent=unsent,
            unread=unread,
            inode=int(words[9]),
            any_address=not host.strip("0"),
            six=six,
        )
