"""Where the code of a process lies: its mappings and the files in them.

Knows the text of /proc/PID/maps (proc(5)) and ELF files; asks no process, except its own for the vdso, which is the
same in all.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from labkit.capture.elf import Elf, ElfError


@dataclass(frozen=True, slots=True)
class Module:
    """Executable code mapped at `low` up to `high`; `bias` is what loading added to the file's own addresses.

    `role` is "program", "linker" (the dynamic one), "library" or "vdso". `elf` is None where the file is gone.
    """

    low: int
    high: int
    bias: int
    path: str
    role: str
    elf: Elf | None


@lru_cache(maxsize=1)
def _vdso() -> Elf | None:
    """The kernel's own shared object, vdso(7): no file, but the same bytes in every process, so also in this one."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith("[vdso]"):
            low, high = (int(number, 16) for number in line.split(None, 1)[0].split("-"))
            try:
                with Path("/proc/self/mem").open("rb") as memory:
                    memory.seek(low)
                    return Elf(memory.read(high - low), "[vdso]")
            except (OSError, ElfError):
                return None
    return None


class AddressSpace:
    """Where the code of one process lies. It never changes: a process that maps more code gets a new one."""

    def __init__(self, modules: tuple[Module, ...]) -> None:
        self.modules = modules
        self._lows = [module.low for module in modules]

    @classmethod
    def from_maps(cls, text: str, program: str = "") -> AddressSpace:
        """Reads the text of /proc/PID/maps (proc(5)).

        `program` is the path of the executable; "" takes the file mapped lowest, which is it unless the dynamic
        linker was run by hand. Files that are gone or are no ELF files have no `elf`.
        """
        rows = [fields for line in text.splitlines() if len(fields := line.split(None, 5)) >= 5]
        files = [_path(fields[5]) for fields in rows if len(fields) == 6 and fields[5].startswith("/")]
        program = program or (files[0] if files else "")
        linker = _linker(program)
        modules = []
        for fields in rows:
            if "x" not in fields[1] or len(fields) < 6:
                continue
            low, high = (int(number, 16) for number in fields[0].split("-"))
            path = _path(fields[5])
            if path == "[vdso]":
                elf = _vdso()
                bias = low - elf.loads[0].address if elf and elf.loads else low
                modules.append(Module(low, high, bias, path, "vdso", elf))
            elif path.startswith("/"):
                modules.append(_module(low, high, int(fields[2], 16), path, program, linker))
        return cls(tuple(sorted(modules, key=lambda module: module.low)))

    def find(self, pc: int) -> Module | None:
        """The module whose code `pc` is in."""
        index = bisect_right(self._lows, pc) - 1
        if index < 0:
            return None
        module = self.modules[index]
        return module if pc < module.high else None


def _path(text: str) -> str:
    return text.rstrip("\n").removesuffix(" (deleted)").replace("\\012", "\n")


def _linker(program: str) -> str:
    """The dynamic linker that `program` asks for, by the name the mappings have for it."""
    try:
        asked = Elf.open(program).interpreter if program else None
    except ElfError:
        return ""
    return os.path.realpath(asked) if asked else ""


def _module(low: int, high: int, offset: int, path: str, program: str, linker: str) -> Module:
    try:
        elf = Elf.open(path)
    except ElfError:
        elf = None
    segment = None
    for candidate in elf.loads if elf else ():
        if candidate.offset & ~0xFFF <= offset < candidate.offset + candidate.file_size:
            segment = candidate
            if candidate.flags & 1:
                break
    if elf is None or segment is None:
        return Module(low, high, low - offset, path, "library", None)
    if path == program:
        role = "program"
    elif path == linker or (not linker and elf.address("_r_debug") is not None):
        role = "linker"  # where the program's file cannot say: the one with what debuggers look for (glibc, elf/link.h)
    else:
        role = "library"
    return Module(low, high, low - offset - (segment.address - segment.offset), path, role, elf)
