"""The wiring diagram against what the program itself says of its descriptors."""

from pathlib import Path

import labkit
from labkit.draw.layout import lay_out
from labkit.draw.wiring import wiring

DESCRIPTORS = Path(__file__).parent.parent / "capture" / "programs" / "descriptors.c"


def test_it_shows_what_the_program_sees():
    run = labkit.run(DESCRIPTORS, stdout="file", stderr="terminal")
    assert run.output().splitlines()[:3] == [b"0 device", b"1 file", b"2 terminal"]
    assert "descriptors: 0 → /dev/null, 1 → file, 2 → terminal" in str(wiring(run))


def test_boxes_keep_their_size_and_do_not_overlap_whatever_the_fonts():
    sizes = {name: (40.0 + 10 * n, 30.0) for n, name in enumerate("abcd")}
    layout = lay_out(sizes, [("a", "b"), ("a", "c"), ("a", "d")], apart=20, ranks_apart=50)
    assert layout.centres["a"][1] < layout.centres["b"][1] == layout.centres["c"][1]
    left, right = layout.centres["b"][0], layout.centres["c"][0]
    assert abs(right - left) >= (sizes["b"][0] + sizes["c"][0]) / 2 + 19
    assert lay_out(sizes, [("a", "b"), ("a", "c"), ("a", "d")], apart=20, ranks_apart=50) == layout


def test_no_dot_program_is_needed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lay_out({"a": (10, 10)}, []).centres == {"a": (5.0, 5.0)}
