"""Lecture 05, what the common tests do not say: all of what the syllabus wants seen is in the stored outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.capture.build import PROGRAMS

PATH = Path(__file__).parents[2] / "notebooks" / "05-from-syscall-to-driver.ipynb"
CELLS = json.loads(PATH.read_text())["cells"]


def shown(source: str) -> str:
    """The text outputs of the one cell that has `source` in it."""
    found = [cell for cell in CELLS if cell["cell_type"] == "code" and source in "".join(cell["source"])]
    assert len(found) == 1, f"{len(found)} cells have {source!r}"
    texts = [output.get("text") or output["data"]["text/plain"] for output in found[0]["outputs"]]
    return "\n".join("".join(text) for text in texts)


def row(text: str, first: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [first])


def test_registers_and_the_way_to_the_handler() -> None:
    text = shown("entry = box.entry")
    assert row(text, "rax")[1] == "0x0" and row(text, "rdx")[1] == "0x10"
    assert "entry_SYSCALL_64" in text and text.rstrip().endswith("__x64_sys_read")


def test_one_struct_file_of_four_descriptors_and_another() -> None:
    text = shown("files = box.files")
    three, four, five = (row(text, fd) for fd in "345")
    assert three[1] == four[1] != five[1]
    assert three[4:6] == ["8", "4"] and "ext4_file_operations" in three


@pytest.mark.parametrize(
    ("why", "error", "ways"),
    [
        ("closed", "EBADF", ["–", "–", "–"]),
        ("write-only", "EBADF", ["entered", "–", "–"]),
        ("no-method", "EINVAL", ["entered", "–", "–"]),
        ("kernel-address", "EFAULT", ["entered", "–", "–"]),
        ("directory", "EISDIR", ["entered", "entered", "generic_read_dir"]),
    ],
)
def test_each_check_refuses_where_the_lecture_says(why: str, error: str, ways: list[str]) -> None:
    assert row(shown("labkit.refusals(*tried"), why) == [why, error, *ways]


def test_a_range_is_refused_at_the_door_or_in_the_check() -> None:
    text = shown("labkit.refusals(before, beyond)")
    assert row(text, "before")[1:4] == ["EINVAL", "–", "–"]
    assert row(text, "beyond")[1:4] == ["EINVAL", "entered", "entered"]


def test_a_read_is_told_and_counted() -> None:
    assert shown('labkit.record("counted_read"') == "read returned 9; rchar +9, syscr +1; inotify: IN_ACCESS\n"


def test_every_kind_of_file_has_its_own_read() -> None:
    text = shown("labkit.paths(ways)")
    for own in ("read_zero", "urandom_read_iter", "pipe_read", "tty_read", "sock_read_iter", "ext4_file_read_iter"):
        assert f": {own} >" in text
    assert ": lab_read >" in text


def test_the_driver_is_loaded_counted_and_taken_out() -> None:
    assert "reads 1, writes 1, sleeps 1, interrupts 1, deferred 1" in shown("card_counts")
    assert shown("rmmod lab").splitlines()[:2] == ["lab", "/dev/lab"] and "No such file" in shown("rmmod lab")
    assert "NULL pointer dereference" in shown("box.load(broken)")


def test_sleep_interrupt_deferred_work_and_waking_in_this_order() -> None:
    text = shown("labkit.step(reader")
    order = [text.index(part) for part in ("asleep: another", "lab_interrupt", "lab_deferred", "process is woken")]
    assert order == sorted(order) and text.rstrip().endswith("read gives 8")


def test_the_cached_request_never_comes_to_the_device_and_the_cold_one_does() -> None:
    cached, cold = shown("labkit.life_cycle(").split("\nnot in the cache\n")
    assert "the device works: not reached" in cached and "not reached" not in cold


@pytest.mark.parametrize("name", sorted(path.stem for path in PROGRAMS.glob("*.c") if path.stem in PATH.read_text()))
def test_a_program_of_the_lecture_fits_on_a_screen(name: str) -> None:
    assert len((PROGRAMS / f"{name}.c").read_text().splitlines()) <= 50
