"""Sentences on descriptors and what they lead to: open, close, dup, pipe, fcntl, lseek and the like.

Sources: open(2), close(2), dup(2), pipe(2), fcntl(2), lseek(2), close_range(2).
"""

from __future__ import annotations

from collections.abc import Callable

from labkit.decode.story.gone import descriptions_gone, ends_gone, left_by
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, several
from labkit.model import Inode, OpenFile


def opened(scene: Scene) -> list[str]:
    """open and creat: a new open file description, always."""
    fd = scene.result
    description, inode = scene.opened(fd, scene.after), scene.inode(fd, scene.after)
    what = scene.path() if scene.path() != '""' else scene.thing(fd)
    if description is None or inode is None:
        return [f"{scene.subject} opened {what} as fd {fd}"]
    flags = scene.text("flags") or _how(scene.text("how")) or "O_WRONLY|O_CREAT|O_TRUNC"
    name = scene.names.open_file(description.id)
    at = "" if description.offset is None or scene.inert(inode) else f", at offset {description.offset:,}"
    size = ""
    if at and inode.size is not None and inode.kind == "file":
        size = f" of {amount(inode.size)}" if inode.size else " of an empty file"
    main = f"{scene.subject} opened {what} ({flags}) as fd {fd}: a new open file description, {name}{at}{size}"
    return [main, _opened_again(scene, inode), _ends_met(scene, inode)]


def _how(how: str) -> str:
    """The flags of openat2(2), and how it was to find the way.

    >>> _how("{flags=O_RDONLY|O_NOCTTY, mode=000, resolve=RESOLVE_BENEATH}"), _how("")
    ('O_RDONLY|O_NOCTTY, RESOLVE_BENEATH', '')
    """
    words = dict(part.split("=", 1) for part in how.strip("{}").split(", ") if "=" in part)
    return ", ".join(words[name] for name in ("flags", "resolve") if words.get(name, "0") != "0")


def _opened_again(scene: Scene, inode: Inode) -> str:
    others = [scene.names.open_file(user.id) for user in scene.after.users(inode.id)]
    if len(others) < 2 or inode.kind not in ("file", "memfd"):
        return ""
    return f"{scene.name(inode)} is open {len(others)} times now ({several(others)}), each with its own offset"


def _ends_met(scene: Scene, inode: Inode) -> str:
    """fifo(7): an open that waited for the other end goes on."""
    if inode.kind != "pipe":
        return ""
    for thread, event in scene.others_inside():
        if event.call in ("open", "openat") and event.wait is not None:
            return f"{scene.person(thread.tid)} was asleep in {event.call} and wakes up: both ends are open"
    return ""


def closed(scene: Scene) -> list[str]:
    """close: the descriptor is free again; the description goes with its last one."""
    fd = scene.fd
    before = scene.opened(fd, scene.before)
    if before is None:
        return [f"{scene.subject} closed fd {fd}"]
    inode = scene.inode(fd, scene.before)
    thing = f" ({scene.name(inode)})" if inode is not None else ""
    return [f"{scene.subject} closed fd {fd}{thing}", left_by(scene, before.id), *ends_gone(scene)]


def closed_range(scene: Scene) -> list[str]:
    """close_range: every descriptor in it, or close-on-exec for all of them."""
    if "CLOSE_RANGE_CLOEXEC" in scene.text("flags"):
        rows = [fd for fd, row in _rows(scene, after=True).items() if row.cloexec and not _cloexec(scene, fd)]
        return [f"{scene.subject} marked {several([f'fd {fd}' for fd in rows])} close-on-exec"]
    gone = [f"fd {fd}" for fd in _rows(scene, after=False) if fd not in _rows(scene, after=True)]
    return [f"{scene.subject} closed {several(gone) if gone else 'nothing: no descriptor is in that range'}",
            *ends_gone(scene)]  # fmt: skip


def _rows(scene: Scene, *, after: bool) -> dict:  # type: ignore[type-arg]
    state = scene.after if after else scene.before
    thread = state.threads.get(scene.event.tid)
    return dict(state.tables.get(thread.table, {})) if thread else {}


def _cloexec(scene: Scene, fd: int) -> bool:
    row = _rows(scene, after=False).get(fd)
    return bool(row and row.cloexec)


