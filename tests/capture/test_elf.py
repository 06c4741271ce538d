"""ELF files against readelf, and damaged ones."""

import re
import subprocess
from pathlib import Path

import pytest
import stops
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.capture.address_space import AddressSpace, Module
from labkit.capture.callsite import call_before, called_name
from labkit.capture.cfi import frames_of
from labkit.capture.chain import public_name
from labkit.capture.code import Code
from labkit.capture.elf import Elf, ElfError
from labkit.capture.lines import Lines
from labkit.capture.startup import entry_range, exits_with_result, main_range
from labkit.capture.unwind import unwind

BUILDS = [("-O0",), ("-static",), ("-no-pie",), ("-static-pie",)]


def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, path], capture_output=True, text=True, timeout=30).stdout


def libc():
    maps = Path("/proc/self/maps").read_text().splitlines()
    return next(line.split(None, 5)[5] for line in maps if re.search(r"/libc[.-][^/]*$", line))


def symbols(path, option):
    for line in readelf(option, path).splitlines():
        fields = line.split()
        if len(fields) == 8 and fields[3] == "FUNC" and fields[6] != "UND":
            yield fields[7].split("@")[0], int(fields[1], 16), int(fields[2], 0), fields[4], "@" in fields[7]


@pytest.mark.parametrize("flags", BUILDS, ids=" ".join)
def test_segments_sections_and_build_id_are_readelfs(tmp_path, flags):
    path = stops.build(tmp_path, "exits.c", *flags)
    elf = Elf.open(path)
    loads = re.findall(r"^ +LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+)", readelf("-l", path), re.MULTILINE)
    assert [(s.offset, s.address, s.file_size, s.size) for s in elf.loads] == [
        tuple(int(number, 16) for number in row) for row in loads
    ]
    names = re.findall(r"^ +\[ *\d+\] (\S+) +[A-Z]", readelf("-S", path), re.MULTILINE)
    assert [section.name for section in elf.sections if section.name] == names
    assert elf.build_id.hex() == re.search(r"Build ID: (\w+)", readelf("-n", path))[1]
    asked = re.search(r"interpreter: (.*)\]", readelf("-l", path))
    assert elf.interpreter == (asked[1] if asked else None)


def test_every_function_of_libc_is_found_under_one_of_its_names():
    elf, names = Elf.open(libc()), {}
    for name, address, size, _, _ in symbols(libc(), "--dyn-syms"):
        names.setdefault(address, set()).add((name, size))
    for address, called in names.items():
        found = elf.function(address)
        assert found.name in {name for name, _ in called}
        assert not found.name.startswith("_") or all(name.startswith("_") for name, _ in called)
        size = max(size for _, size in called)
        assert elf.function(address + max(size, 1) - 1).address >= address
    assert len(names) > 1500
    for name in ("write", "read", "open", "fopen", "printf", "exit", "_exit", "fork", "lseek", "select", "puts"):
        assert elf.function(elf.address(name)).name == name


def test_a_default_version_wins_over_a_hidden_one():
    text = readelf("--dyn-syms", libc())
    default = {m[1]: int(m[0], 16) for m in re.findall(r"(\w{16}) +\d+ (?:FUNC|OBJECT) .* (\w+)@@", text)}
    elf = Elf.open(libc())
    assert {name: at for name, at in default.items() if elf.address(name) != at} == {}


@pytest.mark.parametrize("flags", BUILDS, ids=" ".join)
@pytest.mark.parametrize("strip", [(), ("-s",)], ids=["", "stripped"])
def test_main_is_found_with_and_without_names(tmp_path, flags, strip):
    named = Elf.open(stops.build(tmp_path, "exits.c", *flags))
    elf = Elf.open(stops.build(tmp_path, "exits.c", *flags, *strip))
    low, high = main_range(elf, frames_of(elf))
    assert low == named.address("main") and high - low == named.function(low).size
    assert entry_range(elf, frames_of(elf))[0] == elf.entry
    assert strip or elf.address("main") == low


