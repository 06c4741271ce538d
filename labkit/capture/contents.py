"""What stands in a folder, as a value, and put into it: the files a program finds, and those it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_MOST, _LARGEST = 200, 1 << 20  # entries, and bytes of all of them
Contents = Mapping[str, tuple[int, bytes | None]]
"""By name within the folder: the owner's rights (mode & 0700), and the bytes of a file or None for a folder."""


def contents(folder: Path) -> Contents | None:
    """All that is in `folder`; None if that is much, cannot be read, or is neither file nor folder."""
    found: dict[str, tuple[int, bytes | None]] = {}
    size = 0
    try:
        for path in folder.rglob("*"):
            if len(found) == _MOST or path.is_symlink() or not (path.is_dir() or path.is_file()):
                return None
            status = path.stat()
            size += 0 if path.is_dir() else status.st_size
            if size > _LARGEST:
                return None
            found[path.relative_to(folder).as_posix()] = (
                status.st_mode & 0o700,
                None if path.is_dir() else path.read_bytes(),
            )
    except OSError:
        return None
    return dict(sorted(found.items()))


def put(folder: Path, wanted: Contents) -> None:
    """Make `folder` hold just what is `wanted`; OSError where that is not possible."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.relative_to(folder).as_posix() not in wanted:
            path.rmdir() if path.is_dir() else path.unlink()
    for name, (_, data) in sorted(wanted.items()):
        path = folder / name
        if data is None:
            path.mkdir(exist_ok=True)
        elif not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
    for name, (rights, _) in sorted(wanted.items(), reverse=True):
        path = folder / name
        if (mode := path.stat().st_mode) & 0o700 != rights:
            path.chmod(mode & 0o7077 | rights)