def duplicated(scene: Scene) -> list[str]:
    """dup, dup2, dup3: one more descriptor on the same open file description."""
    old, new = scene.fd, scene.result
    description = scene.opened(old)
    if description is None:
        return [f"{scene.subject} made fd {new} a copy of fd {old}"]
    name, thing = scene.names.open_file(description.id), scene.thing(old)
    if old == new:
        return [f"{scene.subject} duplicated fd {old} to itself: nothing changes"]
    main = f"{scene.subject} made fd {new} lead to the same open file description as fd {old}: {name}, {thing}"
    if "O_CLOEXEC" in scene.text("flags"):
        main += ", but close-on-exec"
    replaced = scene.opened(new, scene.before)
    if replaced is None or replaced.id == description.id:
        return [main, "they share its offset and flags" if description.offset is not None else ""]
    return [main, f"what fd {new} led to is closed: {_lost(scene, replaced)}", *ends_gone(scene)]


def _lost(scene: Scene, replaced: OpenFile) -> str:
    name = scene.names.open_file(replaced.id)
    inode = scene.before.inodes.get(replaced.inode)
    thing = f" ({scene.name(inode)})" if inode is not None else ""
    if replaced.id in scene.after.open_files:
        return f"{name}{thing} has one descriptor less"
    return f"{name}{thing} had no other descriptor and goes away"


def made_pipe(scene: Scene) -> list[str]:
    """pipe: two descriptors, two open file descriptions, one pipe."""
    pair = scene.value("pipefd")
    fds = [fd for fd in pair if isinstance(fd, int)] if isinstance(pair, tuple) else []
    if len(fds) != 2:
        return [f"{scene.subject} made a pipe"]
    inode = scene.inode(fds[0])
    flags = scene.text("flags")
    room = f", with room for {amount(inode.capacity)}" if inode is not None and inode.capacity else ""
    with_flags = f" ({flags})" if flags not in ("", "0") else ""
    return [
        f"{scene.subject} made {scene.thing(fds[0])}{with_flags}: fd {fds[0]} reads it, fd {fds[1]} writes to it{room}"
    ]


def made_pair(scene: Scene) -> list[str]:
    """socketpair: two sockets, joined."""
    pair = scene.value("sv")
    fds = [fd for fd in pair if isinstance(fd, int)] if isinstance(pair, tuple) else []
    if len(fds) != 2:
        return [f"{scene.subject} made a pair of sockets"]
    first, second = (f"fd {fd} ({scene.thing(fd)})" for fd in fds)
    return [
        f"{scene.subject} made two joined sockets, {first} and {second}: what goes in at one comes out at the other"
    ]


def moved(scene: Scene) -> list[str]:
    """lseek: the offset belongs to the open file description, not to the descriptor."""
    old, new = scene.opened(scene.fd, scene.before), scene.opened(scene.fd)
    thing, inode = scene.thing(scene.fd), scene.inode(scene.fd)
    name = scene.file(scene.fd)
    if inode is None or old is None or new is None or new.offset is None:
        return [f"{scene.subject} set the offset of {thing} to {scene.result:,}"]
    if scene.inert(inode):
        return [f"{scene.subject} asked to move the offset of {thing}, where it means nothing"]
    whence = scene.text("whence")
    where = {"SEEK_HOLE": " (the next hole)", "SEEK_DATA": " (the next data)"}.get(whence, "")
    if old.offset == scene.result:
        return [f"{scene.subject} asked for the offset of {name} ({thing}): it is {scene.result:,}{where}"]
    main = f"{scene.subject} moved the offset of {name} ({thing}) from {old.offset or 0:,} to {scene.result:,}{where}"
    if inode.size is not None and scene.result > inode.size:
        return [main, f"beyond its end at {inode.size:,}: a write there would leave a hole"]
    if inode.size is not None and inode.kind == "file" and scene.result == inode.size:
        return [main + ", its end"]
    return [main]


def _got_flags(scene: Scene) -> list[str]:
    opened = scene.opened(scene.fd)
    flags = opened.flags if opened is not None else "0"
    return [f"{scene.subject} asked for the flags of {scene.file(scene.fd)} ({scene.thing(scene.fd)}): {flags}"]


