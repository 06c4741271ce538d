"""What closing leads to: descriptions that go away, and ends of pipes and sockets that nobody has any more.

Worked out by comparing the states before and after a step, so that it holds for close, dup2, exec and exit alike.
"""

from __future__ import annotations

from labkit.decode.story.ends import READ_CALLS, WRITE_CALLS, pids, reads, wakes, writes
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, several
from labkit.model import Inode


def descriptions_gone(scene: Scene) -> list[int]:
    """The open file descriptions that ended in this step."""
    return [number for number in scene.before.open_files if number not in scene.after.open_files]


def ends_gone(scene: Scene) -> list[str]:
    """A clause for each pipe that lost its last reader or writer, and each connection that was closed."""
    clauses = []
    touched = {scene.before.open_files[number].inode for number in descriptions_gone(scene)}
    for number in sorted(touched):
        inode = scene.before.inodes.get(number)
        if inode is None:
            continue
        if inode.kind == "pipe":
            clauses += _pipe(scene, inode)
        elif inode.kind == "socket" and number not in scene.after.inodes:
            clauses += _socket(scene, inode)
        elif inode.kind == "file" and number not in scene.after.inodes and _nameless(scene, inode):
            clauses.append(f"{scene.name(inode)} has no name and no descriptor any more: its space is freed")
    return clauses


def _nameless(scene: Scene, inode: Inode) -> bool:
    return inode.path.endswith(" (deleted)") or inode.id in scene.past.unlinked


def _pipe(scene: Scene, inode: Inode) -> list[str]:
    now = scene.after.inodes.get(inode.id)
    name = scene.name(inode)
    if now is None and scene.outside(inode):
        return []
    if now is None:
        lost = inode.queue or 0
        return [f"{name} is gone" + (f" with {amount(lost)} unread in it" if lost else "")]
    clauses = []
    if pids(scene.before, inode.id, writes) and not pids(scene.after, inode.id, writes):
        woken = wakes(scene, inode.id, READ_CALLS, "with end of file") if not now.queue else ""
        rest = f" after {amount(now.queue)} more" if now.queue else ""
        clauses.append(f"{name} has no writer any more: {woken or f'reading it gives end of file{rest}'}")
    if pids(scene.before, inode.id, reads) and not pids(scene.after, inode.id, reads):
        woken = wakes(scene, inode.id, WRITE_CALLS, "with SIGPIPE")
        clauses.append(f"{name} has no reader any more: {woken or 'writing to it now gives SIGPIPE'}")
    return clauses


def _socket(scene: Scene, inode: Inode) -> list[str]:
    socket = inode.socket
    peer = scene.after.inodes.get(socket.peer_inode) if socket and socket.peer_inode is not None else None
    if peer is None:
        return []
    woken = wakes(scene, peer.id, READ_CALLS, "with end of file" if not peer.queue else "")
    if woken:
        return [f"the other end is {scene.name(peer)}: {woken}"]
    rest = f" after {amount(peer.queue)} more" if peer.queue else ""
    return [f"reading the other end, {scene.name(peer)}, gives end of file{rest}"]


def left_by(scene: Scene, open_file: int) -> str:
    """What is left of an open file description from which a descriptor was taken."""
    name = scene.names.open_file(open_file)
    if open_file not in scene.after.open_files:
        return f"it was the last descriptor of {name}, which goes away"
    holders = scene.holders(open_file)
    if not holders:
        return f"{name} lives on in a message under way"
    words = []
    for pid in dict.fromkeys(pid for pid, _ in holders):
        fds = [f"fd {fd}" for holder, fd in holders if holder == pid]
        whose = "its" if pid == scene.event.pid else f"{scene.person(pid)}'s"
        words.append(f"{whose} {several(fds)}")
    return f"{name} stays open through {several(words, 3)}"
