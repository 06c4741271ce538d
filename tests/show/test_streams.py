"""What is known of streams as a notebook stores it: tables and their text."""

from dataclasses import replace

import pytest
from IPython.core.formatters import DisplayFormatter

import labkit
from labkit.decode.provenance import shown_instead
from labkit.model import Arrived, Called, LineWork, Mishap, Position, Recording, Redirection, UnderMishap
from labkit.show.streams import ShownCopies, ShownMishaps, ShownPositions, ShownRedirections, ShownWork

HOSTILE = "<script>alert(1)</script>\n\x1b[31m"
VALUES = [
    ShownWork((LineWork("a.c", 3, HOSTILE, 1, 2, 0, (Called("write", 1, 2, ("EIO",)),), more=True),)),
    ShownPositions(HOSTILE, (Position(3, HOSTILE, 11, 0, 0, 1, 26),)),
    ShownRedirections(HOSTILE, (Redirection(HOSTILE, (HOSTILE, "out", "err"), ((HOSTILE, "the shell"),)),)),
    ShownCopies((Arrived(HOSTILE, 12, 8, "the first 8", "SIGSEGV"),)),
    ShownMishaps((UnderMishap(HOSTILE, Mishap(HOSTILE), "exit 0", HOSTILE, 3, "the first 9"),), 12),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_it_is_stored_as_table_and_text_and_nothing_in_it_is_obeyed(value):
    formatter = DisplayFormatter()
    formatter.active_types = ["text/plain", "text/html"]
    data = formatter.format(value)[0]
    assert data["text/html"].endswith("</table>") and "<script>" not in data["text/html"]
    assert data["text/plain"] == str(value) == repr(value)
    assert "\x1b" not in data["text/plain"] and "alert(1)" in data["text/plain"]


def test_what_was_not_recorded_here_is_said_so():
    made = {"kernel": "Linux 6.18.5", "machine": "x86_64", "libc": "glibc 2.36", "when": "2026-11-24T10:00:00"}
    other = shown_instead(Recording("a", ("a",), "null", "pipe", "pipe", (), made=made))
    work, positions, wired, _, lost = VALUES
    for value in (
        replace(work, recording=other),
        replace(positions, recording=other),
        replace(wired, rows=(replace(wired.rows[0], recording=other),)),
        replace(lost, rows=(replace(lost.rows[0], recording=other),)),
    ):
        assert str(value).endswith("recorded on Linux 6.18, x86-64, glibc 2.36, 2026-11-24, not on this machine")


def test_losses_that_are_not_admitted_are_set_off():
    assert VALUES[-1].silent(HOSTILE) == 1
    assert VALUES[-1]._repr_html_().count('class="no"') == 2
    assert VALUES[-2]._repr_html_().count('class="no"') == 1


@pytest.mark.ptrace
def test_the_public_names():
    assert labkit.copies("abcdefghij", "copy_blocks", "copy_swapped")["copy_swapped"].left == 1
    copied = labkit.record("copy_blocks", stdin="Hello, I/O!\n", lines=True)
    assert labkit.library_work(copied)["fread"].took == 12
    assert "fread" in repr(labkit.library_work(copied)) and "≥" not in repr(labkit.library_work(copied))
    letters = {"letters": "abcdefghijklmnopqrstuvwxyz"}
    assert labkit.positions(labkit.record("positions", files=letters, lines=True))["fputc"].file == 11
    assert labkit.redirections("./greet < in")["./greet < in"].leads == ("in", "terminal", "terminal")
    assert labkit.mishaps("backup").programs == ("backup",)
