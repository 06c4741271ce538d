"""The line table of one program: which line of which source file an instruction belongs to (DWARF, .debug_line).

Knows one ELF file and no process; addresses are link-time ones. Parsing is pyelftools'; a unit is read only when an
address in it is asked for, so that a big program costs what is used of it.
"""

from __future__ import annotations

import io
import posixpath
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct.core import ConstructError
from elftools.elf.elffile import ELFFile

from labkit.capture.elf import Elf

# pyelftools meets damage wherever it stumbles over it.
DAMAGE = (ELFError, DWARFError, ConstructError, LookupError, ValueError, TypeError, AttributeError, AssertionError,
          ArithmeticError, RecursionError, NotImplementedError, StopIteration)  # fmt: skip
_SYSTEM = ("/usr/include/", "/usr/lib/", "/usr/local/include/")


@dataclass(frozen=True, slots=True)
class Line:
    """Line `line` of `file`, which is named as the compiler was told, relative to the folder it ran in.

    `function` is set where the line's function has no code of its own here, being expanded in place into another.
    """

    file: str
    line: int
    function: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of `line` of `file` begins at `address`: where a line breakpoint goes."""

    address: int
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Inlined:
    """The code of `function`, which is declared in `file`, expanded in place where `call` calls it."""

    function: str
    file: str
    call: Line | None


@dataclass(frozen=True, slots=True)
class _Row:
    address: int
    file: str
    line: int
    statement: bool


class Lines:
    """The line table of `elf`; an empty one where the program was built without -g or the table cannot be read."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._units: dict[int, _Unit] = {}
        self._found: dict[int, Line | None] = {}

    @cached_property
    def _dwarf(self) -> Any:
        if self._elf.section(".debug_line") is None and self._elf.section(".zdebug_line") is None:
            return None
        try:
            return ELFFile(io.BytesIO(self._elf.image)).get_dwarf_info(follow_links=False)
        except DAMAGE:
            return None  # a damaged table is no table: the recording goes on without lines

    @property
    def present(self) -> bool:
        """Whether there is any line table."""
        return self._dwarf is not None

    @cached_property
    def _aranges(self) -> Any:
        """Which unit an address is in; gcc writes this table, clang does not."""
        try:
            return self._dwarf.get_aranges()
        except DAMAGE:
            return None

    def _unit(self, unit: Any) -> _Unit:
        known = self._units.get(unit.cu_offset)
        if known is None:
            known = self._units[unit.cu_offset] = _Unit(self._dwarf, unit)
        return known

    @cached_property
    def _all(self) -> tuple[_Unit, ...]:
        found: list[_Unit] = []
        try:
            for unit in self._dwarf.iter_CUs() if self._dwarf else ():
                found.append(self._unit(unit))
        except DAMAGE:
            pass  # what was read before it is good
        return tuple(found)

    def _units_at(self, address: int) -> tuple[_Unit, ...]:
        if self._dwarf is None:
            return ()
        if self._aranges is None:
            return self._all
        try:
            offset = self._aranges.cu_offset_at_addr(address)
            # None: the C library's code, built without debug information
            return () if offset is None else (self._unit(self._dwarf.get_CU_at(offset)),)
        except DAMAGE:
            return ()

    def at(self, address: int) -> Line | None:
        """The line the instruction at `address` belongs to, by the rule gdb follows; None for code without lines.

        Code that a system header put into the program (stdio's macros, checked `printf`) counts as the line that
        uses it.
        """
        try:
            return self._found[address]
        except KeyError:
            found = self._found[address] = self._at(address)
            return found

    def _at(self, address: int) -> Line | None:
        for unit in self._units_at(address):
            row = unit.row(address)
            if row is not None:
                return _outside_headers(unit, address, row)
        return None

    def inlined(self, address: int) -> tuple[Inlined, ...]:
        """The functions expanded in place around `address`, innermost first; empty for code that was not moved."""
        return next((found for unit in self._units_at(address) if (found := unit.inlined(address))), ())

    def statements(self) -> tuple[Statement, ...]:
        """Where each line of the program's own sources begins, by address; system headers are left out.

        A line that is several stretches of code (a `for` and its increment) begins at each of them.
        """
        found = {s.address: s for unit in self._all for s in unit.statements() if not s.file.startswith(_SYSTEM)}
        return tuple(found[address] for address in sorted(found))

    def sources(self) -> dict[str, str]:
        """The program's own source files that have code: name as in `Line.file` -> absolute path when compiled."""
        return {
            file: posixpath.normpath(posixpath.join(unit.folder, file))
            for unit in self._all
            for file in sorted({row.file for sequence in unit.sequences for row in sequence.rows})
            if not file.startswith(_SYSTEM)
        }


