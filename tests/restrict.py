"""Takes system calls away from a process, as containers do, so that the fall-backs can be tested for real.

In a test, before the program starts:   subprocess.run([...], preexec_fn=restrict.docker_default)
as nobody as well:                      subprocess.run([...], **restrict.NOBODY, preexec_fn=restrict.docker_default)
from a shell:                           python tests/restrict.py docker -- strace true
single calls:                           python tests/restrict.py kcmp=EPERM io_uring_setup=KILL -- labkit doctor

The filter is a real seccomp filter (seccomp(2)) with no_new_privs: it holds for every descendant and cannot be undone.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Mapping

KILL = -1  # instead of an error number: the process is ended by SIGSYS

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
"""Keyword arguments of subprocess.Popen that make the program an ordinary user's; only root can give them."""

_NUMBERS = {
    "x86_64": {
        "read": 0, "fork": 57, "ptrace": 101, "getppid": 110, "prctl": 157, "mount": 165, "unshare": 272,
        "inotify_init1": 294, "perf_event_open": 298, "setns": 308, "process_vm_readv": 310, "kcmp": 312,
        "seccomp": 317, "bpf": 321, "clone": 56, "socket": 41,
    },
    "aarch64": {
        "read": 63, "ptrace": 117, "getppid": 173, "prctl": 167, "mount": 40, "unshare": 97,
        "inotify_init1": 26, "perf_event_open": 241, "setns": 268, "process_vm_readv": 270, "kcmp": 272,
        "seccomp": 277, "bpf": 280, "clone": 220, "socket": 198,
    },
}  # fmt: skip
_SAME = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "cachestat": 451,
}  # fmt: skip
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_DOCKER = {
    **dict.fromkeys(("kcmp", "pidfd_getfd", "unshare", "setns", "mount", "bpf", "perf_event_open"), errno.EPERM),
    "clone3": errno.ENOSYS,
}
_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* flag of clone(2)
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000


def docker_default() -> None:
    """What Docker's default profile refuses a process without CAP_SYS_ADMIN (moby, profiles/seccomp/default.json).

    EPERM for kcmp, pidfd_getfd, unshare, setns, mount, bpf, perf_event_open and for clone with namespaces; ENOSYS for
    clone3, so that libc falls back to clone. io_uring, which newer profiles refuse too, is `docker_without_io_uring`.
    """
    refuse(_DOCKER, namespaces_by_clone=True)


def docker_without_io_uring() -> None:
    """As `docker_default`, and EPERM for io_uring (Docker 25 and newer)."""
    refuse({**_DOCKER, "io_uring_setup": errno.EPERM, "io_uring_enter": errno.EPERM, "io_uring_register": errno.EPERM})


def refuse(answers: Mapping[str, int], namespaces_by_clone: bool = False) -> None:
    """From now on, in this process and what it starts, each call in `answers` fails with its error number or KILLs."""
    machine = platform.machine()
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _AUDIT_ARCH[machine]), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, 0)]
    for call, answer in answers.items():
        action = _KILL_PROCESS if answer == KILL else _ERRNO | answer
        program += [(_EQUAL, 0, 1, number(call)), (_RETURN, 0, 0, action)]
    if namespaces_by_clone:
        program += [
            (_EQUAL, 0, 4, number("clone")),
            (_LOAD, 0, 0, 16),  # the low half of the first argument
            (_AND, 0, 0, _NEW_NAMESPACES),
            (_EQUAL, 1, 0, 0),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ]
    program += [(_RETURN, 0, 0, _ALLOW)]
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
    text = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong]
    for option, value, address in ((38, 1, 0), (22, 2, ctypes.addressof(header))):  # no_new_privs, then the filter
        if libc.prctl(option, value, address, 0, 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"prctl({option})")


def number(call: str) -> int:
    """The number of a system call on this processor; KeyError for one that has to be added above."""
    return _SAME[call] if call in _SAME else _NUMBERS[platform.machine()][call]


def main(arguments: list[str]) -> None:
    """Restrict this process as told and become the command after `--`."""
    split = arguments.index("--")
    for rule in arguments[:split]:
        if rule == "docker":
            docker_default()
        else:
            call, _, answer = rule.partition("=")
            refuse({call: KILL if answer == "KILL" else getattr(errno, answer)})
    os.execvp(arguments[split + 1], arguments[split + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
