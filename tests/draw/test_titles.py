"""Two runs of one program are told apart by what differs."""

from dataclasses import replace

from labkit.draw.stepper.titles import titles
from labkit.model import Recording

RUN = Recording("copy", ("copy", "a b"), "null", "pipe", "pipe", ())


def test_the_name_is_enough_where_it_differs():
    assert titles([RUN]) == ["copy"]
    assert titles([RUN, replace(RUN, name="move")]) == ["copy", "move"]


def test_then_the_arguments_then_where_output_leads():
    assert titles([RUN, replace(RUN, argv=("copy",))]) == ["copy 'a b'", "copy"]
    other = replace(RUN, stdout="terminal")
    assert titles([RUN, other]) == ["copy 'a b', stdout: pipe", "copy 'a b', stdout: terminal"]


def test_what_differs_in_none_of_these_has_one_title():
    assert titles([RUN, replace(RUN, stderr="file")]) == ["copy", "copy"]


def test_control_characters_do_not_get_through():
    (one,) = titles([replace(RUN, name="a\nb\x1b")])
    assert "\n" not in one and "\x1b" not in one
