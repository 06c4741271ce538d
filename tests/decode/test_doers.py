"""Which program made a call, in a real command line of the shell."""

import pytest

import labkit
from labkit.decode.names import names

pytestmark = pytest.mark.ptrace
COMMAND = "find . | grep notes | wc -l"


@pytest.fixture(scope="module")
def pipeline():
    path = {"PATH": "/usr/bin:/bin"}
    return labkit.record(COMMAND, shell=True, in_turn=True, env=path, files={"notes/notes.txt": ""})


def test_the_shell_makes_pipes_and_processes_and_its_children_redirect(pipeline):
    assert labkit.who(pipeline, "pipe") == labkit.who(pipeline, "fork") == "the shell"
    assert labkit.who(pipeline, "dup2") == labkit.who(pipeline, "execl") == "a child of the shell"


def test_several_programs_are_named_in_the_order_of_their_first(pipeline):
    assert labkit.who(pipeline, "write") == "find, grep and wc"
    assert labkit.who(pipeline, "socket") == "nobody"


def test_the_pipeline_counts_what_is_there(pipeline):
    assert pipeline.output() == b"2\n"


def test_what_grep_reads_of_its_own_memory_is_shown_without_what_is_chance(pipeline):
    """Addresses, devices and inode numbers of /proc/self/maps differ from run to run."""
    called = names(pipeline)
    shown = [called.call(event) for event in pipeline.calls("read") if b"r--p" in bytes(event.args[1].value)]
    assert shown, "grep no longer reads /proc/self/maps: the lecture says that it does"
    assert all(line.startswith('read(3, "\\342\\200\\246') or '"… r' in line for line in shown)
