"""Both tables: everything is in them, in order, in the width, and nothing in them is obeyed."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from labkit.draw.checkup_html import STYLE, checkup_html
from labkit.draw.checkup_text import WIDTH, checkup_text
from labkit.draw.visible import visible
from labkit.model import Probe, Report
from labkit.probe.table import ENTRIES

texts = st.text(st.characters(codec="utf-8"), max_size=300)
probes = st.builds(Probe, *(texts, st.booleans(), texts, texts, texts, texts, st.booleans()))
reports = st.builds(lambda rows: Report(tuple(rows)), st.lists(probes, max_size=5))

HOSTILE = "<script>alert(1)</script>\x1b[31m\x07&amp;\"'\n\r\u202e</table>"


class Tags(HTMLParser):
    """The tags of a page, and its text."""

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


OWN_TAGS = {"style", "table", "caption", "thead", "tbody", "tr", "th", "td", "small", "code"}


@given(reports)
def test_any_report_stays_text(report):
    page = Tags(checkup_html(report))
    assert page.tags <= OWN_TAGS
    assert page.attributes <= {"class", "scope", "style"}


@given(reports)
def test_any_report_fits(report):
    lines = checkup_text(report).split("\n")
    assert all(len(line) <= WIDTH and line == line.rstrip() and line.isprintable() for line in lines)


def test_hostile_words_are_shown_and_not_obeyed():
    row = Probe(HOSTILE, False, HOSTILE, HOSTILE, HOSTILE, HOSTILE, essential=True)
    page = Tags(checkup_html(Report((row,))))
    assert page.tags <= OWN_TAGS
    assert page.text.count("<script>alert(1)</script>\ufffd[31m\ufffd&amp;\"'") == 6  # name twice: it is missing, too
    assert "\x1b" not in checkup_text(Report((row,)))
    assert "\u202e" not in checkup_text(Report((row,))) + page.text


def test_what_is_visible():
    assert visible("a\tb\n c\x00") == "a b c\ufffd"


def test_every_row_of_the_real_table_is_whole():
    """The words of the table as it is, all refused: no word is lost, and the order is the table's."""
    rows = tuple(Probe(e.name, False, "EPERM", e.purpose, e.instead, "do this", e.essential) for e in ENTRIES)
    text, page = checkup_text(Report(rows)), Tags(checkup_html(Report(rows))).text
    positions = [text.index(f"✗ no    {row.name}") for row in rows]
    assert positions == sorted(positions)
    for row in rows:
        assert all(part in page for part in (row.name, row.purpose, row.instead))
        assert all(word in text for word in f"{row.purpose} {row.instead}".split())
    assert "Missing: C compiler, terminal." in text
    assert "Missing: C compiler, terminal" in page


def test_marks_are_words_and_not_colours_alone():
    rows = Report((Probe("a", True, "", "", ""), Probe("b", False, "", "", "")))
    for shown in (checkup_text(rows), Tags(checkup_html(rows)).text):
        assert "✓ works" in shown
        assert "✗ no" in shown


def test_every_colour_follows_the_theme_and_has_a_fallback():
    for declaration in STYLE.replace("}", ";").split(";"):
        name, _, value = declaration.rpartition("{")[2].partition(":")
        if "color" in name or "border-bottom" in name:
            assert value.strip() == "inherit" or "var(--jp-" in value, declaration
            assert "var(" not in value or "," in value, declaration
