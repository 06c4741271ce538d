"""Programs recorded together that do not end as they should, and what becomes of the others."""

import signal
import subprocess
import sys
import time

import pytest

from labkit.capture.together import record_together
from labkit.decode.names import names
from labkit.decode.strace import ended
from labkit.errors import LabkitError
from labkit.model import Fault
from tests.capture.talking import CLIENT, SERVER, endings, odd
from tests.marked import NAME, processes_with


@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize(
    ("way", "server", "client", "said"),
    [
        ("ignores", "SIGKILL", 0, b""),
        ("handles", 7, 0, b"bye\n"),
        ("ends", 3, 0, b""),
        ("crashes", "SIGABRT", 1, b""),
        ("slow", "SIGTERM", 0, b""),
        ("threads", "SIGTERM", 0, b""),
        ("forks", "SIGTERM", 0, b""),
    ],
)
def test_servers_end_as_they_will(marked, way, server, client, said, in_turn):
    recording = record_together(odd("server", way), f"{CLIENT} hi", env=marked, in_turn=in_turn)
    assert endings(recording) == [server, client]
    assert recording.ended_by == ""
    assert recording.output(program=0) == said
    assert recording.output(program=1) == (b"hi\n" if client == 0 else b"")
    told = [event for event in recording.events if event.kind == "signal" and event.detail.startswith("SIGTERM")]
    assert len(told) == (0 if way in ("ends", "crashes") else 2 if way == "forks" else 1)
    assert all(int(event.detail.rpartition(" ")[2]) not in names(recording).processes for event in told)
    assert [event.pid for event in told] == sorted(event.pid for event in told)


def test_a_server_that_asks_again_and_again_does_not_keep_the_client_waiting_for_ever(marked):
    recording = record_together(odd("server", "spins"), f"{CLIENT} hi", env=marked, seconds=60, events=1_000_000)
    assert endings(recording) == ["SIGTERM", 0]


@pytest.mark.parametrize("in_turn", [False, True])
def test_a_client_that_hangs_is_ended_with_the_rest_unless_it_is_the_last(marked, in_turn):
    recording = record_together(
        odd("server", "threads"), odd("client", "hangs"), f"{CLIENT} hi", env=marked, in_turn=in_turn
    )
    assert endings(recording) == ["SIGTERM", 0, 0]  # whose connection then ended
    recording = record_together(
        odd("server", "forks"), odd("client", "hangs"), env=marked, in_turn=in_turn, seconds=1.5
    )
    assert (endings(recording), recording.ended_by) == ([None, None], "seconds")
    assert "were ended by labkit: their limit of seconds was reached" in ended(recording)


def test_one_that_sleeps_is_waited_for_though_it_is_not_the_last(marked):
    recording = record_together(odd("server", "threads"), odd("client", "sleeps"), f"{CLIENT} hi", env=marked)
    assert endings(recording) == ["SIGTERM", 0, 0]
    assert recording.output(program=1) == b"done\n"


@pytest.mark.parametrize("way", ["forks", "daemon"])
def test_what_a_client_leaves_behind_is_ended_too(marked, way):
    recording = record_together(odd("server", "threads"), odd("client", way), env=marked)
    left = {event.pid for event in recording.events if event.kind == "begin"} - set(recording.first_processes)
    how = {event.pid: event.detail for event in recording.events if event.kind == "exit" and event.pid in left}
    assert set(how.values()) == {"killed by SIGTERM"}
    assert len(how) == {"forks": 30, "daemon": 1}[way]
    assert recording.ended_by == ""


def test_limits_are_for_all_together(marked):
    recording = record_together(odd("server", "threads"), odd("client", "forks"), env=marked, processes=8)
    assert recording.ended_by == "processes"


def test_a_fault_counts_the_calls_of_all(marked):
    fault = Fault("write", 2, errno="EPIPE")
    recording = record_together(SERVER, f"{CLIENT} hello", env=marked, inject=[fault])
    (failed,) = [event for event in recording.calls("write") if event.errno]
    assert failed.pid == recording.programs[0].pid
    assert endings(recording) == [1, 1]


def test_a_program_that_cannot_be_executed_is_named_and_nothing_is_left(marked, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(LabkitError, match=f"{script} cannot be executed: No such file"):
        record_together(SERVER, script, env=marked)
    with pytest.raises(LabkitError, match="There is no program 'no_such_program'"):
        record_together(SERVER, "no_such_program {port}", env=marked)


def test_an_interrupt_leaves_nothing(marked):
    code = (
        f"from labkit import record_together\n"
        f"record_together({odd('server', 'forks')!r}, {odd('client', 'hangs')!r}, seconds=60, env={marked!r})"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, start_new_session=True) as process:
        until = time.monotonic() + 30
        while len(processes_with(marked[NAME])) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.communicate(timeout=30)[1]


def test_a_limit_reached_before_all_have_begun(marked):
    recording = record_together("hello", "pause", env=marked, seconds=1e-6)
    assert (recording.ended_by, recording.signal) == ("seconds", None)
    assert recording.status in (None, 0)  # on a busy machine it may have been done when the limit was looked at
    assert [program.name for program in recording.programs] == ["hello"] == [recording.title]
