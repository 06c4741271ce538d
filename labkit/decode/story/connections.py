"""Sentences on sockets: made, bound, listening, connected, accepted, shut down.

Sources: socket(2), bind(2), listen(2), connect(2), accept(2), shutdown(2), tcp(7), unix(7).
"""

from __future__ import annotations

from labkit.decode.ports import split
from labkit.decode.story.ends import READ_CALLS, wakes
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount
from labkit.model import Inode

_ACCEPT = frozenset(("accept", "accept4"))


def made(scene: Scene) -> list[str]:
    """socket: an endpoint with no address."""
    kind = f"{scene.text('domain')}, {scene.text('type')}"
    return [
        f"{scene.subject} made {scene.thing(scene.result)} ({kind}) as fd {scene.result}: no address and no peer yet"
    ]


def bound(scene: Scene) -> list[str]:
    """bind: an address; port 0 asks the kernel for a free one."""
    thing, asked = scene.thing(scene.fd), scene.text("addr")
    inode = scene.inode(scene.fd)
    local = scene.names.address(inode.socket.local) if inode is not None and inode.socket is not None else ""
    address = scene.value("addr")
    if isinstance(address, dict) and address.get("port") == 0:
        return [
            f"{scene.subject} bound {thing} to {local or asked}: it asked for port 0, so the kernel chose a free one"
        ]
    return [f"{scene.subject} bound {thing} to {asked}"]


def listening(scene: Scene) -> list[str]:
    """listen: from now on the kernel completes connections by itself."""
    limit = scene.number("backlog") or 0
    local = _local(scene, scene.fd)
    at = f" at {local}" if local else ""
    return [
        f"{scene.subject} made {scene.thing(scene.fd)} listen{at}: the kernel completes connections by itself "
        f"and keeps about {limit:,} waiting for accept"
    ]


def _local(scene: Scene, fd: int) -> str:
    inode = scene.inode(fd)
    return _address(scene, inode.socket.local) if inode and inode.socket and inode.socket.local else ""


def _address(scene: Scene, text: str) -> str:
    """An address of the internet as it is, a path in quotes."""
    return scene.names.address(text) if split(text)[1] is not None else f'"{scene.names.path(text)}"'


def connected(scene: Scene) -> list[str]:
    """connect: for a stream, the connection then waits for accept."""
    inode, to = scene.inode(scene.fd), scene.text("addr")
    thing = scene.thing(scene.fd)
    if inode is not None and inode.socket is not None and inode.socket.type == "SOCK_DGRAM":
        return [f"{scene.subject} set {to} as the peer of {thing}: for datagrams nothing is sent yet"]
    listener = _listener(scene, inode)
    main = f"{scene.subject} connected {thing} to {to}"
    if listener is None:
        return [main]
    woken = wakes(scene, listener.id, _ACCEPT)
    return [main, _queue(scene, listener), woken]


def _listener(scene: Scene, inode: Inode | None) -> Inode | None:
    peer = inode.socket.peer if inode is not None and inode.socket is not None else ""
    for other in scene.after.inodes.values():
        if other.socket is not None and other.socket.backlog is not None and peer and other.socket.local == peer:
            return other
    return None


def _queue(scene: Scene, listener: Inode) -> str:
    socket = listener.socket
    if socket is None or socket.backlog is None or not socket.backlog[0]:
        return ""
    count, limit = socket.backlog
    waits = f"{amount(count, 'connection')} (limit {limit:,}) {'waits' if count == 1 else 'wait'}"
    return f"{waits} in {scene.name(listener)}'s queue for accept"


def accepted(scene: Scene) -> list[str]:
    """accept: a new socket for one connection; the listening one stays as it was."""
    fd, listener = scene.result, scene.inode(scene.fd)
    new = scene.inode(fd)
    peer = _address(scene, new.socket.peer) if new is not None and new.socket is not None and new.socket.peer else ""
    whom = f", connected to {peer}" if peer else ""
    main = f"{scene.subject} accepted a connection: a new socket, {scene.thing(fd)}, as fd {fd}{whom}"
    goes_on = f"{scene.thing(scene.fd)} goes on listening"
    waiting = _queue(scene, listener) if listener is not None else ""
    return [main, waiting or goes_on]


def shut(scene: Scene) -> list[str]:
    """shutdown: one direction ends, the descriptor stays."""
    how, inode = scene.text("how"), scene.inode(scene.fd)
    direction = {"SHUT_WR": "writing", "SHUT_RD": "reading"}.get(how, "reading and writing")
    main = f"{scene.subject} shut {scene.thing(scene.fd)} down for {direction}; fd {scene.fd} stays open"
    number = inode.socket.peer_inode if inode is not None and inode.socket is not None else None
    peer = scene.after.inodes.get(number) if number is not None else None
    if peer is None or how == "SHUT_RD":
        return [main]
    woken = wakes(scene, peer.id, READ_CALLS, "with end of file")
    rest = f" after {amount(peer.queue)} more" if peer.queue else ""
    return [main, woken or f"reading the other end, {scene.name(peer)}, gives end of file{rest}"]


def asked_own(scene: Scene) -> list[str]:
    """getsockname."""
    return [f"{scene.subject} asked for the address of {scene.thing(scene.fd)}: {scene.text('addr')}"]


def asked_peer(scene: Scene) -> list[str]:
    """getpeername."""
    return [f"{scene.subject} asked who {scene.thing(scene.fd)} is connected to: {scene.text('addr')}"]


def set_option(scene: Scene) -> list[str]:
    """setsockopt."""
    option, value = scene.text("optname"), scene.text("optval").strip("[]")
    return [f"{scene.subject} set {option} of {scene.thing(scene.fd)} to {value}", _OPTIONS.get(option, "")]


def got_option(scene: Scene) -> list[str]:
    """getsockopt."""
    value = scene.text("optval").strip("[]")
    return [f"{scene.subject} asked for {scene.text('optname')} of {scene.thing(scene.fd)}: {value}"]


_OPTIONS = {
    "SO_REUSEADDR": "bind may take an address that earlier connections still hold",
    "TCP_NODELAY": "small pieces are sent at once",
    "SO_KEEPALIVE": "a silent connection is probed now and then",
    "SO_RCVTIMEO": "reading waits no longer than that",
    "SO_SNDTIMEO": "writing waits no longer than that",
}