def _set_flags(scene: Scene) -> list[str]:
    opened = scene.opened(scene.fd)
    flags = opened.flags if opened is not None else scene.text("arg")
    main = f"{scene.subject} set the flags of {scene.file(scene.fd)} ({scene.thing(scene.fd)}): now {flags}"
    if "O_NONBLOCK" in flags:
        return [main, "calls that would have to wait fail with EAGAIN instead"]
    return [main]


def _got_cloexec(scene: Scene) -> list[str]:
    answer = "it is set" if scene.result & 1 else "it is not set"
    return [f"{scene.subject} asked whether fd {scene.fd} ({scene.thing(scene.fd)}) is close-on-exec: {answer}"]


def _set_cloexec(scene: Scene) -> list[str]:
    if scene.text("arg") == "FD_CLOEXEC":
        return [f"{scene.subject} marked fd {scene.fd} ({scene.thing(scene.fd)}) close-on-exec: exec will close it"]
    return [f"{scene.subject} cleared close-on-exec of fd {scene.fd} ({scene.thing(scene.fd)}): exec will keep it"]


def _duplicated_above(scene: Scene) -> list[str]:
    main, *rest = duplicated(scene)
    return [f"{main} (the lowest free fd from {scene.text('arg')} up)", *rest]


def _locked(scene: Scene) -> list[str]:
    lock = scene.value("arg")
    kind = lock.get("type") if isinstance(lock, dict) else ""
    words = {"F_RDLCK": "took a shared lock on", "F_WRLCK": "took an exclusive lock on", "F_UNLCK": "unlocked"}
    return [f"{scene.subject} {words.get(str(kind), 'changed a lock on')} {_span(scene)} {scene.thing(scene.fd)}"]


def _span(scene: Scene) -> str:
    lock = scene.value("arg")
    start, length = (lock.get("start"), lock.get("len")) if isinstance(lock, dict) else (0, 0)
    if not isinstance(length, int) or not length:
        return "all of" if not start else f"everything from byte {start!s} of"
    return f"{amount(length)} from byte {start!s} of"


def _asked_lock(scene: Scene) -> list[str]:
    lock = scene.value("arg")
    free = isinstance(lock, dict) and lock.get("type") == "F_UNLCK"
    return [f"{scene.subject} asked who locks {scene.thing(scene.fd)}: {'nobody' if free else 'somebody does'}"]


_FCNTL: dict[str, Callable[[Scene], list[str]]] = {
    "F_GETFL": _got_flags,
    "F_SETFL": _set_flags,
    "F_GETFD": _got_cloexec,
    "F_SETFD": _set_cloexec,
    "F_DUPFD": _duplicated_above,
    "F_DUPFD_CLOEXEC": _duplicated_above,
    "F_SETLK": _locked,
    "F_SETLKW": _locked,
    "F_OFD_SETLK": _locked,
    "F_OFD_SETLKW": _locked,
    "F_GETLK": _asked_lock,
    "F_OFD_GETLK": _asked_lock,
    "F_GETPIPE_SZ": lambda scene: [
        f"{scene.subject} asked how much {scene.thing(scene.fd)} holds: {amount(scene.result)}"
    ],
    "F_SETPIPE_SZ": lambda scene: [f"{scene.subject} made {scene.thing(scene.fd)} hold {amount(scene.result)} at most"],
    "F_ADD_SEALS": lambda scene: [f"{scene.subject} sealed {scene.thing(scene.fd)}: {scene.text('arg')}"],
    "F_GET_SEALS": lambda scene: [f"{scene.subject} asked for the seals of {scene.thing(scene.fd)}: {scene.result}"],
}


def controlled(scene: Scene) -> list[str]:
    """fcntl: by its command."""
    command = scene.text("cmd")
    tell = _FCNTL.get(command)
    return tell(scene) if tell else [f"{scene.subject} did {command} on fd {scene.fd} ({scene.thing(scene.fd)})"]


def freed(scene: Scene) -> list[str]:
    """For exec and exit: which descriptions went, in a clause or two, and who is told."""
    gone = [scene.names.open_file(number) for number in descriptions_gone(scene)]
    return ends_gone(scene) + ([f"{several(gone)} {'go' if len(gone) > 1 else 'goes'} away"] if gone else [])
