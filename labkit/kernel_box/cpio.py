"""Writes an archive that the kernel unpacks as its first file system. Pure: from names and contents to bytes.

The format is "newc", as Documentation/driver-api/early-userspace/buffer-format.rst of the kernel describes it.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping

FOLDERS = ("bin", "dev", "disk", "lib", "proc", "sys", "tmp")
_NODES = {"dev/console": (0o600, 5, 1), "dev/null": (0o666, 1, 3)}  # before there is a devtmpfs


def archive(files: Mapping[str, bytes], links: Mapping[str, str]) -> bytes:
    """An archive of FOLDERS, `files` (each may be run) and symbolic `links` (name to target).

    >>> made = archive({"bin/x": b"hello"}, {"bin/y": "x"})
    >>> made[:6], len(made) % 4, made.count(b"hello")
    (b'070701', 0, 1)
    """
    entries = [_entry(n, name, stat.S_IFDIR | 0o755) for n, name in enumerate(FOLDERS, 1)]
    for name, (mode, major, minor) in _NODES.items():
        entries.append(_entry(len(entries) + 1, name, stat.S_IFCHR | mode, device=(major, minor)))
    for name, content in files.items():
        entries.append(_entry(len(entries) + 1, name, stat.S_IFREG | 0o755, content))
    for name, target in links.items():
        entries.append(_entry(len(entries) + 1, name, stat.S_IFLNK | 0o777, target.encode()))
    return b"".join(entries) + _entry(0, "TRAILER!!!", 0)


def _entry(inode: int, name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """One file: a header of thirteen numbers, its name and its content, each padded to four bytes."""
    encoded = name.encode() + b"\0"
    numbers = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + encoded
    return _padded(head) + _padded(content)


def _padded(part: bytes) -> bytes:
    """The part and as many NUL bytes as make its length a multiple of four.

    >>> _padded(b"hello")
    b'hello\\x00\\x00\\x00'
    """
    return part + b"\0" * (-len(part) % 4)
