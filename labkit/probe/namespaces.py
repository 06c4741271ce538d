"""Tries to make a private user and network (namespaces(7)), without privilege. Changes the process it is called in."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from pathlib import Path

from labkit.probe.entry import NotWorking
from labkit.probe.kernel import checked, libc

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS = 0x8914
UP_AND_RUNNING = 0x1 | 0x8 | 0x40  # IFF_UP | IFF_LOOPBACK | IFF_RUNNING, netdevice(7)


def own_user(home: Path) -> str:
    """Enter a user namespace and keep our own user id there."""
    before, user = Path("/proc/self/ns/user").readlink(), os.getuid()
    _enter(CLONE_NEWUSER)
    if Path("/proc/self/ns/user").readlink() == before or os.getuid() != user:
        raise NotWorking(f"unshare(2) said yes, and user {user} is now {os.getuid()} in {before}")
    return "made one, and kept our user id in it"


def own_network(home: Path) -> str:
    """Enter a network of our own, start its loopback, and connect to ourselves through it."""
    enter_own_network()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 1.0):
        server.accept()[0].close()
    return "made one with a loopback of its own, and connected through it"


def enter_own_network() -> None:
    """Put this process into a new user and network namespace with a working loopback; OSError says what was refused."""
    if libc.unshare(CLONE_NEWNET):  # the system's administrator needs no user namespace for it
        _enter(CLONE_NEWUSER | CLONE_NEWNET)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", UP_AND_RUNNING))


def _enter(flags: int) -> None:
    user, group = os.geteuid(), os.getegid()
    checked("unshare", libc.unshare(flags))
    # user_namespaces(7): an unprivileged process may map only itself, and its group only once it gave up setgroups.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