def _outside_headers(unit: _Unit, address: int, row: _Row) -> Line:
    """The innermost place around `address` that is not in a system header; that of `row` if there is none."""
    expansions = unit.inlined(address)
    place: Line | None = Line(row.file, row.line)
    if row.file.startswith(_SYSTEM) and not (expansions and expansions[0].file.startswith(_SYSTEM)):
        # The row is early: the header's function begins after this instruction.
        own = unit.row(address, skip=_SYSTEM)
        place = Line(own.file, own.line) if own is not None else place
    for expansion in expansions:
        if place is not None and not place.file.startswith(_SYSTEM):
            return Line(place.file, place.line, expansion.function)
        place = expansion.call
    return place if place is not None and not place.file.startswith(_SYSTEM) else Line(row.file, row.line)


class _Sequence:
    """Rows of one stretch of code, by address; `end` is the first address after it."""

    def __init__(self, rows: list[_Row], end: int) -> None:
        # A row that ends where it begins covers no instruction.
        self.rows = [row for row in rows if row.address < end]
        self.end = end
        self.addresses = [row.address for row in self.rows]

    def row(self, address: int, skip: tuple[str, ...] = ()) -> _Row | None:
        """The row that holds at `address`; with `skip`, the last one up to there whose file does not begin so."""
        index = bisect_right(self.addresses, address) - 1
        if index < 0 or address >= self.end:
            return None
        if skip:
            own = (row for row in reversed(self.rows[: index + 1]) if row.line and not row.file.startswith(skip))
            return next(own, None)
        # Of several rows for one address the last holds, unless only an earlier one is a statement (gdb, symtab.c).
        best = index
        while not self.rows[best].statement and best and self.addresses[best - 1] == self.addresses[index]:
            best -= 1
        if not self.rows[best].statement:
            best = index
        # Line 0 is code that no line asked for: it serves the statement before it.
        while best >= 0 and not self.rows[best].line:
            best -= 1
        return self.rows[best] if best >= 0 else None


