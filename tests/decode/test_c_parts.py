"""The parts of the course's driver: each whole, with its comment, and nothing of the next."""

import re

import pytest

from labkit.decode.c_parts import part
from labkit.errors import LabkitError
from labkit.kernel_box.module import DRIVER

LAB = (DRIVER / "lab.c").read_text()
FUNCTIONS = re.findall(r"^static [^=;]*?\b(lab_\w+)\(", LAB, re.MULTILINE)


def test_the_driver_has_the_functions_that_the_lecture_reads():
    assert {"lab_open", "lab_read", "lab_write", "lab_ioctl", "lab_interrupt", "lab_deferred", "lab_probe"} <= set(
        FUNCTIONS
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_whole_and_alone(name):
    found = part(LAB, name)
    assert f"{name}(" in found.splitlines()[0] and found.splitlines()[-1] == "}"
    assert found in LAB and found.count("\n}") == 1


def test_a_table_and_an_enumeration_are_found_by_name():
    assert part(LAB, "lab_operations").splitlines()[-1] == "};"
    assert part(LAB, "FACTORIAL").startswith("/* The card's registers")
    assert "enum { FACTORIAL = 0x08" in part(LAB, "FACTORIAL")


def test_empty_lines_within_braces_part_nothing():
    assert part("int a(void)\n{\n\n\treturn 1;\n}\n\nint b;\n", "a") == "int a(void)\n{\n\n\treturn 1;\n}"


@pytest.mark.parametrize("name", ["lab_close", "readers_of", "lab"])
def test_what_is_not_defined_is_said(name):
    with pytest.raises(LabkitError, match=f"defines no '{name}'"):
        part(LAB, name)
