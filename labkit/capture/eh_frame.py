"""The .eh_frame section: which functions have call frame information, and where its instructions are.

Knows one ELF file's bytes and not what the instructions mean. Follows the Linux Standard Base (".eh_frame",
".eh_frame_hdr", "DWARF Exception Header Encoding").
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from labkit.capture.elf import PF_X, Elf
from labkit.capture.expression import sleb, uleb


class CfiError(ValueError):
    """The table is damaged or uses an instruction nobody defined."""


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


_FIXED = {0x00: ("<Q", 8), 0x02: ("<H", 2), 0x03: ("<I", 4), 0x04: ("<Q", 8),
          0x08: ("<q", 8), 0x0A: ("<h", 2), 0x0B: ("<i", 4), 0x0C: ("<q", 8)}  # fmt: skip
_SHORT = struct.Struct("<4xI4xI")  # length, CIE pointer, start, size
_MASK = (1 << 64) - 1


class EhFrame:
    """The section of one ELF file; an empty one if it has none."""

    def __init__(self, elf: Elf) -> None:
        section = elf.section(".eh_frame")
        self.data = elf.contents(section) if section else b""
        self.base = section.address if section else 0
        self._code = sum(segment.file_size for segment in elf.loads if segment.flags & PF_X)
        header = elf.section(".eh_frame_hdr")
        self._header = (elf.contents(header), header.address) if header else None
        self._cies: dict[int, Cie] = {}

    @cached_property
    def scarce(self) -> bool:
        """Whether most of the file's code has no such information, as in musl."""
        try:
            covered = sum(map(self._size, self._index[1]))
        except (CfiError, struct.error, IndexError, OverflowError):
            return True
        return covered < self._code / 2

    @cached_property
    def _index(self) -> tuple[list[int], list[int]]:
        """Start addresses of all functions, sorted, and the offset of the FDE of each."""
        if self._header is not None:
            found = self._searchable(*self._header)
            if found is not None:
                return found
        try:
            pairs = sorted((self._fde(offset).start, offset) for offset in self._fdes())
        except (struct.error, OverflowError) as err:
            raise CfiError(f"damaged .eh_frame: {err}") from err
        return [start for start, _ in pairs], [offset for _, offset in pairs]

    def _searchable(self, data: bytes, address: int) -> tuple[list[int], list[int]] | None:
        """The linker's sorted table; None where it wrote none, as in static programs."""
        if len(data) < 12 or data[0] != 1 or data[3] != 0x3B:  # 4-byte offsets from here: what every linker writes
            return None
        _, at = self.pointer(data, 4, data[1], address)
        count, at = self.pointer(data, at, data[2], address)
        if count is None or at + 8 * count > len(data):
            return None
        table = struct.unpack_from(f"<{2 * count}i", data, at)
        return [address + start for start in table[::2]], [address + fde - self.base for fde in table[1::2]]

    def _entries(self) -> Iterator[tuple[int, int, int, int]]:
        """Offset, offset of the CIE pointer, its value, and end of every record of the section."""
        at, size = 0, len(self.data)
        while at + 8 <= size:
            head = self._head(at)
            if head is None:  # the terminator may be followed by another object's table
                at += 4
                continue
            pointer_at, pointer, end = head
            yield at, pointer_at, pointer, end
            at = end

    def _head(self, at: int) -> tuple[int, int, int] | None:
        (length,) = struct.unpack_from("<I", self.data, at)
        if not length:
            return None
        at += 4
        if length == 0xFFFFFFFF:
            (length,) = struct.unpack_from("<Q", self.data, at)
            at += 8
        (pointer,) = struct.unpack_from("<I", self.data, at)
        return at, pointer, min(at + length, len(self.data))

    def _fdes(self) -> Iterator[int]:
        for offset, _, pointer, _ in self._entries():
            if pointer:
                yield offset

    def _size(self, offset: int) -> int:
        """How much code the FDE at `offset` covers; like `_fde(offset)`, which costs ten times as much."""
        pointer, size = _SHORT.unpack_from(self.data, offset)
        encoding = self._cie(offset + 4 - pointer).encoding & 0x07
        if encoding == 0x03:  # 4 bytes, signed or not
            return int(size)
        fde = self._fde(offset)
        return fde.end - fde.start

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

    def pointer(self, data: bytes, at: int, encoding: int, address: int) -> tuple[int | None, int]:
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
        data = self.data
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
                    _, at = self.pointer(data, at + 1, data[at], 0)
            at = after
        return Cie(code_align, data_align, return_register, encoding, augmentation.startswith("z"),
                   "S" in augmentation, (at, end))  # fmt: skip

    def _fde(self, offset: int) -> Fde:
        data = self.data
        try:
            head = self._head(offset)
            if head is None:
                raise CfiError(f"no FDE at {offset:#x} of .eh_frame")
            at, pointer, end = head
            cie = self._cie(at - pointer)
            start, at = self.pointer(data, at + 4, cie.encoding, self.base)
            size, at = self.pointer(data, at, cie.encoding & 0x0F, 0)
            if start is None or size is None:
                raise CfiError(f"FDE at {offset:#x} of .eh_frame covers nothing")
            if cie.augmented:
                length, at = uleb(data, at)
                at += length
        except (struct.error, IndexError, ValueError, OverflowError) as err:
            raise CfiError(f"damaged FDE at {offset:#x} of .eh_frame: {err}") from err
        return Fde(start, start + size, cie, (at, end))
