"""The name of a system call a process sleeps in, by machine."""

import platform

from labkit.decode.numbers import NAME

_AARCH64 = {  # asm-generic/unistd.h, the calls that wait
    25: "fcntl", 32: "flock", 56: "openat", 63: "read", 64: "write", 65: "readv", 66: "writev", 67: "pread64",
    72: "pselect6", 73: "ppoll", 82: "fsync", 83: "fdatasync", 22: "epoll_pwait", 95: "waitid", 98: "futex",
    101: "nanosleep", 115: "clock_nanosleep", 133: "rt_sigsuspend", 202: "accept", 203: "connect", 206: "sendto",
    207: "recvfrom", 211: "sendmsg", 212: "recvmsg", 220: "clone", 242: "accept4", 260: "wait4",
}  # fmt: skip
_TABLES = {"x86_64": NAME, "aarch64": _AARCH64}


def call_name(number: int, machine: str = "") -> str:
    """The name of system call `number` on `machine` (default: this one), or "call 9999" when it is not in the table.

    >>> call_name(230, "x86_64"), call_name(115, "aarch64"), call_name(9999, "x86_64")
    ('clock_nanosleep', 'clock_nanosleep', 'call 9999')
    """
    return _TABLES.get(machine or platform.machine(), {}).get(number, f"call {number}")
