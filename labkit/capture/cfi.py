"""Call frame information: where a function keeps its caller's registers, at every instruction (.eh_frame).

Knows one ELF file's section and no process; addresses are link-time ones. Follows the System V x86-64 ABI and the
Linux Standard Base (".eh_frame", ".eh_frame_hdr") and, for the instructions, DWARF 5 section 6.4.2.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from labkit.capture.elf import PF_X, Elf
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


class CfiError(ValueError):
    """The table is damaged or uses an instruction nobody defined."""


@dataclass(frozen=True, slots=True)
class Row:
    """The rules from `address` on: the canonical frame address (None: not yet said) and one rule a register."""

    address: int
    cfa: Cfa | None
    registers: dict[int, Rule]


@dataclass(frozen=True, slots=True)
class Cie:
    """What several functions share; `signal` marks a frame the kernel made, whose pc is not a return address."""

    code_align: int
    data_align: int
    return_register: int
    encoding: int
    augmented: bool
    signal: bool
    instructions: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fde:
    """One function's instructions: it covers addresses from `start` up to, not including, `end`."""

    start: int
    end: int
    cie: Cie
    instructions: tuple[int, int]


@dataclass
class _State:
    cfa: Cfa | None = None
    registers: dict[int, Rule] = field(default_factory=dict)


_FIXED = {0x00: ("<Q", 8), 0x02: ("<H", 2), 0x03: ("<I", 4), 0x04: ("<Q", 8),
          0x08: ("<q", 8), 0x0A: ("<h", 2), 0x0B: ("<i", 4), 0x0C: ("<q", 8)}  # fmt: skip
_MASK = (1 << 64) - 1


