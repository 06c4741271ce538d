"""Call frame information: where a function keeps its caller's registers, at every instruction.

Runs the instructions of one ELF file's .eh_frame; addresses are link-time ones. Knows no process. Follows DWARF 5,
section 6.4.2, and the System V x86-64 ABI.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from labkit.capture.eh_frame import CfiError, Cie, EhFrame, Fde
from labkit.capture.elf import Elf
from labkit.capture.expression import sleb, uleb

RSP, RIP = 7, 16  # DWARF numbers, System V x86-64 ABI, figure 3.36

# How to find the caller's value of a register. A register without a rule keeps its value.
UNDEFINED = "undefined"  # it has none: for rip, the caller does not exist
OFFSET = "offset"  # saved at CFA + n
VAL_OFFSET = "val_offset"  # it is CFA + n
REGISTER = "register"  # it is in another register
EXPRESSION = "expression"  # saved where the expression says
VAL_EXPRESSION = "val_expression"  # it is what the expression says

Rule = tuple[str, int | bytes]
Cfa = tuple[int, int] | bytes  # register and offset, or an expression


@dataclass(frozen=True, slots=True)
class Row:
    """The rules from `address` on: the canonical frame address (None: not yet said) and one rule a register."""

    address: int
    cfa: Cfa | None
    registers: dict[int, Rule]


@dataclass
class _State:
    cfa: Cfa | None = None
    registers: dict[int, Rule] = field(default_factory=dict)


class CallFrames(EhFrame):
    """The call frame information of one ELF file; an empty one if it has none."""

    def __init__(self, elf: Elf) -> None:
        super().__init__(elf)
        self._tables: dict[int, tuple[list[int], tuple[Row, ...]]] = {}

    def row(self, fde: Fde, address: int) -> Row:
        """The rules that hold at `address` in `fde`; raises `CfiError` on instructions nobody defined."""
        cached = self._tables.get(fde.start)
        if cached is None:
            rows = self.table(fde)
            cached = self._tables[fde.start] = [row.address for row in rows], rows
        addresses, rows = cached
        return rows[max(bisect_right(addresses, address) - 1, 0)]

    def table(self, fde: Fde) -> tuple[Row, ...]:
        """All rows of one function, by address: what `readelf --debug-dump=frames-interp` prints."""
        state = _State()
        try:
            for _ in self._run(fde.cie.instructions, fde.cie, state, {}, 0):
                pass
            initial = dict(state.registers)
            rows: list[Row] = []
            for location in self._run(fde.instructions, fde.cie, state, initial, fde.start):
                self._close(rows, location, state)
        except (struct.error, IndexError) as err:
            raise CfiError(f"damaged instructions in the FDE of {fde.start:#x}: {err}") from err
        return tuple(rows)

    @staticmethod
    def _close(rows: list[Row], location: int, state: _State) -> None:
        row = Row(location, state.cfa, dict(state.registers))
        if rows and rows[-1].address == location:
            rows[-1] = row
        else:
            rows.append(row)

    def _run(
        self, instructions: tuple[int, int], cie: Cie, state: _State, initial: dict[int, Rule], location: int
    ) -> Iterator[int]:
        """Runs DW_CFA instructions; yields the location a finished row started at, each time it moves on."""
        data, (at, end) = self.data, instructions
        remembered: list[tuple[Cfa | None, dict[int, Rule]]] = []
        registers = state.registers

        def restore(number: int) -> None:
            if number in initial:
                registers[number] = initial[number]
            else:
                registers.pop(number, None)

        while at < end:
            op = data[at]
            at += 1
            low = op & 0x3F
            if op >= 0xC0:  # DW_CFA_restore
                restore(low)
            elif op >= 0x80:  # DW_CFA_offset
                value, at = uleb(data, at)
                registers[low] = OFFSET, value * cie.data_align
            elif op >= 0x40:  # DW_CFA_advance_loc
                yield location
                location += low * cie.code_align
            elif op == 0x00:  # DW_CFA_nop
                pass
            elif op == 0x01:  # DW_CFA_set_loc
                yield location
                target, at = self.pointer(data, at, cie.encoding, self.base)
                location = target or 0
            elif op in (0x02, 0x03, 0x04):  # DW_CFA_advance_loc1, 2, 4
                yield location
                size = 1 << op - 2
                location += int.from_bytes(data[at : at + size], "little") * cie.code_align
                at += size
            elif op == 0x0A:  # DW_CFA_remember_state
                remembered.append((state.cfa, dict(registers)))
            elif op == 0x0B:  # DW_CFA_restore_state
                if not remembered:
                    raise CfiError("DW_CFA_restore_state without a remembered state")
                state.cfa, saved = remembered.pop()
                registers.clear()
                registers.update(saved)
            elif op in (0x0C, 0x12):  # DW_CFA_def_cfa, def_cfa_sf
                number, at = uleb(data, at)
                value, at = uleb(data, at) if op == 0x0C else sleb(data, at)
                state.cfa = number, value if op == 0x0C else value * cie.data_align
            elif op == 0x0D:  # DW_CFA_def_cfa_register
                number, at = uleb(data, at)
                state.cfa = number, self._plain(state.cfa)[1]
            elif op in (0x0E, 0x13):  # DW_CFA_def_cfa_offset, def_cfa_offset_sf
                value, at = uleb(data, at) if op == 0x0E else sleb(data, at)
                state.cfa = self._plain(state.cfa)[0], value if op == 0x0E else value * cie.data_align
            elif op == 0x0F:  # DW_CFA_def_cfa_expression
                size, at = uleb(data, at)
                state.cfa = data[at : at + size]
                at += size
            elif op == 0x2E:  # DW_CFA_GNU_args_size: what a call pushed; only exceptions need it
                _, at = uleb(data, at)
            else:
                at = self._register_rule(op, at, cie, registers, restore)
        yield location

    @staticmethod
    def _plain(cfa: Cfa | None) -> tuple[int, int]:
        if not isinstance(cfa, tuple):
            raise CfiError("the CFA is changed before it is a register and an offset")
        return cfa

    def _register_rule(
        self, op: int, at: int, cie: Cie, registers: dict[int, Rule], restore: Callable[[int], None]
    ) -> int:
        """The instructions that set one register's rule and name it in a LEB128 number."""
        data = self.data
        number, at = uleb(data, at)
        if op in (0x05, 0x11):  # DW_CFA_offset_extended, offset_extended_sf
            value, at = uleb(data, at) if op == 0x05 else sleb(data, at)
            registers[number] = OFFSET, value * cie.data_align
        elif op == 0x06:  # DW_CFA_restore_extended
            restore(number)
        elif op == 0x07:  # DW_CFA_undefined
            registers[number] = UNDEFINED, 0
        elif op == 0x08:  # DW_CFA_same_value
            registers.pop(number, None)
        elif op == 0x09:  # DW_CFA_register
            value, at = uleb(data, at)
            registers[number] = REGISTER, value
        elif op in (0x10, 0x16):  # DW_CFA_expression, val_expression
            size, at = uleb(data, at)
            registers[number] = EXPRESSION if op == 0x10 else VAL_EXPRESSION, data[at : at + size]
            at += size
        elif op in (0x14, 0x15):  # DW_CFA_val_offset, val_offset_sf
            value, at = uleb(data, at) if op == 0x14 else sleb(data, at)
            registers[number] = VAL_OFFSET, value * cie.data_align
        else:
            raise CfiError(f"DW_CFA instruction {op:#x} is not known")
        return at


@lru_cache(maxsize=64)
def frames_of(elf: Elf) -> CallFrames:
    """The call frame information of `elf`, kept because running it is what costs."""
    return CallFrames(elf)
