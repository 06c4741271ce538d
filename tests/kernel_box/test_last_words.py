"""What a notebook is told of a kernel that it crashed on purpose, without a kernel: the box is given."""

import pytest

from labkit.errors import LabkitError
from labkit.kernel_box.last_words import last_words
from labkit.kernel_box.machine import BoxGone


class Crashing:
    def run(self, command):
        raise BoxGone(f"The box is gone over `{command}`.\nBUG: NULL pointer dereference\nRIP: lab_open+0x5")


class Surviving:
    def run(self, command):
        return command


def test_it_is_told_that_it_is_gone_and_what_it_said_first_without_addresses_of_code():
    assert last_words(Crashing(), "x") == "The box is gone over `x`.\nBUG: NULL pointer dereference"


def test_a_kernel_that_survives_is_said():
    with pytest.raises(LabkitError, match="survived 'true'"):
        last_words(Surviving(), "true")
