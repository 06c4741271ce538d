"""Sentences on bytes that move: read and write and their family, sendfile and its family.

Sources: read(2), write(2), pipe(7), recv(2), send(2), sendfile(2), splice(2).
"""

from __future__ import annotations

from labkit.decode.story import stdio
from labkit.decode.story.ends import READ_CALLS, WRITE_CALLS, fill, pids, reads, waiting, wakes, writes
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount
from labkit.model import Inode, Value

_SHOWN = 16  # bytes that a sentence quotes
_BYTES = ("buf", "iov", "msg")


def wrote(scene: Scene) -> list[str]:
    """write, pwrite, writev, send and the like, that returned how many bytes they took."""
    count, inode = scene.result, scene.inode(scene.fd)
    if inode is None:
        return [f"{scene.subject} wrote {amount(count)} to fd {scene.fd}"]
    thing, stream = scene.name(inode), scene.stream(scene.fd) if scene.library else None
    shown = _quoted(scene, count)
    asked = _asked(scene)
    if stream is not None and scene.called == "write":
        main = stdio.handed(scene, stream, count, shown, thing)
    elif _datagrams(inode):
        to = scene.first("address")
        main = f"{scene.subject} sent a datagram of {amount(count)}{shown}"
        main += f" to {scene.names.value(to)}" if to is not None else f" from {thing}"
    else:
        main = f"{scene.subject} wrote {amount(count)}{shown} to {thing}"
    clauses = [main]
    if asked is not None and count < asked:
        clauses.append(f"that is less than the {amount(asked)} it asked for{_injected(scene)}")
    clauses += _passed(scene, "went along")
    clauses += _written_to(scene, inode, count)
    return clauses


def _written_to(scene: Scene, inode: Inode, count: int) -> list[str]:
    if inode.kind in ("file", "memfd"):
        return [*_moved_offset(scene, inode), _in_cache(scene, inode)]
    if inode.kind == "pipe" and pids(scene.after, inode.id, reads):
        if inode.queue == 0:
            asleep = [
                person
                for person, event in waiting(scene, inode.id, READ_CALLS)
                if scene.wakings.get(event.index) == scene.event.index
            ]
            return [
                f"{asleep[0]} was asleep in read, woke up and has taken all of it already"
                if len(asleep) == 1
                else "all of it has been read already"
            ]
        return [fill(inode), wakes(scene, inode.id, READ_CALLS) if not _had(scene, inode) else ""]
    if inode.kind == "socket" and inode.socket is not None and inode.socket.peer_inode is not None:
        peer = scene.after.inodes.get(inode.socket.peer_inode)
        if peer is None:
            return []
        number = peer.queue or 0
        at = f"{amount(number)} {'waits' if number == 1 else 'wait'} at the other end, {scene.name(peer)}"
        return [at if number else "", wakes(scene, peer.id, READ_CALLS) if not _had(scene, peer) else ""]
    if scene.names.inode(inode.id) == "/dev/null":
        return ["/dev/null drops them"]
    if inode.kind == "eventfd":
        return [wakes(scene, inode.id, READ_CALLS)]
    return []


def _in_cache(scene: Scene, inode: Inode) -> str:
    """write(2), NOTES: said when the first page becomes dirty; how many do is the file system's affair."""
    before = scene.before.inodes.get(inode.id)
    was_dirty = bool(before.dirty) if before is not None else False
    return "they are in the page cache, not on storage yet" if inode.dirty and not was_dirty else ""


def synced(scene: Scene) -> list[str]:
    """fsync and fdatasync, that returned 0: fsync(2)."""
    inode = scene.inode(scene.fd)
    thing = scene.thing(scene.fd)
    what = f"the data of {thing}" if scene.event.call == "fdatasync" else thing
    main = f"{scene.subject} had the kernel write {what} from the page cache to its disk, and waited for it"
    if inode is None or inode.dirty is None:
        return [main]
    if inode.fs in ("tmpfs", "ramfs"):
        return [
            f"{scene.subject} asked for {thing} to be on storage",
            f"it is on {inode.fs}, which has none but memory",
        ]
    before = scene.before.inodes.get(inode.id)
    if before is not None and before.dirty == 0:
        return [main, "no page of it was dirty"]
    return [main, "none of its pages is dirty any more" if inode.dirty == 0 else "some pages are dirty again already"]


def _had(scene: Scene, inode: Inode) -> int:
    """Bytes that waited before the step: then whoever reads is on the way already."""
    before = scene.before.inodes.get(inode.id)
    return (before.queue or 0) if before is not None else 0


