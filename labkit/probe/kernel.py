"""System calls that Python does not have, by number or through libc, with their errors as OSError. Knows no probe."""

from __future__ import annotations

import ctypes
import os
import platform
import signal

from labkit.probe.entry import NotWorking

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong]
libc.process_vm_readv.restype = ctypes.c_ssize_t
libc.process_vm_readv.argtypes = [
    ctypes.c_int,
    *(ctypes.c_void_p, ctypes.c_ulong),
    *(ctypes.c_void_p, ctypes.c_ulong),
    ctypes.c_ulong,
]

# syscalls(2); asm/unistd_64.h and asm-generic/unistd.h of the kernel
NUMBERS = {
    "x86_64": {"read": 0, "getppid": 110, "kcmp": 312},
    "aarch64": {"read": 63, "getppid": 173, "kcmp": 272},
}
SAME_EVERYWHERE = {"io_uring_setup": 425, "io_uring_enter": 426, "pidfd_open": 434, "pidfd_getfd": 438}


PR_SET_PDEATHSIG = 1


def prctl(option: int, value: int, address: int = 0) -> None:
    """Change a setting of this process (prctl(2)); OSError if refused."""
    checked("prctl", libc.prctl(option, value, address, 0, 0))


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it is gone (prctl(2), PR_SET_PDEATHSIG)."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def number(name: str) -> int:
    """The number of a system call on this processor; NotWorking where labkit does not know it."""
    machine = platform.machine()
    found = SAME_EVERYWHERE.get(name, NUMBERS.get(machine, {}).get(name))
    if found is None:
        raise NotWorking(f"labkit knows no number of {name}(2) on {machine}")
    return found


def syscall(name: str, *args: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make the call and return its result; OSError with the call's name when it fails (errno(3))."""
    numbered = (ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args)
    return checked(name, libc.syscall(ctypes.c_long(number(name)), *numbered))


def checked(name: str, result: int) -> int:
    """`result`, unless it is -1: then OSError with errno and the call's `name`."""
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), name)
    return result
