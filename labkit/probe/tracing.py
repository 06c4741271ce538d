"""Tries what the recorder does: stop a program at its system calls, filter them, look into its memory.

ptrace(2), seccomp(2), process_vm_readv(2), proc(5). Always on a child of our own.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import time
from pathlib import Path

from labkit.probe.child import child_that
from labkit.probe.entry import NotWorking
from labkit.probe.kernel import checked, die_with_parent, libc, number, prctl

CONT, SYSCALL, SEIZE, INTERRUPT, GET_SYSCALL_INFO = 7, 24, 0x4206, 0x4207, 0x420E
O_SYSGOOD, O_TRACESECCOMP, O_EXITKILL = 1, 0x80, 0x100000
STOPPED_AT_SYSCALL = signal.SIGTRAP | 0x80
EVENT_SECCOMP = 7
ENTERING, LEAVING, FILTERED = 1, 2, 3
ALL_CHILDREN = 0x40000000  # __WALL

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
RET_TRACE, RET_ALLOW = 0x7FF00000, 0x7FFF0000


def stop_at_a_system_call(home: Path) -> str:
    """Seize a child that sleeps in read(2), let it finish the call, and stop it entering and leaving."""
    hold, release = os.pipe()
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        os.read(hold, 1)
        os._exit(0)
    _ptrace(SEIZE, pid, O_SYSGOOD | O_EXITKILL)
    _ptrace(INTERRUPT, pid)
    os.waitpid(pid, ALL_CHILDREN)
    os.write(release, b"x")
    _ptrace(SYSCALL, pid)
    seen: list[tuple[int, int]] = []
    while not os.WIFEXITED(status := os.waitpid(pid, ALL_CHILDREN)[1]):
        if os.WIFSTOPPED(status) and os.WSTOPSIG(status) == STOPPED_AT_SYSCALL:
            seen.append(_syscall_info(pid))
        elif os.WIFSIGNALED(status):
            raise NotWorking(f"the traced child was ended by {signal.Signals(os.WTERMSIG(status)).name}")
        _ptrace(SYSCALL, pid)
    if ((ENTERING, number("read")), (LEAVING, 1)) not in zip(seen, seen[1:], strict=False):
        raise NotWorking(f"a child made a read(2) of one byte, and the stops were {seen}")
    return "stopped a child of ours entering and leaving read(2)"


def stop_only_at_filtered_calls(home: Path) -> str:
    """Give a child a filter that names getppid(2): of all the calls it makes, only that one stops."""
    hold, release = os.pipe()
    named = number("getppid")
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        os.read(hold, 1)
        try:
            _filter(named)
            os.getppid()
            os.getuid()
        except OSError as refusal:
            os._exit(refusal.errno or 255)
        os._exit(0)
    _ptrace(SEIZE, pid, O_TRACESECCOMP | O_EXITKILL)
    os.write(release, b"x")
    seen = []
    while os.WIFSTOPPED(status := os.waitpid(pid, ALL_CHILDREN)[1]):
        if status >> 16 == EVENT_SECCOMP:
            seen.append(_syscall_info(pid))
        _ptrace(CONT, pid)
    if os.WIFSIGNALED(status):
        raise NotWorking(f"the filtered child was ended by {signal.Signals(os.WTERMSIG(status)).name}")
    if refused := os.waitstatus_to_exitcode(status):
        raise OSError(refused, os.strerror(refused), "seccomp")
    if seen != [(FILTERED, named)]:
        raise NotWorking(f"a filter for getppid(2) alone gave these stops: {seen}")
    return "of all calls of a child, only the one its filter names stopped"


def read_memory(home: Path) -> str:
    """Read from a child's memory what only the child has written there."""
    shared_before_fork = ctypes.create_string_buffer(b"written by the parent")
    written = b"written by the child"

    def write() -> bytes:
        shared_before_fork.value = written
        return b"done"

    with child_that(write) as (pid, _):
        copy = ctypes.create_string_buffer(len(written))
        here = _iovec(ctypes.addressof(copy), len(written))
        there = _iovec(ctypes.addressof(shared_before_fork), len(written))
        checked("process_vm_readv", libc.process_vm_readv(pid, here, 1, there, 1, 0))
    if copy.raw != written:
        raise NotWorking(f"read {copy.raw!r} from a child that had written {written!r}")
    return "read from a child's memory what the child had written there"


def see_what_it_sleeps_in(home: Path) -> str:
    """Find in /proc/PID/syscall that a child is asleep in read(2)."""
    hold, _ = os.pipe()
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        os.read(hold, 1)
        os._exit(0)
    try:
        wanted = f"{number('read')} 0x{hold:x} "
        until = time.monotonic() + 1.0
        while not (says := Path(f"/proc/{pid}/syscall").read_text()).startswith(wanted):
            if time.monotonic() > until:
                raise NotWorking(f"a child sleeps in read(2), and /proc/PID/syscall says {says.strip()!r}")
            os.sched_yield()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return "saw a child asleep in read(2), and on which descriptor"


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    checked("ptrace", libc.ptrace(request, pid, None, data or None))


def _syscall_info(pid: int) -> tuple[int, int]:
    """Kind of stop and, entering, the call's number or, leaving, its result (struct ptrace_syscall_info, ptrace(2))."""
    info = ctypes.create_string_buffer(88)
    checked("ptrace", libc.ptrace(GET_SYSCALL_INFO, pid, len(info), ctypes.addressof(info)))
    kind: int = info.raw[0]
    value: int = struct.unpack_from("<q", info, 24)[0]
    return kind, value


def _iovec(address: int, length: int) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(struct.pack("@PN", address, length), struct.calcsize("@PN"))


def _filter(named: int) -> None:
    """Have this process stop, for its tracer, at the system call numbered `named` (seccomp(2), bpf)."""
    processor = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[platform.machine()]
    program = b"".join(
        struct.pack("<HBBI", *instruction)
        for instruction in (
            (0x20, 0, 0, 4),  # load the processor
            (0x15, 0, 3, processor),
            (0x20, 0, 0, 0),  # load the number
            (0x15, 0, 1, named),
            (0x06, 0, 0, RET_TRACE),
            (0x06, 0, 0, RET_ALLOW),
        )
    )
    text = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(text)))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(header))
