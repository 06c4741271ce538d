"""The numbers of the system calls a process may sleep in, by machine (asm/unistd_64.h, asm-generic/unistd.h)."""

import platform

_X86_64 = {
    0: "read", 1: "write", 7: "poll", 17: "pread64", 19: "readv", 20: "writev", 23: "select", 34: "pause",
    35: "nanosleep", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
    56: "clone", 58: "vfork", 61: "wait4", 72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync", 130: "rt_sigsuspend",
    202: "futex", 230: "clock_nanosleep", 232: "epoll_wait", 247: "waitid", 257: "openat", 270: "pselect6",
    271: "ppoll", 281: "epoll_pwait", 288: "accept4",
}  # fmt: skip
_AARCH64 = {
    25: "fcntl", 32: "flock", 56: "openat", 63: "read", 64: "write", 65: "readv", 66: "writev", 67: "pread64",
    72: "pselect6", 73: "ppoll", 82: "fsync", 83: "fdatasync", 22: "epoll_pwait", 95: "waitid", 98: "futex",
    101: "nanosleep", 115: "clock_nanosleep", 133: "rt_sigsuspend", 202: "accept", 203: "connect", 206: "sendto",
    207: "recvfrom", 211: "sendmsg", 212: "recvmsg", 220: "clone", 242: "accept4", 260: "wait4",
}  # fmt: skip
_TABLES = {"x86_64": _X86_64, "aarch64": _AARCH64}


def call_name(number: int, machine: str = "") -> str:
    """The name of system call `number` on `machine` (default: this one), or "call 123" when it is not in the table.

    >>> call_name(230, "x86_64"), call_name(999, "x86_64")
    ('clock_nanosleep', 'call 999')
    """
    return _TABLES.get(machine or platform.machine(), {}).get(number, f"call {number}")
