"""Only some of the ways to copy: measured, compared roughly, and unknown ones refused."""

import pytest

import labkit
from labkit.errors import LabkitError
from labkit.measure.copying import measure_copying

pytestmark = pytest.mark.ptrace


def test_one_way_alone():
    costs = labkit.copy_costs(sizes=[1, 65536], ways=["read, write"])
    assert costs.ways == ("read, write",)
    assert costs.longer("read, write", 1, 65536) == "more than 100 times as long"
    assert costs.longer("read, write", 65536, 65536) == "less than 10 times as long"
    assert costs.numbers.notes == ()  # with one way there is nothing that took longest


@pytest.mark.parametrize("ways", [[], ["mmap"], ["read, write", "sendfile"]])
def test_a_way_that_there_is_not(ways):
    with pytest.raises(LabkitError, match="Ways to copy are: fgetc, fputc; fread, fwrite; read, write"):
        measure_copying(sizes=[64], ways=ways)
