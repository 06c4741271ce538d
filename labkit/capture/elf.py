"""One ELF file: its segments, sections, symbols and build id (elf(5)).

Knows nothing of processes: every address in here is a link-time virtual address. Only the 64-bit little-endian
x86-64 format is read, with `struct`, because pyelftools needs 100 ms to list the symbols of libc and this needs 5.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from labkit.errors import UnsupportedError

PT_LOAD, PT_INTERP, PT_NOTE = 1, 3, 4
PF_X = 1
SHT_NOBITS, SHT_RELA = 8, 4
STT_OBJECT, STT_FUNC, STT_IFUNC = 1, 2, 10
STB_LOCAL = 0
NT_GNU_BUILD_ID = 3
EM_X86_64 = 62
_MACHINES = {3: "32-bit x86", 40: "32-bit ARM", 183: "ARM64", 243: "RISC-V"}

_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_SECTION_HEADER = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")


class ElfError(UnsupportedError):
    """A file is no ELF file that can be read here; the text names it and says why."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One program header; `size` bytes at `address` in memory, the first `file_size` of them from `offset`."""

    kind: int
    flags: int
    offset: int
    address: int
    file_size: int
    size: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section header; `link` and `info` mean what elf(5) says for this `kind`."""

    name: str
    kind: int
    address: int
    offset: int
    size: int
    link: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """The best name of the function of `size` bytes at `address`; `public` if other object files can see it."""

    name: str
    address: int
    size: int
    public: bool = True


class Elf:
    """An ELF file held in memory; raises `ElfError` if `image` is not a 64-bit x86-64 ELF image."""

    def __init__(self, image: bytes, path: str = "") -> None:
        self.path = path
        self.image = image
        if image[:4] != b"\x7fELF":
            raise ElfError(f"{path or 'image'}: not an ELF file, so it holds no program that can be traced to lines")
        machine = int.from_bytes(image[18:20], "little")
        if image[4:6] != b"\x02\x01" or machine != EM_X86_64:
            what = _MACHINES.get(machine, f"machine {machine}")
            raise ElfError(f"{path or 'image'}: built for {what}; only 64-bit x86-64 programs can be read here")
        try:
            (self.kind, _, _, self.entry, self._phoff, self._shoff, _, _, self._phsize, self._phcount, self._shsize,
             self._shcount, self._shnames) = _HEADER.unpack_from(image)  # fmt: skip
            self.segments = tuple(self._read_segments())
            self.sections = tuple(self._read_sections())
        except (struct.error, ValueError, IndexError) as err:
            raise ElfError(f"{path or 'image'}: damaged ELF file ({err}); build the program again") from err

    @classmethod
    def open(cls, path: str | Path) -> Elf:
        """The file at `path`, read once as long as it does not change; raises `ElfError`, also if unreadable."""
        try:
            status = Path(path).stat()
            return _open(str(path), status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError as err:
            raise ElfError(f"{path}: cannot be read ({err.strerror})") from err

    # -- layout -------------------------------------------------------------------------------------------------

    def _read_segments(self) -> Iterator[Segment]:
        for index in range(self._phcount):
            kind, flags, offset, address, _, file_size, size, _ = _PROGRAM_HEADER.unpack_from(
                self.image, self._phoff + index * self._phsize
            )
            yield Segment(kind, flags, offset, address, file_size, size)

    def _read_sections(self) -> Iterator[Section]:
        headers = [
            _SECTION_HEADER.unpack_from(self.image, self._shoff + index * self._shsize)
            for index in range(self._shcount)
        ]
        if not headers:  # a program without section headers runs well; it only has no names
            return
        names = headers[self._shnames][4]
        for name, kind, _, address, offset, size, link, _, _, _ in headers:
            yield Section(self._string(names + name), kind, address, offset, size, link)

    def _string(self, offset: int) -> str:
        return self.image[offset : self.image.index(b"\0", offset)].decode("utf-8", "replace")

    @cached_property
    def loads(self) -> tuple[Segment, ...]:
        """The segments that are mapped into memory."""
        return tuple(segment for segment in self.segments if segment.kind == PT_LOAD)

    @cached_property
    def position_independent(self) -> bool:
        """Whether the kernel may load it anywhere (a shared object or a PIE)."""
        return bool(self.kind == 3)

    @cached_property
    def interpreter(self) -> str | None:
        """The dynamic linker it asks for; None for a static program or a library."""
        for segment in self.segments:
            if segment.kind == PT_INTERP:
                return self._string(segment.offset)
        return None

    @cached_property
    def build_id(self) -> bytes:
        """The linker's hash of the contents, b"" if there is none."""
        for segment in self.segments:
            if segment.kind == PT_NOTE:
                for owner, kind, data in self._notes(segment):
                    if (owner, kind) == (b"GNU\0", NT_GNU_BUILD_ID):
                        return data
        return b""

    def _notes(self, segment: Segment) -> Iterator[tuple[bytes, int, bytes]]:
        offset, end = segment.offset, segment.offset + segment.file_size
        while offset + 12 <= end:
            owner_size, size, kind = struct.unpack_from("<III", self.image, offset)
            owner = offset + 12
            data = owner + (owner_size + 3 & ~3)
            yield self.image[owner : owner + owner_size], kind, self.image[data : data + size]
            offset = data + (size + 3 & ~3)

    def section(self, name: str) -> Section | None:
        """The first section called `name`."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Section]:
        named: dict[str, Section] = {}
        for section in self.sections:
            named.setdefault(section.name, section)
        return named

    def contents(self, section: Section) -> bytes:
        """The bytes of `section` as they stand in the file (none for .bss)."""
        if section.kind == SHT_NOBITS:
            return b""
        return self.image[section.offset : section.offset + section.size]

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes the file puts at `address`; fewer where a segment ends, none outside of all segments."""
        for segment in self.loads:
            start = address - segment.address
            if 0 <= start < segment.file_size:
                offset = segment.offset + start
                return self.image[offset : offset + min(size, segment.file_size - start)]
        return b""

    def executable(self, address: int) -> bool:
        """Whether `address` lies in a segment that may be executed."""
        return any(s.flags & PF_X and 0 <= address - s.address < s.size for s in self.loads)

    # -- names --------------------------------------------------------------------------------------------------

    @cached_property
    def _symbols(self) -> tuple[list[int], list[Symbol], dict[str, int]]:
        """Start addresses and functions, both sorted, and the address of every defined name."""
        addresses: dict[str, int] = {}
        functions: dict[int, tuple[tuple[bool, bool, bool, int, str], int, bool]] = {}
        for table in (".dynsym", ".symtab"):  # .dynsym first: there a name is the public one
            section = self.section(table)
            if section is None or section.link >= len(self.sections):
                continue
            names = self.contents(self.sections[section.link])
            symbols = self.contents(section)
            hidden = self._hidden(section)
            for index, (name, info, _, defined, address, size) in enumerate(
                _SYMBOL.iter_unpack(symbols[: len(symbols) // _SYMBOL.size * _SYMBOL.size])
            ):
                kind = info & 15
                if not defined or kind not in (0, STT_OBJECT, STT_FUNC, STT_IFUNC):
                    continue
                text = names[name : names.find(b"\0", name)].decode("utf-8", "replace")
                if not text:
                    continue
                old = bool(hidden) and bool(hidden[index] & 0x8000)  # an old version kept for old programs
                if not old or text not in addresses:
                    addresses.setdefault(text, address)
                if kind != STT_FUNC:  # at an IFUNC's address is the code that chooses, not the function
                    continue
                # Aliases share an address: write, __write; fopen, fopen64, _IO_fopen. The plain short one is public.
                rank = (text.startswith("_"), old, not text.islower(), len(text), text)
                best = functions.get(address)
                public = info >> 4 != STB_LOCAL
                if best is not None:
                    rank, size, public = min(rank, best[0]), max(size, best[1]), public or best[2]
                functions[address] = rank, size, public
        ordered = [Symbol(rank[-1], at, size, public) for at, (rank, size, public) in sorted(functions.items())]
        return [symbol.address for symbol in ordered], ordered, addresses

    def _hidden(self, symbols: Section) -> tuple[int, ...]:
        versions = self.section(".gnu.version")
        if versions is None or symbols.name != ".dynsym":
            return ()
        return struct.unpack(f"<{symbols.size // _SYMBOL.size}H", self.contents(versions)[: symbols.size // 12])

    def function(self, address: int) -> Symbol | None:
        """The named function that contains `address`, under its most public name; None for unnamed code."""
        starts, functions, _ = self._symbols
        index = bisect_right(starts, address) - 1
        if index < 0:
            return None
        found = functions[index]
        return found if address < found.address + max(found.size, 1) else None

    def next_function(self, address: int) -> int | None:
        """Where the first named function behind `address` begins."""
        starts = self._symbols[0]
        index = bisect_right(starts, address)
        return starts[index] if index < len(starts) else None

    def address(self, name: str) -> int | None:
        """Where the function or object called `name` is; None if it is not defined here."""
        return self._symbols[2].get(name)

    @cached_property
    def exports(self) -> frozenset[str]:
        """The names a shared library offers to programs."""
        table = self.section(".dynsym")
        if table is None:
            return frozenset()
        names, symbols = self.contents(self.sections[table.link]), self.contents(table)
        entries = _SYMBOL.iter_unpack(symbols[: len(symbols) // _SYMBOL.size * _SYMBOL.size])
        return frozenset(
            names[name : names.find(b"\0", name)].decode("utf-8", "replace")
            for name, _, _, defined, *_ in entries
            if defined
        )

    @cached_property
    def imports(self) -> dict[int, str]:
        """The name that the dynamic linker puts at each slot of the global offset table, by the slot's address."""
        table, slots = self.section(".dynsym"), {}
        if table is None:
            return {}
        names, symbols = self.contents(self.sections[table.link]), self.contents(table)
        for section in self.sections:
            if section.kind != SHT_RELA or section.name not in (".rela.plt", ".rela.dyn"):
                continue
            data = self.contents(section)
            for slot, info, _ in _RELOCATION.iter_unpack(data[: len(data) // _RELOCATION.size * _RELOCATION.size]):
                index = info >> 32
                if index and (index + 1) * _SYMBOL.size <= len(symbols):
                    (name,) = struct.unpack_from("<I", symbols, index * _SYMBOL.size)
                    slots[slot] = names[name : names.find(b"\0", name)].decode("utf-8", "replace")
        return slots


@lru_cache(maxsize=64)
def _open(path: str, changed: int, size: int, inode: int) -> Elf:
    return Elf(Path(path).read_bytes(), path)
