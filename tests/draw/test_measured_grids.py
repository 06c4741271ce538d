"""The tables of what was measured: everything is in them, nothing in them is obeyed, and they follow the theme."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.draw.cost_grid import calls_grid, numbers_grid, significant
from labkit.draw.fopen_grid import fopen_grid
from labkit.draw.grid import STYLE, Cell, Grid, grid_html, grid_text
from labkit.draw.kinds_grid import kinds_grid
from labkit.model import Answer, CopyCost, CopyCosts, FopenTable, KindAnswers, KindsOfFile, ModeFacts

HOSTILE = "<script>alert(1)</script>\x1b[31m&amp;\n\u202e</table>"
APPENDED = ModeFacts("a", True, "", "O_WRONLY|O_APPEND", False, False, 5, False, True, "at the end")
TABLE = FopenTable((APPENDED, ModeFacts("r", False, "ENOENT", "O_RDONLY")), 5)
ANSWERS = (Answer("open", None, "EISDIR"), Answer("open", 3), Answer("read", None, "EISDIR"), Answer("close", 0))
KINDS = KindsOfFile((KindAnswers("directory", ANSWERS), KindAnswers("TCP socket", absent="socket: EPERM")))
COSTS = CopyCosts(
    tuple(
        CopyCost(way, size, 1 << 20, 3, seconds / size, 128 * size, 257)
        for way, seconds in (("fgetc, fputc", 1.2), ("read, write", 1.0))
        for size in (1, 4096, 65536)
    ),
    filesystem="ext4",
)
texts = st.text(st.characters(codec="utf-8"), max_size=60)
grids = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        lambda caption, head, rows, notes: Grid(caption, tuple(head), tuple(map(tuple, rows)), tuple(notes)),
        texts,
        st.lists(texts, min_size=width, max_size=width),
        st.lists(st.lists(st.builds(Cell, texts, st.booleans()), min_size=width, max_size=width), max_size=3),
        st.lists(texts, max_size=2),
    )
)


class Tags(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


@given(grids)
def test_any_grid_stays_text(grid):
    page = Tags(grid_html(grid))
    assert page.tags <= {"style", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
    assert page.attributes <= {"class", "scope", "style", "colspan"}
    assert all(line == line.rstrip() and line.isprintable() for line in grid_text(grid).split("\n"))


def test_hostile_words_are_shown_and_not_obeyed():
    told = KindsOfFile((KindAnswers(HOSTILE, absent=HOSTILE),))
    page = Tags(grid_html(kinds_grid(told)))
    assert page.text.count("<script>alert(1)</script>\\e[31m&amp;") == 2
    assert "\x1b" not in grid_text(kinds_grid(told)) and "\u202e" not in grid_text(kinds_grid(told))


@pytest.mark.parametrize("grid", [fopen_grid(TABLE), kinds_grid(KINDS), calls_grid(COSTS), numbers_grid(COSTS)])
def test_the_html_says_what_the_text_says(grid):
    page = " ".join(Tags(grid_html(grid)).text.split())
    for words in (grid.caption, *grid.head, *(cell.text for row in grid.rows for cell in row), *grid.notes):
        assert " ".join(words.split()) in page
        assert all(word in str(grid) for word in words.split())


def test_every_colour_follows_the_theme_and_has_a_fallback():
    for declaration in STYLE.replace("}", ";").split(";"):
        name, _, value = declaration.rpartition("{")[2].partition(":")
        if "color" in name or "border-bottom" in name:
            assert value.strip() == "inherit" or "var(--jp-" in value, declaration
            assert "var(" not in value or "," in value, declaration


def test_a_refusal_is_not_told_by_colour_alone():
    page = grid_html(kinds_grid(KINDS))
    assert page.count('class="no"') == 3  # open and read of the directory, and the socket that is not here
    assert "font-weight: 700" in STYLE
    assert "EISDIR, then 3" in page and "not here (socket: EPERM)" in page


def test_the_modes():
    lines = str(fopen_grid(TABLE)).splitlines()
    assert lines[2].split() == ["a", "exists", "no", "no", "5", "no", "yes", "at", "the", "end", "O_WRONLY|O_APPEND"]
    assert lines[3].split() == ["r", "missing", "fails:", "ENOENT", "–", "–", "–", "–", "–", "O_RDONLY"]


def test_what_is_compared_of_the_costs_has_no_time_in_it():
    """Two machines, one ten times as fast: the same text, as long as the order is the same."""
    faster = replace(COSTS, costs=tuple(replace(cost, seconds=cost.seconds / 10) for cost in COSTS))
    assert str(calls_grid(faster)) == str(calls_grid(COSTS))
    assert repr(numbers_grid(faster)) == repr(numbers_grid(COSTS))
    assert str(numbers_grid(faster)) != str(numbers_grid(COSTS))


def test_what_the_times_show():
    notes = calls_grid(COSTS).notes
    assert notes == (
        "fgetc, fputc: with a buffer of 1 B, a byte takes more than 10 times as long as with 64 KiB.",
        "read, write: with a buffer of 1 B, a byte takes more than 10 times as long as with 64 KiB.",
    )
    even = tuple(replace(cost, seconds=1.0) for cost in COSTS)
    assert calls_grid(replace(COSTS, costs=even)).notes == ()
    assert numbers_grid(COSTS).notes == ("With 64 KiB, a byte took longest with fgetc, fputc.",)
    assert calls_grid(replace(COSTS, sync=True)).notes == ("Each copy ended with fsync, which is one call more.",)


def test_what_is_not_known_is_a_question_mark_and_a_reason():
    gone = (replace(COSTS.costs[0], seconds=None, calls=None, untold="not timed: it was stopped"), *COSTS.costs[1:])
    costs = replace(COSTS, costs=gone)
    assert calls_grid(costs).rows[0][1].text == "?"
    assert [cell.text for cell in numbers_grid(costs).rows[0]].count("?") == 3
    assert numbers_grid(costs).notes[1:] == ("fgetc, fputc, 1 B: not timed: it was stopped",)


@given(st.floats(1e-9, 1e12))
def test_two_digits_matter(value):
    shown = significant(value)
    assert "e" not in shown
    assert float(shown.replace(",", "")) == pytest.approx(value, rel=0.051)
