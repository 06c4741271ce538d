"""The settings of this machine that decide how something is enabled on it. Reads them; judges nothing."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """What was read: "" or None where this system has no such setting.

    `seccomp` is true when this process runs under a seccomp filter (proc(5), Seccomp: 2), as it does in a container.
    """

    system: str = "Linux"
    processor: str = "x86_64"
    distributions: tuple[str, ...] = ()
    kernel: str = ""
    root: bool = False
    seccomp: bool = False
    conda: bool = False
    yama: str = ""
    apparmor_userns: str = ""
    debian_userns: str = ""
    max_userns: str = ""
    io_uring_disabled: str = ""


def this_machine() -> Machine:
    """What this process can read about the machine it runs on; never fails."""
    return Machine(
        system=platform.system(),
        processor=platform.machine(),
        distributions=_distributions(_text("/etc/os-release")),
        kernel=platform.release(),
        root=os.geteuid() == 0 if hasattr(os, "geteuid") else False,
        seccomp="\nSeccomp:\t2" in _text("/proc/self/status"),
        conda=(Path(sys.prefix) / "conda-meta").is_dir(),
        yama=_text("/proc/sys/kernel/yama/ptrace_scope"),
        apparmor_userns=_text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        debian_userns=_text("/proc/sys/kernel/unprivileged_userns_clone"),
        max_userns=_text("/proc/sys/user/max_user_namespaces"),
        io_uring_disabled=_text("/proc/sys/kernel/io_uring_disabled"),
    )


def _text(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""


def _distributions(os_release: str) -> tuple[str, ...]:
    """The ids in os-release(5), nearest first.

    >>> _distributions('NAME="Linux Mint"\\nID=linuxmint\\nID_LIKE="ubuntu debian"')
    ('linuxmint', 'ubuntu', 'debian')
    """
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    return tuple(f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").replace("'", "").split())
