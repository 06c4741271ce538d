"""What the kernel said of a file's pages in the page cache, as part of its inode; and in words, where it said nothing.

Pure; knows neither calls nor descriptors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from labkit.decode.filesystems import name_of
from labkit.model import Inode

if TYPE_CHECKING:
    from labkit.capture.rawlog import RawPages

_WHY = {
    "cached only": "page cache: which pages are dirty is not known without cachestat(2): an old kernel, or a sandbox",
    "not yours": "page cache: the kernel tells nothing of files that one may not write",
    "too large": "page cache: at reads and writes of files so large its pages were not counted",
    "would flush": "page cache: asking about files there would make the file system write them back",
    "watched": "page cache: not asked, since opening files to ask would have woken the program's inotify or leases",
    "no call": "page cache: neither cachestat(2) nor mincore(2) tells of these files",
}
_NAMED = 3


def told(inode: Inode, raw: RawPages) -> Inode:
    """The inode with its pages as the kernel told of them; None for what it did not tell."""
    cached, dirty, writeback = (None if count < 0 else count for count in (raw.cached, raw.dirty, raw.writeback))
    return replace(inode, cached=cached, dirty=dirty, writeback=writeback, fs=name_of(raw.fs))


def missing(untold: Mapping[str, Mapping[int, str]]) -> tuple[str, ...]:
    """A line for each reason why pages are not known, with names of some of the inodes; libraries are left out.

    >>> missing({"not yours": {1: "/lib/libc.so.6", 2: "/etc/passwd", 3: "/etc/group"}})
    ('page cache: the kernel tells nothing of files that one may not write (/etc/passwd, /etc/group)',)
    """
    said = []
    for telling, files in untold.items():
        names = [path for path in files.values() if ".so" not in path.rpartition("/")[2]]
        more = ["…"] if len(names) > _NAMED else []
        if names:
            said.append(f"{_WHY[telling]} ({', '.join(names[:_NAMED] + more)})")
    return tuple(said)
