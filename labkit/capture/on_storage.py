"""A working folder on a file system with storage below it: on some machines the usual one is memory only.

Asks the kernel where things are mounted (proc_pid_mountinfo(5)); does not know what is measured there.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Memory is all there is below the first two; of files on the third, the kernel counts the pages elsewhere.
_NO_STORAGE = frozenset(("tmpfs", "ramfs", "overlay"))


@contextlib.contextmanager
def folder_on_storage() -> Iterator[Path]:
    """A new folder for the `with` block, on storage if one of the places for temporary files is; else the usual one."""
    usual = tempfile.gettempdir()
    mounted = mounts(Path("/proc/self/mountinfo").read_text())
    on_storage = (place for place in _places(usual) if filesystem_of(place, mounted) not in _NO_STORAGE)
    with tempfile.TemporaryDirectory(
        prefix=f"labkit-storage-{os.getpid():07d}-", dir=next(on_storage, usual), ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder).resolve()


def mounts(mountinfo: str) -> dict[str, str]:
    """The type of the file system at each mount point, from the text of mountinfo; the last one mounted counts.

    >>> mounts("28 1 254:0 / / rw - ext4 /dev/vda rw\\n29 28 0:5 / /dev/shm rw shared:2 - tmpfs tmpfs rw\\n")
    {'/': 'ext4', '/dev/shm': 'tmpfs'}
    """
    found = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        words, kind = before.split(" "), after.split(" ")[0]
        if len(words) > 4 and kind:
            found[words[4].encode().decode("unicode_escape")] = kind
    return found


def filesystem_of(path: str, mounted: Mapping[str, str]) -> str:
    """The type of the file system that `path` is on; "" if no mount point is above it.

    >>> filesystem_of("/dev/shm/x", {"/": "ext4", "/dev/shm": "tmpfs"}), filesystem_of("/dev/shmx", {"/": "ext4"})
    ('tmpfs', 'ext4')
    """
    above = [point for point in mounted if f"{path}/".startswith(point.rstrip("/") + "/")]
    return mounted[max(above, key=len)] if above else ""


def _places(usual: str) -> Sequence[str]:
    """Where this user may make files, the usual place first."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return [place for place in (usual, "/var/tmp", cache, os.getcwd()) if os.access(place, os.W_OK | os.X_OK)]
