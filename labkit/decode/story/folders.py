"""Sentences on names in folders and what they lead to: unlink, rename, mkdir, stat, chmod, getdents, mmap and so on.

Most are a row in a table of texts; what braces hold is said in `fields.py`. Sources: the man page of each call.
"""

from __future__ import annotations

from labkit.decode.story import stdio
from labkit.decode.story.past import AT_FDCWD
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, several
from labkit.model import Inode


def _full_path(scene: Scene, name: str, dirfd: str) -> str:
    value, folder = scene.value(name), scene.number(dirfd)
    start = None
    if folder is not None and folder != AT_FDCWD:
        inode = scene.inode(folder)
        start = inode.path if inode is not None else None
    return scene.past.absolute(scene.event.pid, str(value), start)


def _at(scene: Scene, path: str) -> Inode | None:
    """The inode in use that was found under this path, if any."""
    return next(
        (inode for inode in scene.after.inodes.values() if inode.path.removesuffix(" (deleted)") == path
         and inode.id not in scene.past.unlinked),
        None,
    )  # fmt: skip


def unlinked(scene: Scene) -> list[str]:
    """unlink: a name goes; the inode stays while a name or a descriptor leads to it."""
    if "AT_REMOVEDIR" in scene.text("flags"):
        return [f"{scene.subject} removed the empty folder {scene.path()}"]
    path = _full_path(scene, "path", "dirfd")
    inode = _at(scene, path)
    main = f"{scene.subject} removed the name {scene.path()}"
    if inode is None:
        bound = [other for other in scene.after.inodes.values() if other.socket and _bound_to(scene, other, path)]
        return [main, f"{scene.name(bound[0])} stays bound, but nobody can connect to it by that name" if bound else ""]
    scene.past.unlinked.add(inode.id)
    users = [scene.names.open_file(user.id) for user in scene.after.users(inode.id)]
    return [main, f"what it led to lives on while {several(users)} {'is' if len(users) == 1 else 'are'} open"]


def _bound_to(scene: Scene, inode: Inode, path: str) -> bool:
    local = inode.socket.local if inode.socket is not None else ""
    return bool(local) and not local.startswith("@") and scene.past.absolute(scene.event.pid, local) == path


def listed_folder(scene: Scene) -> list[str]:
    """getdents: names out of a folder, some at a time."""
    entries = scene.value("dirp")
    thing = scene.thing(scene.fd)
    if scene.result == 0:
        return [f"{scene.subject} asked for more names in the folder {thing}: there are no more"]
    count = len(entries) if isinstance(entries, tuple) else 0
    return [f"{scene.subject} read {amount(count, 'entry', 'entries')} ({amount(scene.result)}) of the folder {thing}"]


def looked_at(scene: Scene) -> list[str]:
    """The stat family: what an inode says of itself."""
    facts = scene.value("statbuf") or scene.value("statxbuf")
    by_path = scene.first("path")
    what = scene.path() if by_path is not None and by_path.value else f"fd {scene.fd} ({scene.thing(scene.fd)})"
    if not isinstance(facts, dict):
        return [f"{scene.subject} looked at {what}"]
    kind = str(facts.get("type"))
    words = _KINDS.get(kind, "an inode")
    size = facts.get("size")
    if kind == "S_IFREG" and isinstance(size, int):
        words += f" of {amount(size)}"
    return [f"{scene.subject} looked at {what}: {words}", _stdio_decides(scene, kind)]


_KINDS = {"S_IFREG": "a file", "S_IFDIR": "a folder", "S_IFCHR": "a character device", "S_IFBLK": "a block device",
          "S_IFIFO": "a pipe", "S_IFLNK": "a symbolic link", "S_IFSOCK": "a socket"}  # fmt: skip


def _stdio_decides(scene: Scene, kind: str) -> str:
    """glibc looks once, at the first use of a stream, to choose its buffer (setvbuf(3))."""
    stream = scene.stream(scene.fd) if scene.library else None
    if stream is None or stream.buffering or scene.library in ("setvbuf", "setbuf", "setbuffer", "setlinebuf"):
        return ""
    mode = "line" if kind == "S_IFCHR" and (inode := scene.inode(scene.fd)) and inode.kind == "terminal" else "full"
    return f"stdio will buffer {stdio.word(stream)} {'by line' if mode == 'line' else 'fully'}"


def mapped(scene: Scene) -> list[str]:
    """mmap: memory, maybe with a file behind it."""
    length = amount(scene.number("length") or 0)
    flags, fd = scene.text("flags"), scene.number("fd")
    if "MAP_ANONYMOUS" in flags or fd is None or fd < 0:
        return [f"{scene.subject} got {length} of fresh memory"]
    start = scene.value("offset")
    first = start if isinstance(start, int) else 0
    main = f"{scene.subject} mapped {length} of {scene.thing(fd)}, from byte {first:,}, into its memory"
    if "MAP_SHARED" in flags:
        return [
            main,
            "what it stores there goes into the file without a write" if "PROT_WRITE" in scene.text("prot") else "",
        ]
    return [main, "what it stores there stays its own (MAP_PRIVATE)" if "PROT_WRITE" in scene.text("prot") else ""]
