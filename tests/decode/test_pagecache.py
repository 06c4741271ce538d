"""The page cache of an inode from raw facts, and the words for what is not known; the names of open files."""

import re
from pathlib import Path

import pytest

from labkit.capture.rawlog import TELLING, RawFd, RawPages
from labkit.decode import filesystems
from labkit.decode.files import Files
from labkit.decode.pagecache import missing
from labkit.decode.store import from_json, to_json
from labkit.model import Change, Event, Inode
from tests.decode.happenings import recording

HEADER = Path("/usr/include/linux/magic.h")
# Names in the header that differ from those the kernel mounts by.
OTHER = {"ISOFS": "iso9660", "MSDOS": "vfat", "V9FS": "9p", "PSTOREFS": "pstore", "BPF_FS": "bpf",
         "BINFMTFS": "binfmt_misc", "ANON_INODE_FS": "anon_inodefs", "PID_FS": "pidfs", "DMA_BUF": "dmabuf",
         "OVERLAYFS": "overlay", "AFS_FS": "afs"}  # fmt: skip


def seen(fd, name, ino=5):
    return RawFd(1, fd, name, 0, False, 0, 0, 0o100644, 0, ino, 9)


def two_names():
    """A file open as /a and, later, as /b, a link to it."""
    files = Files()
    table = files.new_table()
    first, second = files.open(table, seen(3, "/a")), files.open(table, seen(4, "/b"))
    assert first.inode == second.inode
    return files, table, first.inode


def test_counts_are_those_of_the_inode():
    files, _, inode = two_names()
    files.taken()
    files.cache(RawPages(9, 5, 4, 2, 1, 0xEF53, "all"))
    (change,) = files.taken()
    assert change == Change("inodes", (inode,), files.inodes[inode])
    now = files.inodes[inode]
    assert (now.cached, now.dirty, now.writeback, now.fs) == (4, 2, 1, "ext4")
    files.cache(RawPages(9, 5, 4, 2, 1, 0xEF53, "all"))
    files.cache(RawPages(9, 6, 1, 1, 1, 0xEF53, "not yours"))  # nobody has it open
    assert files.taken() == () and files.untold == {}
    files.cache(RawPages(9, 5, 4, -1, -1, 0xEF53, "cached only"))
    now = files.inodes[inode]
    assert (now.cached, now.dirty, now.writeback) == (4, None, None)
    assert missing(files.untold)[0].startswith("page cache: which pages are dirty is not known")


def test_counts_stay_when_something_else_is_told():
    files, table, inode = two_names()
    files.cache(RawPages(9, 5, 4, 2, 1, 0x1021994, "all"))
    files.observe(table, seen(3, "/a")._replace(size=70, pos=7))
    now = files.inodes[inode]
    assert (now.size, now.cached, now.dirty, now.writeback, now.fs) == (70, 4, 2, 1, "tmpfs")


@pytest.mark.parametrize("telling", TELLING[1:])
def test_each_reason_has_words(telling):
    assert missing({telling: {1: "/etc/passwd", 2: "/lib/libc.so.6"}})[0].endswith("(/etc/passwd)")
    assert missing({telling: {n: f"/{n}" for n in range(9)}})[0].endswith("(/0, /1, /2, …)")


def test_an_inode_is_called_what_its_oldest_description_is():
    files, table, inode = two_names()
    files.observe(table, seen(4, "/c"))
    assert files.inodes[inode].path == "/a"
    files.observe(table, seen(3, "/d (deleted)"))
    assert files.inodes[inode].path == "/d (deleted)"
    files.close(table, 3)
    assert files.inodes[inode].path == "/c"
    files.close(table, 4)
    assert inode not in files.inodes and files.names == {}


def test_file_systems_have_the_headers_numbers():
    if not HEADER.exists():
        pytest.skip(f"NOT TESTED: no {HEADER} here")
    known = set(filesystems._NAMES.values())
    compared = 0
    define = r"#define\s+(\w+?)_(?:SUPER_)?MAGIC(?:_NUMBER)?\s+(0x[0-9a-fA-F]+)"
    for word, number in re.findall(define, HEADER.read_text()):
        name = OTHER.get(word, word.lower())
        if name in known:
            assert filesystems.name_of(int(number, 16)) == name, word
            compared += 1
    assert compared >= 20


def test_counts_are_stored_and_may_be_absent():
    before = Inode(1, "file", "/a", 5, 9, size=0)
    after = Inode(1, "file", "/a", 5, 9, size=1, cached=1, dirty=1, writeback=0, fs="ext4")
    event = Event(0, "call", 1, 1, 0, 1, 0.0, 0.1, call="write", result=1, changes=(Change("inodes", (1,), after),))
    made = recording((event,), start=(Change("inodes", (1,), before),))
    text = to_json(made)
    assert from_json(text) == made
    old = text.replace('"cached":null,"dirty":null,"writeback":null,"fs":"",', "").replace(
        ',"cached":null,"dirty":null,"writeback":null,"fs":""', ""
    )
    assert old != text and from_json(old) == made
