"""Each picture of a recording made elsewhere says so, and nothing else of it changes: nbval compares the rest."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.decode.provenance import elsewhere, shown_instead
from labkit.draw import cost_chart
from labkit.draw.cost_grid import calls_grid, numbers_grid
from labkit.draw.fopen_grid import fopen_grid
from labkit.draw.grid import Grid, cells
from labkit.draw.kinds_grid import kinds_grid
from labkit.model import CopyCost, CopyCosts, FopenTable, KindAnswers, KindsOfFile, ModeFacts, Recording
from tests.decode.happenings import interleaved

MADE = {"kernel": "Linux 6.18.5-other", "machine": "x86_64", "libc": "glibc 2.36", "when": "2026-11-24T10:00:00+00:00"}
HERE = replace(interleaved(), made=MADE)
THERE = shown_instead(HERE)
WHERE = "recorded on Linux 6.18, x86-64, glibc 2.36, 2026-11-24, not on this machine"
RULES = re.findall(
    "^regex: (.*)$\n^replace: (.*)$", (Path(__file__).parents[1] / "nbval-sanitize.cfg").read_text(), re.MULTILINE
)


@pytest.fixture(scope="module", autouse=True)
def fonts_are_open() -> None:
    """matplotlib keeps the files of its fonts open for as long as the process lives: not a leak of any one test."""
    cost_chart.cost_chart(CopyCosts((CopyCost("read, write", 1, 1000, 3, 0.1, 128, 257),)))


def compared(text: str) -> str:
    """What nbval compares of an output."""
    for pattern, replacement in RULES:
        text = re.sub(pattern, replacement, text)
    return text


def tables(recording: Recording) -> dict[str, Any]:
    """Everything that shows a recording, or what was read from one."""
    costs = CopyCosts((CopyCost("read, write", 1, 1000, 3, 0.1, 128, 257),), recordings=(recording, recording))
    return {
        "stepper": labkit.step(recording),
        "two": labkit.compare(recording, recording),
        "picture": labkit.picture(recording),
        "fopen": fopen_grid(FopenTable((ModeFacts("r", True, recording=recording),), 5)),
        "kinds": kinds_grid(KindsOfFile((KindAnswers("directory", recording=recording),))),
        "calls": calls_grid(costs),
    }


@pytest.mark.parametrize("name", tables(HERE))
def test_it_says_where_it_was_made_and_all_else_is_compared(name: str) -> None:
    here, there = tables(HERE)[name], tables(THERE)[name]
    for before, after in ((repr(here), repr(there)), (here._repr_html_(), there._repr_html_())):
        assert WHERE not in before and WHERE in after
        assert before != after and compared(before) == compared(after)
    more = there._repr_html_() + f"<p>{WHERE}</p>"
    assert compared(more) != compared(here._repr_html_())


def test_the_numbers_of_copying_and_their_chart_say_it() -> None:
    costs = CopyCosts((CopyCost("read, write", 1, 1000, 3, 0.1, 128, 257),), recordings=(THERE,))
    assert f"System calls: {WHERE}" in str(numbers_grid(costs))
    assert cost_chart.cost_chart(costs) != cost_chart.cost_chart(replace(costs, recordings=(HERE,)))


def test_saved_pictures_and_pages_say_it(tmp_path: Path) -> None:
    svg = labkit.picture(THERE).save(tmp_path / "picture.svg").read_text()
    assert f">{WHERE}</text></svg>" in svg
    assert WHERE not in labkit.picture(HERE).save(tmp_path / "picture.svg").read_text()
    assert f'data-elsewhere="{WHERE}"' in labkit.step(THERE).save(tmp_path / "page.html").read_text()


def test_a_table_without_any_other_note_is_compared_without_its_foot() -> None:
    bare = Grid("", ("a",), (cells("b"),))
    assert compared(replace(bare, notes=(WHERE,))._repr_html_()) == bare._repr_html_()
    assert (
        compared(replace(bare, notes=("another", WHERE))._repr_html_())
        == replace(bare, notes=("another",))._repr_html_()
    )


def test_a_mark_that_was_saved_is_loaded(tmp_path: Path) -> None:
    assert elsewhere([labkit.load(labkit.save(THERE, tmp_path / "r.json"))]) == WHERE


def test_of_several_machines_each_is_named_and_the_last_day() -> None:
    other = replace(THERE, made={**THERE.made, "kernel": "Linux 6.1.0", "when": "2026-12-01T00:00:00+00:00"})
    assert elsewhere([THERE, HERE, None, other]) == (
        "recorded on Linux 6.18, x86-64, glibc 2.36 and Linux 6.1, x86-64, glibc 2.36, 2026-12-01, not on this machine"
    )
