"""Tries to read back what the compiler says of its program: which lines of the source have code (DWARF 5, 6.2)."""

from __future__ import annotations

from pathlib import Path

from elftools.elf.elffile import ELFFile

from labkit.probe.compiler import make
from labkit.probe.entry import NotWorking

LINES_WITH_CODE = {3, 4, 5, 6}  # of labkit.probe.compiler.SOURCE


def read_line_table(home: Path) -> str:
    """Compile with -g and read back, with pyelftools, which lines of the source have code."""
    _, program = make(home)
    with program.open("rb") as file:
        dwarf = ELFFile(file).get_dwarf_info()
        units = list(dwarf.iter_CUs())
        if not units:
            raise NotWorking("the compiler accepts -g and writes no debug information")
        lines = {
            entry.state.line
            for unit in units
            if (program_of_lines := dwarf.line_program_for_CU(unit)) is not None
            for entry in program_of_lines.get_entries()
            if entry.state is not None and not entry.state.end_sequence
        }
    if missing := LINES_WITH_CODE - lines:
        raise NotWorking(f"lines {sorted(missing)} of the program have code, and the line table does not name them")
    return f"DWARF {units[0]['version']}: every line of a program found again"