class CallFrames:
    """The call frame information of one ELF file; an empty one if it has none."""

    def __init__(self, elf: Elf) -> None:
        section = elf.section(".eh_frame")
        self._data = elf.contents(section) if section else b""
        self._base = section.address if section else 0
        self._code = sum(segment.file_size for segment in elf.loads if segment.flags & PF_X)
        header = elf.section(".eh_frame_hdr")
        self._header = (elf.contents(header), header.address) if header else None
        self._cies: dict[int, Cie] = {}
        self._tables: dict[int, tuple[list[int], tuple[Row, ...]]] = {}

    @cached_property
    def scarce(self) -> bool:
        """Whether most of the file's code has no such information, as in musl."""
        try:
            covered = sum(fde.end - fde.start for fde in self.functions())
        except CfiError:
            return True
        return covered < self._code / 2

    # -- finding ------------------------------------------------------------------------------------------------

    @cached_property
    def _index(self) -> tuple[list[int], list[int]]:
        """Start addresses of all functions, sorted, and the offset of the FDE of each."""
        if self._header is not None:
            found = self._searchable(*self._header)
            if found is not None:
                return found
        try:
            pairs = sorted((self._fde(offset).start, offset) for offset in self._fdes())
        except struct.error as err:
            raise CfiError(f"damaged .eh_frame: {err}") from err
        return [start for start, _ in pairs], [offset for _, offset in pairs]

    def _searchable(self, data: bytes, address: int) -> tuple[list[int], list[int]] | None:
        """The linker's sorted table; None where it wrote none, as in static programs."""
        if len(data) < 12 or data[0] != 1 or data[3] != 0x3B:  # 4-byte offsets from here: what every linker writes
            return None
        _, at = self._pointer(data, 4, data[1], address)
        count, at = self._pointer(data, at, data[2], address)
        if count is None or at + 8 * count > len(data):
            return None
        table = struct.unpack_from(f"<{2 * count}i", data, at)
        return [address + start for start in table[::2]], [address + fde - self._base for fde in table[1::2]]

    def _entries(self) -> Iterator[tuple[int, int, int, int]]:
        """Offset, offset of the CIE pointer, its value, and end of every record of the section."""
        at, size = 0, len(self._data)
        while at + 8 <= size:
            head = self._head(at)
            if head is None:  # the terminator may be followed by another object's table
                at += 4
                continue
            pointer_at, pointer, end = head
            yield at, pointer_at, pointer, end
            at = end

    def _head(self, at: int) -> tuple[int, int, int] | None:
        (length,) = struct.unpack_from("<I", self._data, at)
        if not length:
            return None
        at += 4
        if length == 0xFFFFFFFF:
            (length,) = struct.unpack_from("<Q", self._data, at)
            at += 8
        (pointer,) = struct.unpack_from("<I", self._data, at)
        return at, pointer, min(at + length, len(self._data))

    def _fdes(self) -> Iterator[int]:
        for offset, _, pointer, _ in self._entries():
            if pointer:
                yield offset

    def functions(self) -> Iterator[Fde]:
        """Every function that has a table, by address; raises `CfiError` on a damaged section."""
        for offset in self._index[1]:
            yield self._fde(offset)

    def find(self, address: int) -> Fde | None:
        """The function that contains `address`; None where the compiler or the assembler left no table."""
        starts, offsets = self._index
        index = bisect_right(starts, address) - 1
        if index < 0:
            return None
        fde = self._fde(offsets[index])
        return fde if fde.start <= address < fde.end else None

    # -- reading ------------------------------------------------------------------------------------------------

    def _pointer(self, data: bytes, at: int, encoding: int, address: int) -> tuple[int | None, int]:
        """The pointer at `at` (LSB, "DWARF Exception Header Encoding"); `address` is that of data[0]."""
        if encoding == 0xFF:
            return None, at
        start, form = at, encoding & 0x0F
        if form == 0x01:
            value, at = uleb(data, at)
        elif form == 0x09:
            value, at = sleb(data, at)
        elif form in _FIXED:
            code, size = _FIXED[form]
            (value,) = struct.unpack_from(code, data, at)
            at += size
        else:
            raise CfiError(f"pointer encoding {encoding:#x} in .eh_frame is not known")
        if encoding & 0x70 == 0x10:
            value += address + start
        return value & _MASK, at

    def _cie(self, offset: int) -> Cie:
        cie = self._cies.get(offset)
        if cie is None:
            cie = self._cies[offset] = self._read_cie(offset)
        return cie

    def _read_cie(self, offset: int) -> Cie:
        data = self._data
        head = self._head(offset)
        if head is None or head[1]:
            raise CfiError(f"no CIE at {offset:#x} of .eh_frame")
        at, end = head[0] + 4, head[2]
        version = data[at]
        stop = data.index(b"\0", at + 1)
        augmentation = data[at + 1 : stop].decode("latin-1")
        code_align, at = uleb(data, stop + 1)
        data_align, at = sleb(data, at)
        return_register, at = (data[at], at + 1) if version == 1 else uleb(data, at)
        encoding = 0
        if augmentation.startswith("z"):
            size, at = uleb(data, at)
            after = at + size
            for letter in augmentation[1:]:
                if letter == "R":
                    encoding, at = data[at], at + 1
                elif letter == "L":
                    at += 1
                elif letter == "P":
                    _, at = self._pointer(data, at + 1, data[at], 0)
            at = after
        return Cie(code_align, data_align, return_register, encoding, augmentation.startswith("z"),
                   "S" in augmentation, (at, end))  # fmt: skip

    def _fde(self, offset: int) -> Fde:
        data = self._data
        try:
            head = self._head(offset)
            if head is None:
                raise CfiError(f"no FDE at {offset:#x} of .eh_frame")
            at, pointer, end = head
            cie = self._cie(at - pointer)
            start, at = self._pointer(data, at + 4, cie.encoding, self._base)
            size, at = self._pointer(data, at, cie.encoding & 0x0F, 0)
            if start is None or size is None:
                raise CfiError(f"FDE at {offset:#x} of .eh_frame covers nothing")
            if cie.augmented:
                length, at = uleb(data, at)
                at += length
        except (struct.error, IndexError, ValueError) as err:
            raise CfiError(f"damaged FDE at {offset:#x} of .eh_frame: {err}") from err
        return Fde(start, start + size, cie, (at, end))

    # -- running ------------------------------------------------------------------------------------------------

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
        data, (at, end) = self._data, instructions
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
                target, at = self._pointer(data, at, cie.encoding, self._base)
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
        data = self._data
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
