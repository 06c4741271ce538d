"""The call frame interpreter against pyelftools' and readelf's, on every function of real libraries."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import stops
from elftools.dwarf.callframe import FDE
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.capture.cfi import CallFrames
from labkit.capture.eh_frame import CfiError
from labkit.capture.elf import Elf
from labkit.capture.expression import ExpressionError, evaluate

RULES = {"UNDEFINED": "undefined", "OFFSET": "offset", "VAL_OFFSET": "val_offset", "REGISTER": "register",
         "EXPRESSION": "expression", "VAL_EXPRESSION": "val_expression"}  # fmt: skip


def libraries():
    maps = Path("/proc/self/maps").read_text()
    paths = {line.split(None, 5)[5] for line in maps.splitlines() if " r-xp " in line and "/" in line}
    return sorted(path for path in paths if re.search(r"/(libc|libm|ld-linux[^/]*)[.-][^/]*$", path))


def their_tables(path):
    """pyelftools' decoded tables: {start: [(pc, cfa, {register: rule})]}."""
    with Path(path).open("rb") as file:
        for entry in ELFFile(file).get_dwarf_info().EH_CFI_entries():
            if not isinstance(entry, FDE):
                continue
            rows = []
            if any(instruction.opcode == 0x2E for instruction in entry.instructions):
                yield entry.header["initial_location"], None  # pyelftools 0.33 does not decode DW_CFA_GNU_args_size
                continue
            for line in entry.get_decoded().table:
                cfa = line["cfa"]
                cfa = bytes(cfa.expr) if cfa.expr is not None else (cfa.reg, cfa.offset)
                rules = {number: rule(line[number]) for number in line if isinstance(number, int)}
                rules = {number: what for number, what in rules.items() if what is not None}
                if rows and rows[-1][0] == line["pc"]:
                    rows.pop()
                rows.append((line["pc"], cfa, rules))
            yield entry.header["initial_location"], rows


def rule(their):
    if their.type == "SAME_VALUE":
        return None
    argument = bytes(their.arg) if isinstance(their.arg, list) else (their.arg or 0)
    return RULES[their.type], argument


def compare(path):
    frames = CallFrames(Elf.open(path))
    functions = {fde.start: fde for fde in frames.functions()}
    count = rows = skipped = 0
    for start, expected in their_tables(path):
        if expected is None:
            skipped += 1
            continue
        ours = [(row.address, row.cfa, row.registers) for row in frames.table(functions[start])]
        assert ours == expected, hex(start)
        count += 1
        rows += len(ours)
    assert count + skipped == len(functions) and skipped < 20
    return count, rows


@pytest.mark.parametrize("path", libraries(), ids=os.path.basename)
def test_every_function_of_a_library_has_the_table_pyelftools_decodes(path):
    count, rows = compare(path)
    assert count > 100 and rows > count


@pytest.mark.parametrize("flags", [("-static",), ("-O2",)], ids=" ".join)
def test_a_program_with_and_without_search_table(tmp_path, flags):
    program = stops.build(tmp_path, "stdio_tour.c", "-w", *flags)
    compare(program)
    frames = CallFrames(Elf.open(program))
    main = Elf.open(program).address("main")
    assert frames.find(main).start == main
    assert frames.find(main - 1) is None or frames.find(main - 1).end <= main


def test_found_by_binary_search_is_what_a_linear_scan_finds():
    elf = Elf.open(next(path for path in libraries() if "libc" in path))
    searched, scanned = CallFrames(elf), CallFrames(elf)
    scanned._header = None
    assert [f.start for f in searched.functions()] == [f.start for f in scanned.functions()]


ROW = re.compile(r"^([0-9a-f]{16}) (\S+)")


def test_cfa_of_every_row_is_what_readelf_prints():
    path = next(path for path in libraries() if "libc" in path)
    text = subprocess.run(["readelf", "--debug-dump=no-follow-links", "--debug-dump=frames-interp", path],
                          capture_output=True, text=True, timeout=60).stdout  # fmt: skip
    printed = {int(m[1], 16): m[2] for line in text.splitlines() if (m := ROW.match(line)) and "FDE" not in line
               and "CIE" not in line}  # fmt: skip
    names = dict(enumerate(("rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp")))
    frames, seen = CallFrames(Elf.open(path)), 0
    for fde in frames.functions():
        for row in frames.table(fde):
            if row.address not in printed:
                continue
            expected = "exp"
            if not isinstance(row.cfa, bytes):
                number, offset = row.cfa
                expected = f"{names.get(number, f'r{number}')}+{offset}"
            assert printed[row.address] == expected, hex(row.address)
            seen += 1
    assert seen > 5000


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 60_000), st.binary(min_size=1, max_size=24))
def test_damage_is_reported_as_damage(position, junk):
    elf = Elf.open(next(path for path in libraries() if "libc" in path))
    frames = CallFrames(elf)
    data = bytearray(frames.data)
    data[position : position + len(junk)] = junk
    frames.data = bytes(data)
    frames._header = None
    try:
        for fde in list(frames.functions())[:50]:
            frames.table(fde)
    except CfiError:
        pass  # said, not crashed


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=40))
def test_any_expression_has_a_value_or_an_error(code):
    try:
        value = evaluate(code, lambda number: number * 8, lambda address: address ^ 1, 0x1000)
    except ExpressionError:
        return
    assert 0 <= value < 1 << 64


# DW_OP_breg7 8; DW_OP_breg16 0; DW_OP_lit15; and; lit11; ge; lit3; shl; plus: the CFA of a PLT entry
PLT = bytes([0x77, 8, 0x80, 0, 0x3F, 0x1A, 0x3B, 0x2A, 0x33, 0x24, 0x22])


@pytest.mark.parametrize(("pc", "extra"), [(0x1020, 0), (0x102A, 0), (0x102B, 8), (0x102F, 8)])
def test_a_plt_entry_has_pushed_one_word_after_its_first_instructions(pc, extra):
    assert evaluate(PLT, {7: 0x7000, 16: pc}.get, lambda address: None) == 0x7008 + extra
