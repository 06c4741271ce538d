"""Reads the call instruction before a return address: was there one, and what did it call?

Knows x86-64 code in an ELF file (Intel SDM volume 2, CALL; System V x86-64 ABI, "Procedure Linkage Table") and no
process. It is how a call of `fgetc` is told from one of `getc`, which are two names of one function in glibc.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.capture.elf import Elf

_JUMP_THROUGH_SLOT = re.compile(rb"(?:\xf3\x0f\x1e\xfa)?\xf2?\xff\x25", re.DOTALL)  # endbr64, bnd, jmp *rel(%rip)
_INDIRECT = (  # call r/m64: opcode ff, /2 in the middle bits of ModRM; length and mask of what may come before
    (2, re.compile(rb"\xff[\x10-\x13\x16\x17\xd0-\xd7]", re.DOTALL)),
    (3, re.compile(rb"\xff(?:[\x50-\x53\x55-\x57].|\x14.)", re.DOTALL)),
    (4, re.compile(rb"\xff\x54..", re.DOTALL)),
    (6, re.compile(rb"\xff[\x90-\x93\x95-\x97]....", re.DOTALL)),
    (7, re.compile(rb"\xff(?:\x94|\x14)[\x00-\xff].{4}", re.DOTALL)),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call: of the code at `target`, or through the pointer at `slot`; neither is known of a call by register."""

    target: int | None = None
    slot: int | None = None


def call_before(elf: Elf, address: int) -> Call | None:
    """The call instruction that ends right before link-time `address`; None if no instruction there can be a call.

    Code cannot be read backwards with certainty: bytes of another instruction may look like a call.
    """
    code = elf.read(address - 7, 7)
    if len(code) < 7 or not elf.executable(address - 1):
        return None
    offset = int.from_bytes(code[3:], "little", signed=True)
    if code[2] == 0xE8:
        return Call(target=address + offset)
    if code[1:3] == b"\xff\x15":
        return Call(slot=address + offset)
    if any(pattern.fullmatch(code[7 - size :]) for size, pattern in _INDIRECT):
        return Call()
    return None


def called_name(elf: Elf, address: int) -> str:
    """The name of the function called right before `address`; "" if it cannot be told.

    Through the linkage table it is exactly the name the program used; of a call within the file it is the best name
    of the called function.
    """
    call = call_before(elf, address)
    if call is None:
        return ""
    slot = call.slot
    if slot is None and call.target is not None:
        slot = trampoline_slot(elf, call.target)
        if slot is None:
            function = elf.function(call.target)
            return function.name if function is not None and function.address == call.target else ""
    return elf.imports.get(slot, "") if slot is not None else ""


def trampoline_slot(elf: Elf, address: int) -> int | None:
    """The slot of the global offset table through which the code at `address` jumps: that code is a PLT entry."""
    code = elf.read(address, 16)
    match = _JUMP_THROUGH_SLOT.match(code)
    if match is None or match.end() + 4 > len(code):
        return None
    end = match.end() + 4
    return address + end + int.from_bytes(code[match.end() : end], "little", signed=True)
