"""Several programs recorded together: when each begins, what it is told, and how the rest is ended."""

from itertools import pairwise
from pathlib import Path

import pytest

from labkit.capture.together import record_together
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.decode.story import story
from labkit.errors import LabkitError
from tests.capture.agreement import Agreement
from tests.marked import NAME, left_after

PROGRAMS = Path(__file__).parent / "programs"
SERVER = f"{PROGRAMS / 'echo_server.c'} 0"
CLIENT = f"{PROGRAMS / 'echo_client.c'} {{port}}"


@pytest.fixture
def marked(tmp_path):
    """An environment by which what is left of a recording is found; in the end nothing is."""
    mark = f"together-{tmp_path.name}-{id(tmp_path)}"
    yield {NAME: mark, "PATH": "/usr/bin:/bin"}
    assert left_after(mark, 5.0) == []


def test_a_server_and_a_client(marked):
    recording = record_together(SERVER, f"{CLIENT} hello", env=marked)
    server, client = recording.programs
    assert (server.name, server.status, server.signal) == ("echo_server", None, "SIGTERM")
    assert (client.name, client.status, client.signal) == ("echo_client", 0, None)
    assert recording.ended_by == ""
    assert recording.output(program=1) == b"hello\n" == recording.output()
    assert recording.output(program=0) == b""
    assert set(recording.sources) == {"echo_server.c", "echo_client.c"}
    connected = next(event for event in recording.calls("connect") if event.pid == client.pid)
    address = connected.argument("addr")
    assert client.argv == ("echo_client", str(address["port"]), "hello")
    assert connected.result == 0


def test_each_begins_when_all_before_it_wait_or_have_ended(marked):
    recording = record_together(SERVER, *[f"{CLIENT} {word}" for word in "abc"], env=marked)
    server, *clients = recording.programs
    begins = {event.pid: event.begin for event in recording.events if event.kind == "begin"}
    ends = {event.pid: event.begin for event in recording.events if event.kind == "exit"}
    for before, after in pairwise(clients):
        assert ends[before.pid] < begins[after.pid]
    state = replay(recording).at(begins[clients[0].pid])
    assert recording.events[state.threads[server.pid].inside].call == "accept"
    assert recording.output() == b"a\nb\nc\n"


def test_in_turn_everything_is_the_same_in_every_run(marked):
    def told():
        recording = record_together(SERVER, *[f"{CLIENT} {word}" for word in "ab"], in_turn=True, env=marked)
        called = names(recording)
        return [*story(recording), *(called.call(event) for event in recording.calls())]

    first = told()
    assert all(told() == first for _ in range(4))


@pytest.mark.parametrize("without", [(), ("pidfd_getfd",)])
def test_descriptors_are_as_the_kernel_has_them(marked, without):
    agreement = Agreement()
    record_together(SERVER, f"{CLIENT} one two", f"{CLIENT} three", env=marked, watch=agreement, without=without)
    assert agreement.differences == []
    assert agreement.rows > 100


def test_a_port_that_nobody_listens_on_is_an_error_that_names_the_program(marked):
    with pytest.raises(LabkitError, match=r"echo_client is to be told a \{port\}"):
        record_together(("/bin/sleep", ["100"]), f"{CLIENT} hello", env=marked)
    with pytest.raises(LabkitError, match="none of the programs before it listens"):
        record_together(("/bin/true", []), f"{CLIENT} hello", env=marked)


def test_segments_between_the_programs_are_captured(marked):
    recording = record_together(SERVER, f"{CLIENT} hello", env=marked, wire=True)
    if recording.wire == "captured":  # what tests of the wire say loudly where it is not
        assert recording.segments[0].flags == ("SYN",)
        assert [segment.data for segment in recording.segments if segment.length] == [b"hello", b"hello"]
        assert recording.programs[1].argv[1] == recording.segments[0].target.rpartition(":")[2]
