"""`labkit.doctor()` in a notebook: the table for the eye, and a text that is the same on every machine."""

import asyncio

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from nbclient import NotebookClient

import labkit
from labkit.draw.checkup_html import checkup_html
from labkit.draw.checkup_text import checkup_text
from labkit.model import Probe, Report
from labkit.show.checkup import Checkup

CHECKUP = Checkup((Probe("kcmp", False, "kcmp: EPERM", "03: sharing", "derived", "use root"),))


def test_what_ipython_stores():
    formatter = DisplayFormatter()
    formatter.active_types = ["text/plain", "text/html"]
    data, _ = formatter.format(CHECKUP)
    assert data == {"text/plain": "labkit doctor: 1 thing tried", "text/html": checkup_html(CHECKUP)}


def test_what_print_shows():
    assert str(CHECKUP) == checkup_text(CHECKUP)
    assert repr(CHECKUP) == "labkit doctor: 1 thing tried"


def test_it_is_still_the_value():
    assert Report.from_json(CHECKUP.to_json()).probes == CHECKUP.probes
    assert isinstance(CHECKUP, Report)


def test_the_public_name():
    assert labkit.doctor("terminal")["terminal"].works


@pytest.mark.ptrace
@pytest.mark.slow
def test_in_a_real_kernel():
    """In a kernel with its threads and children: the table is there, and no child of the kernel's was taken from it."""
    cells = [
        "import subprocess, labkit; other = subprocess.Popen(['sh', '-c', 'read line; exit 7'], stdin=subprocess.PIPE)",
        "labkit.doctor('C compiler', 'terminal', 'ptrace', 'seccomp filter')",
        "import sys; other.communicate(b'go\\n'); (other.returncode, 'labkit.probe.supervise' in sys.modules)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    asyncio.run(NotebookClient(notebook, timeout=60, kernel_name="python3").async_execute())
    shown = notebook.cells[1].outputs
    assert [output.output_type for output in shown] == ["execute_result"]
    assert shown[0].data["text/plain"] == "labkit doctor: 4 things tried"
    assert shown[0].data["text/html"].count("✓ works") == 4, shown[0].data["text/html"]
    assert notebook.cells[2].outputs[0].data["text/plain"] == "(7, False)"  # what forks is never loaded here
