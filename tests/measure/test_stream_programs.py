"""The programs of the lecture on streams: short, clean, and wrong in just the way their names say."""

import shutil
import subprocess

import pytest

import labkit
from labkit.capture.build import PROGRAMS, build
from labkit.measure.copies import measure_copies

NAMES = [
    "backup", "backup_unchecked", "copy_char_type", "copy_full_blocks", "copy_swapped", "copy_whole_blocks",
    "count_chars", "errno_late", "greet", "positions", "stream_ops", "write_after_read",
]  # fmt: skip
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
TEXT = b"0123456789abcdefXYZ"


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_on_a_slide(name):
    lines = (PROGRAMS / f"{name}.c").read_text().splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 120
    wrong = lines[0].startswith("/* Wrong: ")
    assert wrong == any(word in name for word in ("unchecked", "type", "full", "swapped", "whole", "late", "after"))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_clean_when_optimised(name):
    assert build(name, flags=("-O2", "-Wpedantic", "-Wshadow", "-Wno-unused-result")).warnings == ""


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("copy_blocks", TEXT),
        ("copy_chars", TEXT),
        ("copy_swapped", TEXT[:16:8]),
        ("copy_whole_blocks", TEXT[:16]),
        ("copy_full_blocks", TEXT + TEXT[11:16]),
    ],
)
def test_a_slip_destroys_just_this(name, wanted):
    done = subprocess.run(build(name).path, input=TEXT, capture_output=True, timeout=20, check=True)
    assert done.stdout == wanted
    (row,) = measure_copies(TEXT, [name])
    assert (row.size, row.left, row.ending) == (len(TEXT), len(wanted), "exit 0")
    assert (row.what == "all") == (wanted == TEXT)


def test_a_char_ends_at_byte_255():
    copies = measure_copies(bytes(range(256)), ["copy_chars", "copy_char_type"])
    assert [row.what for row in copies] == ["all", "the first 255"]


def test_the_counted_calls():
    done = labkit.run("count_chars", stdin="x" * 10_000)
    assert done.output(2) == b"fgetc: 10001\nfputc: 10000\n"
    assert done.output() == b"x" * 10_000


def test_errno_has_changed_when_it_is_looked_at():
    assert labkit.run("errno_late", files={"notes/page": ""}).output(2) == b"notes: No such file or directory\n"


def test_glibc_forgives_a_missing_seek():
    assert labkit.run("write_after_read", files={"letters": ALPHABET}).output() == b"aBcDefghijklmnopqrstuvwxyz\n"


@pytest.mark.skipif(
    shutil.which("musl-gcc") is None, reason="musl-gcc is not installed: the other C library is missing"
)
def test_musl_does_not(tmp_path):
    program = tmp_path / "program"
    subprocess.run(["musl-gcc", "-o", program, PROGRAMS / "write_after_read.c"], timeout=60, check=True)
    (tmp_path / "letters").write_text(ALPHABET)
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, timeout=20, check=False)
    assert done.returncode == 1
    assert (tmp_path / "letters").read_text() == f"{ALPHABET}B"