def test_calls_have_the_names_objdump_prints(tmp_path):
    for flags in (("-O0",), ("-O2", "-fno-plt"), ("-no-pie",), ("-O2", "-fcf-protection=full", "-Wl,-z,ibtplt")):
        path = stops.build(tmp_path, "stdio_tour.c", "-w", *flags)
        elf, count, behind = Elf.open(path), 0, 0
        text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True).stdout
        lines = [m for line in text.splitlines() if (m := re.match(r"^ *(\w+):\t(\S+) *(.*)", line))]
        for line, after in zip(lines, lines[1:], strict=False):
            called = re.search(r"<(\w+)@(?:plt|GLIBC)", line[3])
            if "call" in line[2] and called:
                assert called_name(elf, int(after[1], 16)) == called[1]
                count += 1
            elif "call" not in line[2]:
                behind += call_before(elf, int(after[1], 16)) is not None
        assert count > 40
        assert behind < count / 20  # other instructions seldom look like calls


def test_the_exit_of_mains_result_is_recognised():
    elf = Elf.open(libc())
    start = elf.function(elf.address("__libc_start_main"))
    frames, found = frames_of(elf), []
    exit_at = elf.address("exit")
    for fde in frames.functions():
        if abs(fde.start - start.address) > 8192:
            continue
        for address in range(fde.start, fde.end):
            call = call_before(elf, address)
            if call is not None and call.target == exit_at and exits_with_result(elf, address):
                found.append(address)
    assert found


def test_what_cannot_be_read_is_named(tmp_path):
    text = tmp_path / "text"
    text.write_text("#!/bin/sh\n")
    with pytest.raises(ElfError, match="text: not an ELF file"):
        Elf.open(text)
    with pytest.raises(ElfError, match="none: cannot be read"):
        Elf.open(tmp_path / "none")
    header = bytearray(Path("/bin/true").read_bytes()[:64])
    header[18] = 183
    with pytest.raises(ElfError, match="built for ARM64"):
        Elf(bytes(header), "arm")
    with pytest.raises(ElfError, match="damaged"):
        Elf(Path("/bin/true").read_bytes()[:64], "short")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    paths = [stops.build(folder, "exits.c", *flags) for flags in ((), ("-O2", "-gdwarf-4"), ("-s",))]
    return [path.read_bytes() for path in paths]


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 2), st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=6),
       st.floats(0, 1))  # fmt: skip
def test_a_damaged_file_is_an_error_or_tells_less(images, which_one, damage, cut):
    """A program may overwrite its own file while it runs; afterwards it is read."""
    image = bytearray(images[which_one])
    for place, junk in damage:
        # half of the damage goes to the headers, where it hurts
        at = int(place * 2 * len(image)) if place < 0.5 else int((place - 0.5) * 2 * 4096)
        image[at : at + len(junk)] = junk
    image = bytes(image[: int(len(image) * max(cut * 4, 0.02))])
    try:
        elf = Elf(image, "damaged")
    except ElfError:
        return
    code = Code(elf)
    addresses = [elf.entry, 0, 0x1139, 0x1200, 1 << 63]
    for address in addresses:
        elf.function(address)
        elf.next_function(address)
        code.lines.at(address)
        called_name(elf, address)
    assert elf.address("no such name") is None
    _ = code.main, code.entry, code.static, code.c_library, elf.exports, elf.imports, elf.build_id
    Lines(elf).statements()
    Lines(elf).sources()
    space = AddressSpace((Module(0x1000, 0x3000, 0, "damaged", "program", elf),))
    regs = [0x1500] * 27
    unwind(space, tuple(regs), (0x1500, bytes(range(0, 256, 8)) * 32))


def test_names_without_disguise():
    names = {"__isoc99_scanf": "scanf", "__isoc23_strtol": "strtol", "__fprintf_chk": "fprintf", "_IO_getc": "getc",
             "__libc_write": "write", "__open64_nocancel": "open", "__overflow": "__overflow", "_exit": "_exit",
             "fill.constprop.0": "fill", "__read_chk": "read", "write": "write", "main.cold": "main"}  # fmt: skip
    assert {name: public_name(name) for name in names} == names
