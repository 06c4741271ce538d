"""Tries to run a machine inside the machine: QEMU boots a disk of ours that does one thing and switches off."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from labkit.probe.entry import NotWorking

NAME = "qemu-system-x86_64"
# mov al, 0x10; out 0xf4, al; hlt -- isa-debug-exit ends QEMU with (value << 1) | 1
CODE = bytes([0xB0, 0x10, 0xE6, 0xF4, 0xF4])
SAYS = 0x10 << 1 | 1


def boot_a_machine(home: Path) -> str:
    """Boot five bytes of machine code, on a machine that has QEMU's teaching device, and get their answer."""
    qemu = shutil.which(NAME)
    if qemu is None:
        raise NotWorking(f"no {NAME} on PATH")
    disk = home / "boot.img"
    disk.write_bytes(CODE.ljust(510, b"\0") + b"\x55\xaa")
    command = [qemu, "-machine", "pc,accel=tcg", "-m", "16", "-nodefaults", "-display", "none", "-no-reboot"]
    command += ["-device", "edu", "-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
    command += ["-drive", f"file={disk},format=raw,if=ide"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != SAYS:
        raise NotWorking(f"{NAME} ended with {ran.returncode}, not {SAYS}: {ran.stderr.strip() or 'no message'}")
    version = subprocess.run([qemu, "--version"], capture_output=True, text=True).stdout.partition(" (")[0]
    return f"{version}: a machine with the teaching device ran our code"