def _moved_offset(scene: Scene, inode: Inode) -> list[str]:
    """Where the offset of the open file description went, and who shares it."""
    old, new = scene.opened(scene.fd, scene.before), scene.opened(scene.fd)
    if new is None or new.offset is None:
        return []
    if scene.event.call.startswith(("pread", "pwrite")):
        at = scene.number("offset")
        if at is not None and at >= 0:
            return [f"that was at byte {at:,}, and the offset stays at {new.offset:,}"]
    start = old.offset if old is not None and old.offset is not None else 0
    if "O_APPEND" in new.flags and scene.event.call in WRITE_CALLS:
        moved = f"O_APPEND put them at the end; {scene.name(inode)} has {amount(inode.size or 0)} now"
    elif new.offset == inode.size:
        moved = f"the offset moved from {start:,} to {new.offset:,}, the end of the file"
    else:
        moved = f"the offset moved from {start:,} to {new.offset:,}" + (
            f" of {inode.size:,}" if inode.size is not None else ""
        )
    others = {pid for pid, _ in scene.holders(new.id)} - {scene.event.pid}
    if others:
        names = " and ".join(scene.person(pid) for pid in sorted(others)[:2])
        moved += f", also for {names}, who share{'s' if len(others) == 1 else ''} {scene.names.open_file(new.id)}"
    return [moved]


def read(scene: Scene) -> list[str]:
    """read, pread, readv, recv and the like, that returned how many bytes they got."""
    count, inode = scene.result, scene.inode(scene.fd)
    if inode is None:
        return [f"{scene.subject} read {amount(count)} from fd {scene.fd}"]
    if count == 0:
        return _read_nothing(scene, inode)
    thing, stream = scene.name(inode), scene.stream(scene.fd) if scene.library else None
    shown, asked = _quoted(scene, count), _asked(scene)
    if stream is not None and scene.called == "read":
        main = stdio.filled(scene, stream, count, shown, thing)
    elif _datagrams(inode):
        sender = scene.first("address")
        main = f"{scene.subject} received a datagram of {amount(count)}{shown}"
        main += f" from {scene.names.value(sender)}" if sender is not None else f" at {thing}"
    else:
        main = f"{scene.subject} {_verb(scene)} {amount(count)}{shown} from {thing}"
    clauses = [main]
    if asked is not None and count < asked:
        clauses.append(_short(scene, inode, asked))
    elif asked is not None and count > asked:
        clauses.append(f"its buffer holds {amount(asked)}, so the rest of the datagram is lost")
    elif asked is not None and count == asked and _datagrams(inode) and "MSG_PEEK" not in scene.text("flags"):
        clauses.append("its buffer holds no more, so a longer one would be cut off")
    clauses += _passed(scene, "came along")
    return clauses + _read_from(scene, inode)


def _verb(scene: Scene) -> str:
    return "peeked at" if "MSG_PEEK" in scene.text("flags") else "read"


def _short(scene: Scene, inode: Inode, asked: int) -> str:
    if scene.event.detail:
        return f"that is less than the {asked:,} it asked for{_injected(scene)}"
    if inode.kind == "terminal":
        got = scene.value("buf")
        by_line = isinstance(got, bytes) and got.find(b"\n") == len(got) - 1
        return f"it asked for {asked:,}" + (
            "; a terminal gives at most one line" if by_line else " and got what was typed"
        )
    if inode.kind in ("file", "memfd"):
        return f"it asked for {asked:,}, but the file ends there"
    if inode.kind in ("pipe", "socket") and not _datagrams(inode):
        return f"it asked for {asked:,} and got what was there"
    return f"its buffer had room for {asked:,}"


def _read_from(scene: Scene, inode: Inode) -> list[str]:
    if inode.kind in ("file", "memfd"):
        return _moved_offset(scene, inode)
    if inode.kind == "pipe" and not scene.outside(inode):
        rest = fill(inode) if inode.queue else f"{scene.name(inode)} is empty again"
        if inode.queue:
            writers = waiting(scene, inode.id, WRITE_CALLS)
            return [rest, f"{writers[0][0]} waits in write until there is room" if writers else ""]
        # A writer that was not seen asleep had room and is on its way out.
        asleep = [person for person, event in waiting(scene, inode.id, WRITE_CALLS) if event.wait is not None]
        return [rest, wakes(scene, inode.id, WRITE_CALLS) if asleep else ""]
    if inode.kind == "socket" and inode.queue:
        return [f"{amount(inode.queue)} still {'waits' if inode.queue == 1 else 'wait'} there"]
    if inode.kind == "eventfd":
        return ["its counter is 0 again", wakes(scene, inode.id, WRITE_CALLS)]
    return []