class _Unit:
    """One compilation unit."""

    def __init__(self, dwarf: Any, unit: Any) -> None:
        self._dwarf, self._cu = dwarf, unit
        top = unit.get_top_DIE()
        folder = top.attributes.get("DW_AT_comp_dir")
        self.folder = folder.value.decode("utf-8", "replace") if folder else ""
        self._program = dwarf.line_program_for_CU(unit)
        self._names: dict[int, str] = {}

    def _file(self, number: int) -> str:
        name = self._names.get(number)
        if name is None:
            name = self._names[number] = self._name(number)
        return name

    def _name(self, number: int) -> str:
        header = self._program.header
        five = header["version"] >= 5  # version 5 counts files and folders from 0, the folder it ran in included
        files, folders = header["file_entry"], header["include_directory"]
        entry = files[number if five else number - 1]
        index = entry["dir_index"] if five else entry["dir_index"] - 1
        folder = folders[index].decode("utf-8", "replace") if 0 <= index < len(folders) else ""
        if folder == self.folder:
            folder = ""
        return posixpath.normpath(posixpath.join(folder, entry["name"].decode("utf-8", "replace")))

    @cached_property
    def sequences(self) -> tuple[_Sequence, ...]:
        if self._program is None:
            return ()
        found, rows = [], []
        try:
            for entry in self._program.get_entries():
                state = entry.state
                if state is None:
                    continue
                if not state.end_sequence:
                    rows.append(_Row(state.address, self._file(state.file), state.line, bool(state.is_stmt)))
                    continue
                if rows and rows[0].address:  # code the linker threw away begins at 0
                    rows.sort(key=attrgetter("address"))
                    found.append(_Sequence(rows, state.address))
                rows = []
        except DAMAGE:
            pass  # keep the sequences read before the damage
        return tuple(sorted(found, key=lambda sequence: sequence.rows[0].address if sequence.rows else 0))

    def row(self, address: int, skip: tuple[str, ...] = ()) -> _Row | None:
        for sequence in self.sequences:
            row = sequence.row(address, skip)
            if row is not None:
                return row
        return None

    def statements(self) -> Iterator[Statement]:
        for sequence in self.sequences:
            last: tuple[str, int] | None = None
            for address, rows in groupby(sequence.rows, attrgetter("address")):
                row = next((r for r in reversed(list(rows)) if r.statement and r.line), None)
                if row is not None and (row.file, row.line) != last:
                    last = row.file, row.line
                    yield Statement(address, row.file, row.line)

    # -- functions expanded in place ------------------------------------------------------------------------------

    def inlined(self, address: int) -> tuple[Inlined, ...]:
        return tuple(what for ranges, what in self._expansions if any(low <= address < high for low, high in ranges))

    @cached_property
    def _expansions(self) -> tuple[tuple[tuple[tuple[int, int], ...], Inlined], ...]:
        """Innermost first: a DIE's children come after it, so the order of the file is turned round."""
        try:
            if not self._inlines():
                return ()
            found = [
                (tuple(self._ranges(die)), Inlined(*self._origin(die), self._call(die)))
                for die in self._cu.iter_DIEs()
                if die.tag == "DW_TAG_inlined_subroutine"
            ]
        except DAMAGE:
            return ()
        return tuple(reversed(found))

    def _inlines(self) -> bool:
        """Whether the unit's abbreviations name inlined subroutines at all: reading its DIEs costs 20 us each."""
        table, code = self._cu.get_abbrev_table(), 1
        while True:
            try:
                tag = table.get_abbrev(code)["tag"]
            except KeyError:
                return False
            if tag == "DW_TAG_inlined_subroutine":
                return True
            code += 1

    def _ranges(self, die: Any) -> Iterator[tuple[int, int]]:
        attributes = die.attributes
        if "DW_AT_low_pc" in attributes and "DW_AT_high_pc" in attributes:
            low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
            yield low, high.value if high.form == "DW_FORM_addr" else low + high.value
        elif "DW_AT_ranges" in attributes:
            lists = self._dwarf.range_lists()
            top = self._cu.get_top_DIE().attributes.get("DW_AT_low_pc")
            base = top.value if top else 0
            for entry in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, cu=self._cu):
                if hasattr(entry, "base_address"):
                    base = entry.base_address
                else:
                    shift = 0 if entry.is_absolute else base
                    yield entry.begin_offset + shift, entry.end_offset + shift

    def _origin(self, die: Any) -> tuple[str, str]:
        """Name and file of the function that `die` is an instance of."""
        name = file = ""
        while True:
            attributes = die.attributes
            if not name and "DW_AT_name" in attributes:
                name = attributes["DW_AT_name"].value.decode("utf-8", "replace")
            if not file and "DW_AT_decl_file" in attributes:
                file = self._file(attributes["DW_AT_decl_file"].value)
            link = next((link for link in ("DW_AT_abstract_origin", "DW_AT_specification") if link in attributes), None)
            if link is None:
                return name, file
            die = die.get_DIE_from_attribute(link)

    def _call(self, die: Any) -> Line | None:
        attributes = die.attributes
        if "DW_AT_call_file" not in attributes or "DW_AT_call_line" not in attributes:
            return None
        return Line(self._file(attributes["DW_AT_call_file"].value), attributes["DW_AT_call_line"].value)
