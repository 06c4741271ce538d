"""One sentence on how to enable something, for the machine at hand. Pure: decides on a `Machine`, reads nothing.

Every function here returns one that takes the machine and the error number of the refusal, as `Entry.enable` wants it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from labkit.probe.machine import Machine

Remedy = Callable[[Machine, "int | None"], str]

# The nearest id of os-release(5) that is a key here names the distribution's own installer.
INSTALLERS = {
    "debian": "apt install",
    "ubuntu": "apt install",
    "fedora": "dnf install",
    "rhel": "dnf install",
    "arch": "pacman -S",
    "alpine": "apk add",
    "suse": "zypper install",
    "opensuse": "zypper install",
}
LOOSEN_CONTAINER = "start the container with --security-opt seccomp=unconfined: its filter refuses the call"


def install(program: str, **package: str) -> Remedy:
    """Install the `package` that has `program`; packages are given by installer (apt=..., dnf=...) or conda=...."""

    def sentence(machine: Machine, _: int | None) -> str:
        if machine.conda and "conda" in package:
            return f"conda install -c conda-forge {package['conda']}"
        for distribution in machine.distributions:
            command = INSTALLERS.get(distribution, "")
            if name := package.get(command.partition(" ")[0]):
                return f"{'' if machine.root else 'sudo '}{command} {name}"
        return f"install the package of your system that has {program}"

    return sentence


def set_up_again(machine: Machine, _: int | None) -> str:
    """It came with the set-up and is gone or broken."""
    return "make setup"


def trace_children(machine: Machine, number: int | None) -> str:
    """For what the kernel guards by ptrace access: Yama, a container's filter, or an emulated kernel."""
    if machine.yama in ("2", "3"):
        reboot = " after a reboot (3 cannot be lowered while running)" if machine.yama == "3" else ""
        return f"{_as_root(machine, 'sysctl kernel.yama.ptrace_scope=1')}{reboot}"
    return _by_filter_or_kernel(
        machine, number, "CONFIG_CROSS_MEMORY_ATTACH and tracing; gVisor and qemu-user have neither"
    )


def in_kernel_with(option: str) -> Remedy:
    """A system call that the kernel may be built without (`option`) and that containers refuse."""
    return lambda machine, number: _by_filter_or_kernel(machine, number, option)


def allow_namespaces(machine: Machine, number: int | None) -> str:
    """Unprivileged user namespaces: a sysctl of the distribution, or the container's filter."""
    if machine.max_userns == "0":
        return _as_root(machine, "sysctl user.max_user_namespaces=10000")
    if machine.debian_userns == "0":
        return _as_root(machine, "sysctl kernel.unprivileged_userns_clone=1")
    if machine.apparmor_userns not in ("", "0") and not machine.root:
        return _as_root(machine, "sysctl kernel.apparmor_restrict_unprivileged_userns=0")
    return _by_filter_or_kernel(machine, number, "CONFIG_USER_NS and CONFIG_NET_NS")


def allow_packets(machine: Machine, number: int | None) -> str:
    """CAP_NET_RAW, which no notebook should have: the private network does the same without it."""
    if number == errno.EPERM:
        return "not needed where packets in an own network work; in a container: --cap-add NET_RAW"
    return _by_filter_or_kernel(machine, number, "CONFIG_PACKET")


def allow_tracefs(machine: Machine, number: int | None) -> str:
    """Tracefs has to be mounted, and is root's alone unless its group was changed."""
    if number is None or number == errno.ENOENT:
        return _as_root(machine, "mount -t tracefs nodev /sys/kernel/tracing")
    if number in (errno.EACCES, errno.EPERM) and not machine.root:
        return "only root may: sudo labkit doctor; the course's own kernel, in QEMU, needs no root"
    return "this kernel is locked down (kernel_lockdown(7)); use the course's own kernel, in QEMU"


def allow_io_uring(machine: Machine, number: int | None) -> str:
    """A sysctl switches it off for all (2) or for all but a group (1); containers refuse it."""
    if machine.io_uring_disabled in ("1", "2"):
        return _as_root(machine, "sysctl kernel.io_uring_disabled=0")
    return _by_filter_or_kernel(machine, number, "CONFIG_IO_URING")


def mount_devpts(machine: Machine, number: int | None) -> str:
    """Terminals come from devpts, which every complete Linux mounts."""
    if number == errno.ENOSPC:
        return _as_root(machine, "sysctl kernel.pty.max=4096")
    return _as_root(machine, "mount -t devpts devpts /dev/pts -o ptmxmode=0666,newinstance")


def raise_inotify_limits(machine: Machine, number: int | None) -> str:
    """One user's watchers are limited, and an IDE may have them all."""
    if number in (errno.EMFILE, errno.ENOSPC):
        return _as_root(machine, "sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288")
    return _by_filter_or_kernel(machine, number, "CONFIG_INOTIFY_USER")


def _by_filter_or_kernel(machine: Machine, number: int | None, option: str) -> str:
    if machine.seccomp and number != errno.ENOMEM:
        return LOOSEN_CONTAINER
    if number == errno.ENOSYS:
        return f"use a Linux kernel built with {option}; this is {machine.kernel}"
    return f"find what refuses it here (a security module, a sandbox); the kernel part is {option}"


def _as_root(machine: Machine, command: str) -> str:
    return command if machine.root else f"sudo {command}"
