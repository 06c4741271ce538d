"""Line tables against gdb's, over every instruction of a program, and against objdump and addr2line."""

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest
import stops

from labkit.capture.elf import Elf
from labkit.capture.lines import Line, Lines

BUILDS = [("-O0",), ("-O2",), ("-O2", "-gdwarf-4"), ("-O3", "-D_FORTIFY_SOURCE=2"), ("-static",), ("-no-pie", "-g3"),
          ("-Og", "-ffunction-sections", "-Wl,--gc-sections")]  # fmt: skip
GDB = pytest.mark.skipif(not which("gdb"), reason="gdb is not installed")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t")


def run(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=60, check=True
    ).stdout


def instructions(program, lines):
    text = run("objdump", "-d", "--no-show-raw-insn", "-j", ".text", program)
    addresses = [int(match[1], 16) for line in text.splitlines() if (match := INSTRUCTION.match(line))]
    return addresses if len(addresses) < 20_000 else [a for a in addresses if lines.at(a)]


ASK = """
from pathlib import Path
def name(sal):
    return f"{sal.symtab.filename}:{sal.line}" if sal.symtab is not None and sal.line else "-"
for address in Path(ASKED).read_text().split():
    print("ROW", address, name(gdb.find_pc_line(int(address))))
"""


def gdb_lines(program, addresses, folder):
    """What gdb's own line table says of each address."""
    (folder / "asked").write_text(" ".join(map(str, addresses)))
    (folder / "ask.py").write_text(f"ASKED = {str(folder / 'asked')!r}\n{ASK}")
    for row in run("gdb", "-batch", "-nx", "-x", folder / "ask.py", program).splitlines():
        if row.startswith("ROW "):
            _, address, place = row.split(" ", 2)
            yield int(address), place


def users(program, address):
    """The places whose code is expanded around `address`, innermost first, by addr2line."""
    text = run("addr2line", "-i", "-e", program, hex(address))
    return [re.sub(r" \(discriminator \d+\)", "", line) for line in text.splitlines()]


@GDB
@pytest.mark.parametrize("flags", BUILDS, ids=" ".join)
@pytest.mark.parametrize("source", ["stdio_tour.c", "deep.c"])
def test_every_instruction_has_the_line_gdb_gives(tmp_path, source, flags):
    program = stops.build(tmp_path, source, "-w", *flags)
    lines = Lines(Elf.open(program))
    compared = 0
    for address, place in gdb_lines(program, instructions(program, lines), tmp_path):
        if place.startswith("/usr/include"):
            # code that a system header put there counts as the place that used it
            place = next((user for user in users(program, address) if not user.startswith("/usr/")), place)
        found = lines.at(address)
        assert (found is None) == (place == "-"), hex(address)
        if found is not None:
            file, line = place.rsplit(":", 1)
            assert (Path(file).name, int(line)) == (Path(found.file).name, found.line), hex(address)
            compared += 1
    assert compared > 140


@GDB
@pytest.mark.parametrize("flags", [("-O0",), ("-O2",), ("-static",)], ids=" ".join)
def test_statements_begin_where_gdb_says_lines_begin(tmp_path, flags):
    source = "stdio_tour.c"
    program = stops.build(tmp_path, source, "-w", *flags)
    statements = Lines(Elf.open(program)).statements()
    by_line = {}
    for statement in statements:
        by_line.setdefault(statement.line, set()).add(statement.address)
    count = len((Path(stops.__file__).parent / "programs" / source).read_text().splitlines())
    asked = [word for line in range(1, count + 1) for word in ("-ex", f"info line {source}:{line}")]
    told = {int(m[1]): int(m[2], 16) for m in re.finditer(r"Line (\d+) of .* starts at address (0x\w+)",
            run("gdb", "-batch", "-nx", *asked, program))}  # fmt: skip
    assert len(told) > 60
    assert {line: at for line, at in told.items() if at not in by_line.get(line, ())} == {}
    assert set(by_line) >= set(told)


@pytest.mark.parametrize("flags", BUILDS, ids=" ".join)
def test_statements_are_whole_instructions_of_the_programs_own_source(tmp_path, flags):
    program = stops.build(tmp_path, "stdio_tour.c", "-w", *flags)
    lines = Lines(Elf.open(program))
    statements = lines.statements()
    text = run("objdump", "-d", "--no-show-raw-insn", program)
    addresses = {int(match[1], 16) for line in text.splitlines() if (match := INSTRUCTION.match(line))}
    assert {s.address for s in statements} <= addresses
    assert [s.address for s in statements] == sorted({s.address for s in statements})
    assert {s.file for s in statements} == {"stdio_tour.c"} == set(lines.sources())
    assert Path(lines.sources()["stdio_tour.c"]) == Path(stops.__file__).parent / "programs" / "stdio_tour.c"


def test_names_are_as_the_compiler_was_told(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "part.h").write_text("static inline int one(void)\n{\n    return 1;\n}\n")
    (tmp_path / "sub" / "a.c").write_text('#include "part.h"\nint main(void) { return one(); }\n')
    for flags in (("-gdwarf-5",), ("-gdwarf-4",)):
        subprocess.run(["gcc", *flags, "-o", "a", "sub/a.c"], cwd=tmp_path, check=True, timeout=60)
        elf = Elf.open(tmp_path / "a")
        lines = Lines(elf)
        assert lines.at(elf.address("main")) == Line("sub/a.c", 2)
        assert lines.at(elf.address("one")) == Line("sub/part.h", 2)
        assert lines.sources() == {name: str(tmp_path / name) for name in ("sub/a.c", "sub/part.h")}


def test_an_expanded_function_is_named(tmp_path):
    program = stops.build(tmp_path, "deep.c", "-w", "-O2")
    lines = Lines(Elf.open(program))
    found = {line.function for s in lines.statements() if (line := lines.at(s.address))}
    assert "expanded" in found and "" in found


def test_without_g_there_are_no_lines(tmp_path):
    elf = Elf.open(stops.build(tmp_path, "exits.c", "-g0"))
    lines = Lines(elf)
    assert not lines.present and lines.at(elf.address("main")) is None
    assert lines.statements() == () and lines.sources() == {}
