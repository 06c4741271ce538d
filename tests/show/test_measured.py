"""The measured values as a notebook stores them: tables, a chart, and text that is the same each time."""

import errno
import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from IPython.core.formatters import DisplayFormatter

import labkit
from labkit.capture import twins
from labkit.draw.cost_grid import numbers_grid
from labkit.model import CopyCost, CopyCosts, FopenTable, KindAnswers, KindsOfFile, ModeFacts
from labkit.show.measured import ShownCosts, ShownFopenTable, ShownKinds
from tests.restrict import refuse

FOPEN = ShownFopenTable((ModeFacts("r", False, "ENOENT", "O_RDONLY"),), 5)
KINDS = ShownKinds((KindAnswers("TCP socket", absent="socket: EPERM"),))
COSTS = ShownCosts((CopyCost("read, write", 1, 1000, 3, 0.1, 128, 257),))


@pytest.fixture(scope="module", autouse=True)
def fonts_are_open():
    """matplotlib keeps the files of its fonts open for as long as the process lives: not a leak of any one test."""
    COSTS._repr_png_()


def stored(value):
    formatter = DisplayFormatter()
    formatter.active_types = ["text/plain", "text/html", "image/png"]
    return formatter.format(value)[0]


@pytest.mark.parametrize("value", [FOPEN, KINDS])
def test_a_table_is_stored_as_table_and_text(value):
    data = stored(value)
    assert set(data) == {"text/plain", "text/html"}
    assert data["text/html"].endswith("</table>")
    assert data["text/plain"] == str(value) == repr(value)
    assert "ENOENT" in str(FOPEN) and "socket: EPERM" in str(KINDS)


def test_the_costs_are_stored_as_chart_and_text():
    data = stored(COSTS)
    assert set(data) == {"text/plain", "image/png"}
    assert "2,100" in data["text/plain"]


def test_the_numbers_are_stored_so_that_they_are_not_compared():
    data = stored(COSTS.numbers)
    assert data["text/plain"] == "Time and system calls for each byte (1 measured)"
    assert "100,000" in str(COSTS.numbers)
    rules = ConfigParser(interpolation=None)
    rules.read_string((Path(__file__).parents[1] / "nbval-sanitize.cfg").read_text())
    other = numbers_grid(CopyCosts((CopyCost("read, write", 1, 1000, 3, 0.7, 128, 257),)))
    seen = {data["text/html"], other._repr_html_()}
    assert len(seen) == 2
    for section in rules.sections():
        seen = {re.sub(rules[section]["regex"], rules[section]["replace"], html) for html in seen}
    assert len(seen) == 1


def test_they_are_still_the_values():
    assert isinstance(FOPEN, FopenTable) and isinstance(KINDS, KindsOfFile) and isinstance(COSTS, CopyCosts)
    assert FOPEN["r", False].errno == "ENOENT"
    assert COSTS["read, write", 1].nanoseconds_a_byte == 100_000
    with pytest.raises(KeyError, match="there are: TCP socket"):
        KINDS["pipe"]
    with pytest.raises(KeyError, match="there are the ways"):
        COSTS["read, write", 2]


@pytest.mark.ptrace
def test_the_public_names():
    table = labkit.fopen_table("a")
    assert table["a", True].lands == "at the end"
    assert labkit.fopen_table("a") == table
    kinds = labkit.kinds_of_file()
    assert kinds["directory"]["read"].errno == "EISDIR"
    assert labkit.kinds_of_file() == kinds
    costs = labkit.copy_costs(sizes=[64])
    assert costs["read, write", 64].calls_a_byte == pytest.approx(2 / 64, rel=0.01)
    assert repr(labkit.copy_costs(sizes=[64])) == repr(costs)


ELSEWHERE = """
import sys, labkit
from pathlib import Path
from labkit.capture import twins
twins.FOLDER = Path(sys.argv[1])
for table in (labkit.fopen_table("a"), labkit.kinds_of_file(), labkit.copy_costs(sizes=[64])):
    print(table)
"""


@pytest.mark.ptrace
def test_where_nothing_can_be_recorded_they_are_read_from_shipped_recordings(tmp_path):
    (tmp_path / "lecture").mkdir()
    said = []
    for more in ({"env": {**os.environ, twins.COLLECT: str(tmp_path / "lecture")}}, {"preexec_fn": untraced}):
        command = [sys.executable, "-c", ELSEWHERE, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, **more)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.splitlines())
    here, there = said
    added = [line for line in there if "not on this machine" in line]
    assert [line for line in there if line not in added] == here and len(added) == 3
    assert added[2].startswith("System calls: recorded on ")


def untraced():
    refuse({"ptrace": errno.EPERM})


@pytest.mark.ptrace
def test_a_row_leads_to_its_recording():
    row = labkit.fopen_table("r")["r", False]
    assert [event.errno for event in row.recording.calls("openat")][-1] == "ENOENT"


def test_matplotlib_is_loaded_only_for_a_chart():
    code = (
        "import sys, labkit; labkit.copy_costs; labkit.fopen_table; "
        "assert 'labkit.measure.copying' in sys.modules; assert 'matplotlib' not in sys.modules, 'too soon'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
