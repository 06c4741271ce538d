"""How a C program begins and ends: where `main` is, and whether a return address follows `exit(main(...))`.

Knows one ELF file and no process. Names are used where there are any; a stripped program still tells both by the
code every x86-64 C library starts with (glibc, sysdeps/x86_64/start.S and csu/libc-start.c).
"""

from __future__ import annotations

import re

from labkit.capture.cfi import CallFrames
from labkit.capture.eh_frame import CfiError
from labkit.capture.elf import Elf

_LOAD_MAIN = re.compile(rb"\x48(\xc7\xc7|\x8d\x3d|\x8b\x3d)(....)", re.DOTALL)  # mov $main / lea main / mov slot, %rdi


def main_range(elf: Elf, frames: CallFrames) -> tuple[int, int] | None:
    """First address of `main` and the first one after it; None for a program without a C `main`."""
    start = elf.address("main")
    if start is None:
        start = _passed_to_start_main(elf)
    if start is None or not elf.executable(start):
        return None
    try:
        table = frames.find(start)
    except CfiError:
        table = None
    if table is not None:
        return table.start, table.end
    symbol = elf.function(start)
    return (start, start + symbol.size) if symbol and symbol.size else None


def _passed_to_start_main(elf: Elf) -> int | None:
    """_start passes the address of main in %rdi, the first argument of __libc_start_main."""
    entry: int = elf.entry
    code = elf.read(entry, 64)
    match = _LOAD_MAIN.search(code)
    if match is None:
        return None
    value = int.from_bytes(match[2], "little", signed=True)
    if match[1] == b"\xc7\xc7":
        return value
    address = entry + match.end() + value
    if match[1] == b"\x8b\x3d":
        return int.from_bytes(elf.read(address, 8), "little") or None
    return address


def entry_range(elf: Elf, frames: CallFrames) -> tuple[int, int]:
    """First address of the code the kernel starts at, `_start`, and the first one after it."""
    try:
        table = frames.find(elf.entry)
    except CfiError:
        table = None
    if table is not None:
        return table.start, table.end
    symbol = elf.function(elf.entry)
    return elf.entry, elf.entry + (symbol.size if symbol and symbol.size else 1)


def exits_with_result(elf: Elf, address: int) -> bool:
    """Whether the call that returns to `address` is the `exit` of `exit(main(argc, argv, envp))`.

    The result comes in %eax and goes out in %edi: mov %eax, %edi; call exit.
    """
    return elf.read(address - 7, 3) == b"\x89\xc7\xe8"
