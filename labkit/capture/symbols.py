"""Symbol tables of one ELF file: which function an address is in, under which name, and where a name is.

Knows bytes of tables (elf(5), Elf64_Sym, Elf64_Rela) and nothing of files or processes. Read with `struct`, because
pyelftools needs 100 ms to list the symbols of libc and this needs 5.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_IFUNC = 0, 1, 2, 10
STB_LOCAL = 0
_SYMBOL = struct.Struct("<IBBHQQ")  # name, info, other, section, value, size
_RELOCATION = struct.Struct("<QQq")  # offset, info, addend
_HIDDEN = 0x8000  # in .gnu.version: an old version, kept for old programs


@dataclass(frozen=True, slots=True)
class Symbol:
    """The best name of the function of `size` bytes at `address`; `public` if other object files can see it."""

    name: str
    address: int
    size: int
    public: bool = True


@dataclass(slots=True)
class _Names:
    """What is known of the function at one address. `rank` of its best name is the lowest."""

    rank: tuple[bool, bool, bool, int, str]
    size: int
    public: bool


class SymbolTable:
    """The functions and names of one file; `addresses` gives where each defined name is."""

    def __init__(self, tables: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Each of `tables` is the bytes of symbols, of their names and of their versions; the first one counts more."""
        self.addresses: dict[str, int] = {}
        self._outdated: set[str] = set()
        found: dict[int, _Names] = {}
        for symbols, names, versions in tables:
            self._read(symbols, names, versions, found)
        self._functions = [Symbol(n.rank[-1], at, n.size, n.public) for at, n in sorted(found.items())]
        self._starts = [function.address for function in self._functions]

    def _read(self, symbols: bytes, names: bytes, versions: bytes, found: dict[int, _Names]) -> None:
        for index, (name, info, _, section, address, size) in enumerate(_whole(_SYMBOL, symbols)):
            kind = info & 15
            if not section or kind not in (STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_IFUNC):
                continue
            text = _text(names, name)
            if not text:
                continue
            old = bool(int.from_bytes(versions[2 * index : 2 * index + 2], "little") & _HIDDEN)
            self._place(text, address, old)
            if kind != STT_FUNC:  # at an IFUNC's address is the code that chooses, not the function
                continue
            # Aliases share an address: write, __write; fopen, fopen64, _IO_fopen. The plain short one is public.
            rank = (text.startswith("_"), old, not text.islower(), len(text), text)
            known = found.get(address)
            if known is None:
                found[address] = _Names(rank, size, info >> 4 != STB_LOCAL)
            else:
                known.rank, known.size = min(rank, known.rank), max(size, known.size)
                known.public = known.public or info >> 4 != STB_LOCAL

    def _place(self, name: str, address: int, old: bool) -> None:
        if name not in self.addresses or (name in self._outdated and not old):
            self.addresses[name] = address
            (self._outdated.add if old else self._outdated.discard)(name)

    def function(self, address: int) -> Symbol | None:
        """The named function that contains `address`, under its most public name; None for unnamed code."""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        found = self._functions[index]
        return found if address < found.address + max(found.size, 1) else None

    def next_function(self, address: int) -> int | None:
        """Where the first named function behind `address` begins."""
        index = bisect_right(self._starts, address)
        return self._starts[index] if index < len(self._starts) else None


def defined(symbols: bytes, names: bytes) -> Iterator[str]:
    """The names that a table of symbols defines."""
    return (_text(names, name) for name, _, _, section, _, _ in _whole(_SYMBOL, symbols) if section)


def imported(symbols: bytes, names: bytes, relocations: Sequence[bytes]) -> dict[int, str]:
    """The name of the symbol whose address each relocation writes, by the address it is written to."""
    slots = {}
    for table in relocations:
        for slot, info, _ in _whole(_RELOCATION, table):
            index = info >> 32
            if index and (index + 1) * _SYMBOL.size <= len(symbols):
                slots[slot] = _text(names, _SYMBOL.unpack_from(symbols, index * _SYMBOL.size)[0])
    return slots


def _whole(layout: struct.Struct, data: bytes) -> Iterator[tuple[int, ...]]:
    return layout.iter_unpack(data[: len(data) // layout.size * layout.size])


def _text(names: bytes, offset: int) -> str:
    return names[offset : names.find(b"\0", offset)].decode("utf-8", "replace")
