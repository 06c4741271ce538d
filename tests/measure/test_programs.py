"""The programs that are measured: short, and clean for a compiler that looks harder than ours is asked to."""

import pytest

from labkit.capture.build import PROGRAMS, build
from labkit.measure.copying import WAYS

NAMES = ["fopen_modes", "same_calls", "same_calls_made", *WAYS.values()]


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_on_a_slide(name):
    lines = (PROGRAMS / f"{name}.c").read_text().splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("name", NAMES)
def test_it_is_clean_when_optimised(name):
    assert build(name, flags=("-O2", "-Wpedantic", "-Wshadow")).warnings == ""
