"""What stands in a folder, as a value, and put into it: the files a program finds, and those it leaves behind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_MOST, _LARGEST = 200, 1 << 20  # entries, and bytes of all of them
Entry = tuple[str, int, str]
"""Its kind ("file", "folder", "link", "fifo"), owner's rights (mode & 0700), and bytes (Latin-1) or where it leads."""
Contents = Mapping[str, Entry]
"""Entries by their names within the folder."""


def contents(folder: Path) -> Contents | None:
    """All that is in `folder`; None if that is much, cannot be read, or is something else."""
    found: dict[str, Entry] = {}
    try:
        for path in folder.rglob("*"):
            if len(found) == _MOST or (entry := _entry(path)) is None:
                return None
            found[path.relative_to(folder).as_posix()] = entry
    except OSError:
        return None
    if sum(len(text) for _, _, text in found.values()) > _LARGEST:
        return None
    return dict(sorted(found.items()))


def _entry(path: Path) -> Entry | None:
    if path.is_symlink():
        return "link", 0, str(path.readlink())
    status = path.stat()
    if path.is_dir():
        return "folder", status.st_mode & 0o700, ""
    if path.is_fifo():
        return "fifo", status.st_mode & 0o700, ""
    if not path.is_file() or status.st_size > _LARGEST:
        return None
    return "file", status.st_mode & 0o700, path.read_bytes().decode("latin-1")


def portable(found: Contents) -> Contents:
    """The same, without where links lead that lead out of it: such a place is one machine's own.

    >>> portable({"a": ("link", 0, "/home/me/a"), "b": ("link", 0, "a")})
    {'a': ('link', 0, ''), 'b': ('link', 0, 'a')}
    """
    return {
        name: (kind, rights, "" if kind == "link" and text.startswith("/") else text)
        for name, (kind, rights, text) in found.items()
    }


def put(folder: Path, wanted: Contents) -> None:
    """Make `folder` hold just what is `wanted`; a link that is there stays. OSError where that is not possible."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.relative_to(folder).as_posix() not in wanted:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    for name, (kind, _, text) in sorted(wanted.items()):
        path = folder / name
        if kind == "fifo":
            if not path.is_fifo():
                os.mkfifo(path, 0o600)
        elif kind == "folder":
            path.mkdir(exist_ok=True)
        elif kind == "file" and (not path.exists() or path.read_bytes() != text.encode("latin-1")):
            path.write_bytes(text.encode("latin-1"))
        elif kind == "link" and text and not path.is_symlink():
            path.symlink_to(text)
    for name, (kind, rights, _) in sorted(wanted.items(), reverse=True):
        if kind != "link":
            path = folder / name
            path.chmod(path.stat().st_mode & 0o7077 | rights)