def _read_nothing(scene: Scene, inode: Inode) -> list[str]:
    """read(2) returned 0: end of file, for a reason that depends on what it is."""
    if _asked(scene) == 0:
        return [f"{scene.subject} asked {scene.name(inode)} for 0 bytes and got 0"]
    if scene.event.detail:
        return [f"{scene.subject} got 0 bytes from {scene.name(inode)}: the recording made it so (an injected fault)"]
    return [f"{scene.subject} read 0 bytes, which means end of file: {_why_end(scene, inode)}"]


def _why_end(scene: Scene, inode: Inode) -> str:
    name = scene.name(inode)
    if inode.kind == "pipe":
        if pids(scene.after, inode.id, writes):
            return f"{name} was empty and had no writer"
        return f"{name} is empty and nobody has its write end open any more"
    if inode.kind == "terminal":
        return "Ctrl-D was typed at the terminal"
    if inode.kind == "socket":
        state = inode.socket.state if inode.socket is not None else ""
        return f"the other end of {name} is closed, or shut down for writing" + (f" ({state})" if state else "")
    opened = scene.opened(scene.fd)
    if inode.kind in ("file", "memfd") and opened is not None and opened.offset is not None:
        return f"offset {opened.offset:,} is the end of {name}"
    if name == "/dev/null":
        return "/dev/null never holds anything"
    return f"{name} has no more"


def _quoted(scene: Scene, count: int) -> str:
    """The bytes themselves where they are few and plain text; else nothing."""
    data = _data(scene)
    if data is None or not 0 < count <= _SHOWN or len(data) < count:
        return ""
    inode = scene.inode(scene.fd)
    plain = all(byte >= 32 or byte in b"\n\t\r" for byte in data[:count])
    if not plain or (inode is not None and inode.path.startswith("/proc/")):
        return ""
    return f" {scene.names.data(data[:count], None, _SHOWN)}"


def _data(scene: Scene) -> bytes | None:
    for name in _BYTES:
        value = scene.value(name)
        if isinstance(value, dict):
            value = value.get("iov")
        if isinstance(value, bytes):
            return value
        if isinstance(value, tuple):
            return b"".join(piece for piece in value if isinstance(piece, bytes))
    return None


def _asked(scene: Scene) -> int | None:
    """How many bytes the call asked for; None where that is not one number."""
    for name in ("count", "len"):
        number = scene.number(name)
        if number is not None:
            return number
    return None


def _datagrams(inode: Inode) -> bool:
    return inode.socket is not None and inode.socket.type in ("SOCK_DGRAM", "SOCK_SEQPACKET", "SOCK_RAW")


def _passed(scene: Scene, how: str) -> list[str]:
    """Descriptors passed in the same message (unix(7))."""
    message = scene.value("msg")
    rights: Value = message.get("rights") if isinstance(message, dict) else None
    if not isinstance(rights, tuple) or not rights:
        return []
    fds = [fd for fd in rights if isinstance(fd, int)]
    what = " and ".join(f"fd {fd} ({scene.file(fd)}, {scene.thing(fd)})" for fd in fds[:2])
    return [f"{what} {how}: both processes share the open file description"]


def _injected(scene: Scene) -> str:
    return " (an injected fault)" if scene.event.detail else ""


def copied(scene: Scene) -> list[str]:
    """sendfile, splice, tee, copy_file_range: from one descriptor to another inside the kernel."""
    pair = [argument.value for argument in scene.event.args if argument.kind == "fd"]
    fds = [fd for fd in pair if isinstance(fd, int)]
    if scene.event.call == "sendfile":
        fds.reverse()
    if len(fds) < 2:
        return [f"{scene.subject} moved {amount(scene.result)} into {scene.thing(scene.fd)}"]
    source, target = (scene.thing(fd) for fd in fds[:2])
    if scene.result == 0:
        return [f"{scene.subject} copied nothing: {source} has no more"]
    verb = "duplicated" if scene.event.call == "tee" else "moved" if scene.event.call == "splice" else "copied"
    inode = scene.inode(fds[1])
    return [
        f"{scene.subject} {verb} {amount(scene.result)} from {source} to {target}, all inside the kernel",
        fill(inode) if inode is not None and inode.kind == "pipe" and not scene.outside(inode) else "",
        wakes(scene, inode.id, READ_CALLS) if inode is not None and not _had(scene, inode) else "",
    ]


def several_messages(scene: Scene) -> list[str]:
    """sendmmsg and recvmmsg."""
    verb = "sent" if scene.event.call == "sendmmsg" else "received"
    return [f"{scene.subject} {verb} {amount(scene.result, 'message')} at {scene.thing(scene.fd)} with one call"]
