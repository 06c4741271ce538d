"""The flags word and the landings as pictures, the calls as tables: all is in them, and nothing in them is obeyed."""

from xml.etree import ElementTree

import pytest

from labkit.decode.file_modes import FileMode, FileModes
from labkit.decode.flag_word import FlagWord, fields
from labkit.decode.landings import EARLIER, Landing, Landings
from labkit.draw.file_modes_grid import file_modes_grid
from labkit.draw.flag_word import flag_picture
from labkit.draw.landings import MOST, landings_picture
from labkit.errors import LabkitError

WORD = FlagWord("<b>log", 0o4012101, fields(0o4012101))  # O_SYNC has two bits that are not neighbours
LANDED = Landings(
    "<i>log",
    (Landing("P1", 3, 0, b"<one\n", (4,)), Landing("P2", 3, 0, b"\0\xff\t&", (0, 1, 2, 3))),
    b"\0\xff\t&\n?",
    (1, 1, 1, 1, 0, EARLIER),
)


def shown(picture):
    root = ElementTree.fromstring(picture.svg)
    return root, [element.text or "" for element in root.iter("text")]


def test_a_bit_is_a_box_and_a_field_a_line():
    root, texts = shown(flag_picture(WORD))
    assert len(root.findall(".//rect")) == 7 * 3 - 1  # seven octal digits; the access mode is one box
    assert [text for text in texts if text in "01234567" and len(text) == 1].count("1") >= WORD.ones
    for field in WORD.fields:
        assert field.name in texts and field.says in texts
    assert len(root.findall(".//path")) == len(WORD.fields) + 2  # a line each, and from both bits of O_SYNC


def test_the_text_twin_says_it_too():
    text = flag_picture(WORD).text
    assert "04012101" in text and "in binary: 100 000 001 010 001 000 001" in text
    assert all(field.name in text and field.says in text for field in WORD.fields)


def test_lost_bytes_are_set_off_and_the_rest_is_not():
    root, texts = shown(landings_picture(LANDED))
    (lost,) = [group for group in root.iter("g") if group.get("class") == "lost"]
    assert [element.text for element in lost.iter("text")] == ["<", "o", "n", "e"]
    assert len(root.findall(".//rect")) == 3 + 3  # two parts and one of the writes; three owners below
    assert texts.count("·") == 2 * 3  # bytes that cannot be seen, in their row and in the last one
    text = landings_picture(LANDED).text
    assert "5 bytes, 4 of them lost" in text and "lost: 4 bytes" in text and "? was there before" in text


def test_hostile_names_are_text():
    for picture in (flag_picture(WORD), landings_picture(LANDED)):
        assert "<b>" not in picture.svg and "<i>" not in picture.svg
        assert "<i>" not in picture._repr_html_() and "<b>" not in picture._repr_html_()


def test_a_file_that_is_too_long_is_said_so():
    long = Landings("log", (Landing("P1", 3, 0, b"x" * 61, tuple(range(61))),), b"x" * 61, (0,) * 61)
    with pytest.raises(LabkitError, match=f"room for {MOST}"):
        landings_picture(long)


def test_what_is_not_known_of_a_mode_is_a_question_mark():
    row = file_modes_grid(FileModes((FileMode("x", None, 0o600, None),))).rows[0]
    assert [cell.text for cell in row] == ["x", "?", "0600", "?", "?", "?"]
