"""Clients that do to a server what `Act`s say, through real sockets, within bounds of time. Judges nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from labkit.capture.serving import below, ended, listening
from labkit.exercises.clients import Act, Reply, Served

_LISTENS = 2.0  # seconds for a server to come to listen
_ALONE = 0.25  # seconds that the bytes of one "say" are given to be read before the next; usually they are at once
_SETTLE = 0.5  # seconds for children to end, and to be waited for
_LOOPBACK = ("0100007F", "00000000000000000000000001000000")  # 127.0.0.1 and ::1 in /proc/net/tcp and tcp6


class Clients:
    """The clients of one server: `served` has what they saw, once `speak` is through."""

    def __init__(self, acts: Sequence[Act], patience: float) -> None:
        self._acts = acts
        self._patience = patience
        self._links: dict[int, socket.socket] = {}
        self._replies: dict[int, Reply] = {}
        self._cut_off: set[int] = set()
        self.served = Served((), listens=False)
        self.stopped = threading.Event()

    def speak(self, server: Callable[[], int | None]) -> None:
        """Wait until the process whose pid `server` tells listens, do every act, and look at that process."""
        port, pid = self._find(server)
        if port is None or pid is None:
            return
        alone = _only_at_home(pid, port)
        try:
            for act in self._acts:
                if self.stopped.is_set():
                    break
                self._do(act, port)
        finally:
            for link in self._links.values():
                link.close()
        replies = tuple(self._replies[number] for number in sorted(self._replies))
        zombies, descriptors = _after(pid)
        self.served = Served(replies, True, alone, zombies, descriptors, not ended(pid))

    def _find(self, server: Callable[[], int | None]) -> tuple[int | None, int | None]:
        until = time.monotonic() + _LISTENS * self._patience
        while time.monotonic() < until and not self.stopped.is_set():
            pid = server()
            if pid is not None and (ports := listening(pid)):
                return ports[0], pid
            time.sleep(0.005)
        return None, None

    def _do(self, act: Act, port: int) -> None:
        before = self._replies.get(act.client, Reply())
        link = self._links.get(act.client)
        if act.does == "rest":
            self.stopped.wait(0 if act.client in self._cut_off else act.seconds)
        elif act.does == "come":
            self._replies[act.client] = self._come(act.client, port)
        elif link is None or before.ended in ("reset", "refused"):
            return
        elif act.does == "say":
            try:
                link.sendall(act.data)
                _let_it_read(port, link.getsockname()[1], _ALONE * self._patience)
            except OSError:  # it will hear why
                self._cut_off.add(act.client)
        elif act.does == "end":
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_WR)
        elif act.does in ("hear", "take"):
            self._replies[act.client] = _heard(link, before, act.seconds * self._patience, once=act.does == "take")
        else:
            if act.does == "vanish":
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            link.close()

    def _come(self, client: int, port: int) -> Reply:
        link = socket.socket()
        self._links[client] = link
        link.settimeout(1.5 * self._patience)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            link.connect(("127.0.0.1", port))
        except ConnectionRefusedError:
            return Reply(ended="refused")
        except OSError:
            return Reply(ended="silent")
        return Reply()


def _heard(link: socket.socket, before: Reply, seconds: float, *, once: bool) -> Reply:
    begun, data = time.monotonic(), before.data
    while (left := begun + seconds - time.monotonic()) > 0:
        link.settimeout(left)
        try:
            got = link.recv(1 << 16)
        except TimeoutError:
            break
        except OSError:
            return Reply(data, "reset", time.monotonic() - begun)
        if not got:
            return Reply(data, "closed", time.monotonic() - begun)
        data += got
        if once:
            return Reply(data, "open", time.monotonic() - begun)
    return Reply(data, "silent", time.monotonic() - begun)


def _let_it_read(port: int, client: int, seconds: float) -> None:
    """Wait until the server has read what the client at port `client` sent, so that more comes in a read of its own."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and _unread(port, client):
        time.sleep(0.005)


def _unread(port: int, client: int) -> bool:
    """Whether bytes wait at the server's end of a connection (proc(5): net/tcp, rx_queue)."""
    ours, theirs = f":{port:04X}", f":{client:04X}"
    for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(ours) and fields[2].endswith(theirs):
            return int(fields[4].partition(":")[2], 16) > 0
    return False


def _only_at_home(pid: int, port: int) -> bool:
    """Whether the sockets that listen on `port` are bound to loopback."""
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                address, _, number = fields[1].rpartition(":")
                if fields[3] == "0A" and int(number, 16) == port and address not in _LOOPBACK:
                    return False
    return True


def _after(pid: int) -> tuple[int, int]:
    """Zombies and open descriptors of a process, once nothing changes any more."""
    until = time.monotonic() + _SETTLE
    while time.monotonic() < until and _children(pid):
        time.sleep(0.01)
    zombies = sum(ended(child) for child in _children(pid))
    try:
        return zombies, len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208
    except OSError:
        return zombies, 0


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def end(pid: int) -> None:
    """SIGTERM to a server and all below it, as whoever runs one ends it."""
    for one in (pid, *below(pid)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGTERM)


def running_as(program: Path, folder: Path) -> int | None:
    """The first process below this one that runs `program` in `folder`; None as long as there is none."""
    for pid in below(os.getpid()):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/exe").readlink() == program and Path(f"/proc/{pid}/cwd").readlink() == folder:
                return pid
    return None
