"""Tries the C compiler: a program is made and run, and its line table is read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from elftools.elf.elffile import ELFFile

from labkit.probe.entry import NotWorking

SOURCE = """#include <stdio.h>
int main(void)
{
    puts("ready");
    return 7;
}
"""
LINES_WITH_CODE = {3, 4, 5, 6}


def make_and_run(home: Path) -> str:
    """Compile a program and run it: its output and its exit status are as written in its source."""
    compiler, program = _make(home)
    ran = subprocess.run([program], capture_output=True, text=True)
    if (ran.stdout, ran.returncode) != ("ready\n", 7):
        raise NotWorking(f"the program it made wrote {ran.stdout!r} and ended with {ran.returncode}, not 'ready' and 7")
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    return f"{version}: made a program, and it ran"


def read_line_table(home: Path) -> str:
    """Compile with -g and read back, with pyelftools, which lines of the source have code."""
    _, program = _make(home)
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
    if not lines >= LINES_WITH_CODE:
        raise NotWorking(
            f"the line table names lines {sorted(lines)}, and the program has code on {sorted(LINES_WITH_CODE)}"
        )
    return f"DWARF {units[0]['version']}: every line of a program found again"


def _make(home: Path) -> tuple[str, Path]:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotWorking("no cc, gcc or clang on PATH")
    source, program = home / "answer.c", home / "answer"
    source.write_text(SOURCE)
    made = subprocess.run([compiler, "-g", "-O0", "-o", program, source], capture_output=True, text=True)
    if made.returncode != 0:
        raise NotWorking(
            f"{Path(compiler).name}: {(made.stderr or made.stdout).strip() or f'status {made.returncode}'}"
        )
    return compiler, program
