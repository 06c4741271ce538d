"""Paths through a real kernel, from what its tracer wrote (tests/decode/kernel and kernel_card), made once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from labkit.decode.call_path import call_graph
from labkit.model import CallGraph

_HERE = Path(__file__).parent
TEXTS = {path.stem: path.read_text() for path in sorted((_HERE / "kernel").glob("*.txt"))}
TEXTS["card"] = (_HERE / "kernel_card" / "card.txt").read_text()
NAMES = tuple(TEXTS)
_ARGS = {
    "disk_numbers": ("/disk/numbers",), "disk_numbers_cold": ("/disk/numbers", "cold"), "dev_zero": ("/dev/zero",),
    "dev_urandom": ("/dev/urandom",), "card": (),
}  # fmt: skip


@cache
def graph(name: str) -> CallGraph:
    """The read that was traced."""
    program = "card" if name == "card" else "one_read"
    found = re.search(rf" {program[:7]}-(\d+) .*\|  __x64_sys_read\(\) {{", TEXTS[name])
    assert found
    result = 8 if name == "card" else 16
    return call_graph(
        TEXTS[name], int(found[1]), "read", result, program=program, args=_ARGS.get(name, (name,)), kernel="6.1"
    )
