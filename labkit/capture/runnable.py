"""Says before anything is started whether a program can be recorded, and why not, in words that help.

Looks at files and at /proc only; starts nothing.
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path

from labkit.errors import LabkitError, UnsupportedError

_MACHINES = {
    3: "32-bit x86",
    40: "32-bit ARM",
    62: "x86_64",
    183: "64-bit ARM (aarch64)",
    243: "RISC-V",
}  # elf(5), e_machine


def find_program(name: str, folder: Path, search: str) -> str:
    """Absolute path of `name`: as execvp(3) finds it on the path `search`, or seen from `folder` if it has a slash.

    Raises LabkitError if there is none or it cannot be executed, UnsupportedError if it is not for this machine.
    """
    if "/" in name:
        path = Path(os.path.normpath(folder / name))
        try:
            path.stat()
        except PermissionError as err:
            raise LabkitError(
                f"{path} cannot be reached: a folder on the way is closed to you (permission denied)."
            ) from err
        except OSError as err:
            raise LabkitError(f"There is no such file: {path}. (A C program is compiled first: labkit.build.)") from err
    else:
        candidates = [Path(entry or ".") / name for entry in search.split(":")]
        found = [path for path in candidates if path.is_file() and os.access(path, os.X_OK)]
        if not found:
            raise LabkitError(
                f"There is no program called {name!r} on the PATH ({search}). "
                f"A program in this folder is named ./{name}."
            )
        path = (folder / found[0]).absolute()
    _check(path)
    return str(path)


def _check(path: Path) -> None:
    if path.is_dir():
        raise LabkitError(f"{path} is a folder, not a program.")
    if not os.access(path, os.X_OK):
        raise LabkitError(
            f"{path} is not executable: its mode is {stat.filemode(path.stat().st_mode)}. Try: chmod +x {path}"
        )
    status = path.stat()
    if status.st_mode & stat.S_ISUID and status.st_uid != os.geteuid():
        raise UnsupportedError(
            f"{path} is setuid: the kernel does not let a traced program gain its owner's rights, "
            "so that it would not behave as it does alone (ptrace(2)). Record a program without the setuid bit."
        )
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except PermissionError:
        return  # executable but not readable: the kernel runs it
    if head[:4] == b"\x7fELF":
        _check_elf(path, head)
    elif head[:2] != b"#!":
        raise LabkitError(
            f"{path} is neither an ELF executable nor a script beginning with #!. "
            f"A shell script without that line runs as: sh {path}"
        )


def _check_elf(path: Path, head: bytes) -> None:
    bits = {1: "32-bit", 2: "64-bit"}.get(head[4], "unknown")
    kind, machine = struct.unpack_from("<HH", head, 16)
    if bits != "64-bit" or machine != 62:
        what = _MACHINES.get(machine, f"machine {machine} of elf(5)")
        raise UnsupportedError(
            f"{path} is a {bits} program for {what}; only 64-bit programs for x86_64 are recorded. "
            "Compile it without -m32."
        )
    if kind not in (2, 3):  # ET_EXEC, ET_DYN
        raise LabkitError(f"{path} is an object file, not a program: it is not linked yet.")


def why_ptrace_is_refused(reason: str) -> str:
    """What stands in the way of ptrace(2) here, and what to do about it; `reason` is the kernel's errno text."""
    lines = [f"The kernel refuses to let the recorder trace its own child (ptrace: {reason})."]
    scope = _read("/proc/sys/kernel/yama/ptrace_scope")
    version = _read("/proc/version")
    if scope in ("2", "3"):
        lines.append(
            f"Yama forbids it (kernel.yama.ptrace_scope = {scope}): as root, sysctl kernel.yama.ptrace_scope=1."
        )
    elif "gVisor" in version or "runsc" in version:
        lines.append("This is a gVisor sandbox, which has no usable ptrace: run the container with the runc runtime.")
    elif "Seccomp:\t2" in _read("/proc/self/status"):
        lines.append(
            "A seccomp filter is in force here, as in a container: start it with --cap-add=SYS_PTRACE "
            "or --security-opt seccomp=unconfined."
        )
    else:
        lines.append("An emulator (an x86 image on another processor) or a security module may be the cause.")
    lines.append(
        "Runs that are in the course's notebooks are shown by recordings shipped with labkit, but not this one. "
        "To see it, record it on another machine (labkit record PROGRAM -o FILE) and open it here: labkit.load(FILE)."
    )
    return "\n".join(lines)


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
