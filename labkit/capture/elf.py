"""One ELF file: its segments, sections, symbols and build id (elf(5)).

Knows nothing of processes: every address in here is a link-time virtual address. Only the 64-bit little-endian
x86-64 format is read. Nothing in a file is trusted: a damaged one raises `ElfError` at once or has fewer names.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from labkit.capture.symbols import Symbol, SymbolTable, defined, imported
from labkit.errors import UnsupportedError

PT_LOAD, PT_INTERP, PT_NOTE = 1, 3, 4
PF_X = 1
SHT_NOBITS, SHT_RELA = 8, 4
NT_GNU_BUILD_ID = 3
EM_X86_64 = 62
_MACHINES = {3: "32-bit x86", 40: "32-bit ARM", 183: "ARM64", 243: "RISC-V"}

_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_SECTION_HEADER = struct.Struct("<IIQQQQIIQQ")
_DYNAMIC = (".rela.plt", ".rela.dyn")


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
        except (struct.error, ValueError, IndexError, OverflowError) as err:
            raise ElfError(f"{path or 'image'}: damaged ELF file ({err}); build the program again") from err

    @classmethod
    def open(cls, path: str | Path) -> Elf:
        """The file at `path`, read once as long as it does not change; raises `ElfError`, also if unreadable."""
        try:
            status = Path(path).stat()
            return _open(str(path), status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError as err:
            raise ElfError(f"{path}: cannot be read ({err.strerror})") from err

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
        return self.image[offset : max(self.image.find(b"\0", offset), offset)].decode("utf-8", "replace")

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
        offset, end = segment.offset, min(segment.offset + segment.file_size, len(self.image))
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

    # Names are in symbols.py; asking for one reads the tables, the first time.

    @cached_property
    def _symbols(self) -> SymbolTable:
        tables = []
        for name in (".dynsym", ".symtab"):  # .dynsym first: there a name is the public one
            symbols, names = self._table(name)
            tables.append((symbols, names, self._section_contents(".gnu.version") if name == ".dynsym" else b""))
        return SymbolTable(tables)

    def _table(self, name: str) -> tuple[bytes, bytes]:
        """A table of symbols and the names that belong to it."""
        section = self.section(name)
        if section is None or section.link >= len(self.sections):
            return b"", b""
        return self.contents(section), self.contents(self.sections[section.link])

    def _section_contents(self, name: str) -> bytes:
        section = self.section(name)
        return self.contents(section) if section is not None else b""

    def function(self, address: int) -> Symbol | None:
        """The named function that contains `address`, under its most public name; None for unnamed code."""
        return self._symbols.function(address)

    def next_function(self, address: int) -> int | None:
        """Where the first named function behind `address` begins."""
        return self._symbols.next_function(address)

    def address(self, name: str) -> int | None:
        """Where the function or object called `name` is; None if it is not defined here."""
        return self._symbols.addresses.get(name)

    @cached_property
    def exports(self) -> frozenset[str]:
        """The names a shared library offers to programs."""
        return frozenset(defined(*self._table(".dynsym")))

    @cached_property
    def imports(self) -> dict[int, str]:
        """The name that the dynamic linker puts at each slot of the global offset table, by the slot's address."""
        relocations = [self.contents(s) for s in self.sections if s.kind == SHT_RELA and s.name in _DYNAMIC]
        return imported(*self._table(".dynsym"), relocations)


@lru_cache(maxsize=64)
def _open(path: str, changed: int, size: int, inode: int) -> Elf:
    return Elf(Path(path).read_bytes(), path)
