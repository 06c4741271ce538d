"""What each line moved and asked of the kernel, against strace of a program that says itself where it is."""

import re
import shutil
import subprocess

import pytest

import labkit
from labkit.capture.build import build
from labkit.decode.library_work import library_work
from labkit.decode.steps import steps

pytestmark = pytest.mark.ptrace
IN = "Hello, I/O!\nblocks: 1234 apples\n"


@pytest.fixture(scope="module")
def ops():
    return labkit.record("stream_ops", files={"in": IN}, lines=True)


def marked(name):
    """The same program that makes a call of its own before each named line: `access("line 9", F_OK)`."""
    source = build(name).source
    lines = source.split("\n")
    for number in sorted(steps(source).values(), reverse=True):
        lines.insert(number - 1, f'(void)!access("line {number}", F_OK);')
    return build("#include <unistd.h>\n" + "\n".join(lines), name=f"{name}_marked")


def calls_by_line(log):
    """strace's calls after each marker, by the marker's number."""
    found, line = {}, None
    for text in log.splitlines():
        if marker := re.match(r'access\("line (\d+)"', text):
            line = int(marker[1])
        elif line is not None and (call := re.match(r"(\w+)\(.* = (-?\d+)", text)):
            found.setdefault(line, []).append((call[1], int(call[2])))
    return found


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing")
@pytest.mark.parametrize(
    ("name", "files"), [("stream_ops", {"in": IN}), ("positions", {"letters": "abcdefghijklmnop"})]
)
def test_strace_sees_the_same_calls_for_the_same_lines(name, files, tmp_path):
    work = library_work(labkit.record(name, files=files, lines=True))
    for file, content in files.items():
        (tmp_path / file).write_text(content)
    log = tmp_path / "log"
    watched = "trace=access,openat,read,write,lseek,close"
    done = subprocess.run(
        ["strace", "-o", log, "-e", watched, marked(name).path], cwd=tmp_path, timeout=30, check=False
    )
    assert done.returncode == 0
    seen = calls_by_line(log.read_text())
    named = steps(build(name).source).values()
    rows = {row.line: row for row in work}
    for line in named:
        told = [(called.call, called.times, called.moved) for called in rows[line].calls] if line in rows else []
        by_name = {}
        for call, result in seen.get(line, []):
            times, moved = by_name.get(call, (0, 0))
            by_name[call] = (times + 1, moved + result)
        wanted = [
            (call.replace("openat", "open"), times, moved if call in ("read", "write") else None)
            for call, (times, moved) in by_name.items()
        ]
        assert told == wanted, line


def test_most_calls_ask_nothing_of_the_kernel(ops):
    work = library_work(ops)
    moving = {
        row.text.split("(")[1 if row.text.startswith("if") else 0].split()[-1]: row
        for row in work
        if row.put or row.took
    }
    assert {name: (row.put, row.took) for name, row in moving.items()} == {
        "fgetc": (0, 1), "fputc": (1, 0), "fgets": (0, 11), "fputs": (11, 0), "fread": (0, 8), "fwrite": (8, 0),
        "fscanf": (0, 4), "fprintf": (4, 0),
    }  # fmt: skip
    assert [name for name, row in moving.items() if row.calls] == ["fgetc"]
    assert (work.total("read"), work.total("write"), work.total("open"), work.total("close")) == (1, 1, 2, 2)


@pytest.mark.parametrize(("name", "gets"), [("copy_chars", 13), ("copy_blocks", 3)])
def test_a_copy_in_numbers(name, gets):
    """12 bytes: fgetc is called once more to find the end; fread's third call is told the end."""
    work = library_work(labkit.record(name, stdin="Hello, I/O!\n", lines=True))
    get, put, end = work
    assert (get.times, get.took, get.put) == (gets, 12, 0)
    assert (put.times, put.put, put.calls) == ({13: 12, 3: 2}[gets], 12, ())
    assert (end.line, [(made.call, made.moved) for made in end.calls]) == (None, [("write", 12)])


def test_a_long_loop_is_not_counted_to_its_end():
    work = library_work(labkit.record("copy_chars", stdin="x" * 500, lines=True))
    assert work["fgetc"].more and work["fgetc"].times < 500
    assert work["fputc"].more and 0 < work["fputc"].put <= work["fputc"].times < 500
    assert 0 < work["fgetc"].took < 500
    assert work.total("read") == 2


def test_without_lines_only_lines_with_calls_are_known():
    work = library_work(labkit.record("copy_chars", stdin="Hello, I/O!\n"))
    assert [(row.times, row.put, row.took) for row in work] == [(None, None, None)] * 2
    assert work.total("read") == 2


def test_what_fails_is_named_and_what_the_program_calls_itself_is_not_there():
    late = library_work(labkit.record("errno_late", files={"notes/page": ""}, lines=True))
    assert [call.failed for row in late for call in row.calls][0] == ("EISDIR",)
    assert library_work(labkit.record("write_pause", lines=True)).lines == ()


def test_an_unknown_line_is_said_so(ops):
    with pytest.raises(KeyError, match="2 lines have"):
        library_work(ops)["fopen"]
