"""The flags word: its parts are the whole, whatever it is, and names are those of fcntl.h."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

import labkit
from labkit.decode.flag_word import fields

LETTERS = {"letters": "abcdefghi"}


@given(st.integers(0, (1 << 32) - 1))
def test_the_parts_are_the_whole_and_no_bit_is_told_twice(value):
    found = fields(value)
    assert sum(field.value for field in found) == value
    bits = [bit for field in found for bit in field.bits]
    assert len(bits) == len(set(bits)) and [field.bits[-1] for field in found] == sorted(f.bits[-1] for f in found)
    assert found[0].bits == (1, 0)
    assert all(field.says for field in found)


FLAGS = "CREAT EXCL TRUNC APPEND NONBLOCK SYNC DSYNC CLOEXEC DIRECTORY NOFOLLOW TMPFILE PATH NOCTTY"


@pytest.mark.parametrize("name", FLAGS.split())
def test_every_flag_has_the_value_of_this_system(name):
    name = f"O_{name}"
    value = getattr(os, name)
    assert [(field.name, field.value) for field in fields(value | os.O_WRONLY)] == [("O_WRONLY", 1), (name, value)]


def test_the_access_mode_is_a_number():
    assert [fields(mode)[0].name for mode in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR, 3)] == [
        "O_RDONLY",
        "O_WRONLY",
        "O_RDWR",
        "3",
    ]


@pytest.mark.ptrace
def test_what_a_program_gave():
    run = labkit.record("flag_words", files=LETTERS)
    word = labkit.flag_word(run, "letters")
    assert (word.value, word.ones) == (os.O_RDONLY | os.O_CLOEXEC, 1)
    assert labkit.flag_word(run, "log").value == os.O_WRONLY | os.O_CREAT | os.O_APPEND
    with pytest.raises(labkit.LabkitError, match="opens no file 'nothing'"):
        labkit.flag_word(run, "nothing")
