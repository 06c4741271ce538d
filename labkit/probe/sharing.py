"""Tries to look at the open files of a child: are two the same (kcmp(2)), what waits in one (pidfd_getfd(2))."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

from labkit.probe.child import child_that
from labkit.probe.entry import NotWorking
from labkit.probe.kernel import syscall

KCMP_FILE = 0
FIONREAD = 0x541B


def compare_open_files(home: Path) -> str:
    """Tell a descriptor shared by fork(2) from one of the same file that the child opened anew."""
    ours = os.open(home, os.O_RDONLY)

    def open_again() -> bytes:
        return str(os.open(home, os.O_RDONLY)).encode()

    with child_that(open_again) as (pid, its_own):
        inherited = syscall("kcmp", os.getpid(), pid, KCMP_FILE, ours, ours)
        opened_again = syscall("kcmp", os.getpid(), pid, KCMP_FILE, ours, int(its_own))
    if inherited != 0 or opened_again == 0:
        raise NotWorking(f"it answered {inherited} for a shared open file and {opened_again} for two separate ones")
    return "told a file shared by fork from one opened again"


def look_into_a_pipe(home: Path) -> str:
    """Copy the descriptor of a child's own pipe and ask how many bytes wait in it."""

    def fill_a_pipe() -> bytes:
        out, into = os.pipe()
        os.write(into, b"waits")
        return str(out).encode()

    with child_that(fill_a_pipe) as (pid, its_pipe):
        handle = syscall("pidfd_open", pid, 0)
        copy = syscall("pidfd_getfd", handle, int(its_pipe), 0)
        waiting = struct.unpack("@i", fcntl.ioctl(copy, FIONREAD, bytes(4)))[0]
    if waiting != len(b"waits"):
        raise NotWorking(f"a child's pipe holds 5 bytes, and FIONREAD on its copy says {waiting}")
    return "saw the bytes waiting in a child's pipe"
