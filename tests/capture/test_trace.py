"""A traced program behaves as it does alone, and the raw log tells its story in order."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from tracing import alone, compiled, printed, traced

from labkit.errors import LabkitError
from labkit.model import Limits

pytestmark = pytest.mark.ptrace
EXECVE, WRITE, EXIT_GROUP = 59, 1, 231


def test_echo_from_start_to_end():
    result, log = traced(["/bin/echo", "hello"])
    assert printed(result) == b"hello\n"
    assert (result.status, result.ended_by) == (0, "")
    assert [raw.kind for raw in log[:4]] == ["start", "entry", "exec", "exit"]
    assert [raw.seq for raw in log] == list(range(len(log)))
    assert all(a.time <= b.time for a, b in zip(log, log[1:], strict=False))
    execve = log[1]
    assert execve.nr == EXECVE
    assert [(piece.part, piece.data) for piece in execve.memory if piece.arg < 2] == [
        ("str", b"/bin/echo"),
        ("strv", b"/bin/echo"),
        ("strv", b"hello"),
    ]
    assert Path(log[2].extra["exe"]).samefile("/bin/echo")
    write = next(raw for raw in log if raw.kind == "entry" and raw.nr == WRITE)
    assert [(piece.part, piece.data, piece.total) for piece in write.memory] == [("buf", b"hello\n", 6)]
    after = log[write.seq + 1]
    assert (after.kind, after.nr, after.args, after.rval) == ("exit", WRITE, write.args, 6)
    assert [(fd.fd, fd.queue) for fd in after.fds] == [(1, 6)]
    assert [raw.kind for raw in log[-2:]] == ["death", "end"]


def test_the_program_begins_with_three_descriptors():
    _, log = traced(["/bin/true"], stdout="terminal", stderr="pipe")
    start = log[0].table
    assert [(fd.fd, fd.link.partition(":")[0], fd.cloexec) for fd in start] == [
        (0, "/dev/null", False),
        (1, start[1].link, False),
        (2, "pipe", False),
    ]
    assert start[1].link.startswith("/dev/pts/")
    assert [fd.shares for fd in start] == [0, 1, 2]


@pytest.mark.parametrize(
    ("wiring", "shares"),
    [
        ({"stdout": "terminal", "stderr": "terminal"}, [0, 1, 1]),
        ({"stdout": "terminal", "stderr": "terminal", "stdin_from": "terminal"}, [0, 0, 0]),
        ({"stdout": "file", "stderr": "stdout"}, [0, 1, 1]),
    ],
)
def test_descriptors_that_share_an_open_file_at_the_start(wiring, shares):
    _, log = traced(["/bin/true"], **wiring)
    assert [fd.shares for fd in log[0].table] == shares


@pytest.mark.parametrize("without", [(), ("kcmp", "pidfd_getfd")], ids=["all", "refused"])
@pytest.mark.parametrize("stdout", ["pipe", "file", "terminal"])
def test_torture_is_the_same_as_alone(tmp_path, stdout, without):
    program = compiled("torture", "-pthread")
    want, status = alone([program], tmp_path)
    result, log = traced([program], stdout=stdout, cwd=tmp_path, without=without)
    assert printed(result).decode() == want.decode()
    assert status == -signal.SIGTERM
    assert os.WTERMSIG(result.status) == signal.SIGTERM
    kinds = Counter(raw.kind for raw in log)
    # All that were born died, and the first process, too; a thread that execs becomes its leader: one is gone.
    taken_over = sum(raw.kind == "exec" and raw.extra["old_tid"] != raw.tid for raw in log)
    assert kinds["death"] + taken_over == kinds["fork"] + 1
    assert [raw.extra["number"] for raw in log if raw.kind == "stop"] == [signal.SIGSTOP, 0]
    calls = [(raw.kind, raw.nr) for raw in log if raw.kind in ("entry", "exit")]
    assert calls.count(("entry", WRITE)) > 20


def test_a_thread_that_execs_takes_the_leaders_id(tmp_path):
    _, log = traced([compiled("torture", "-pthread")], cwd=tmp_path)
    taken = [raw for raw in log if raw.kind == "exec" and raw.extra["old_tid"] != raw.tid]
    assert len(taken) == 1
    assert taken[0].tid == taken[0].pid
    after = [raw for raw in log[taken[0].seq :] if raw.pid == taken[0].pid]
    assert {raw.tid for raw in after} == {taken[0].pid}
    assert after[1].kind == "exit" and after[1].nr == EXECVE and after[1].rval == 0


def test_children_of_a_process_killed_inside_fork_go_on():
    """Their birth is never reported, and they would wait for the tracer until the limit."""
    limits = Limits(seconds=60, processes=1000)
    result, log = traced([compiled("killed_in_fork")], plan="57\n56\n61", limits=limits)
    assert (result.status, result.ended_by) == (0, "")
    kinds = Counter(raw.kind for raw in log)
    assert kinds["death"] == kinds["fork"] + 1 > 200


def test_a_death_by_signal_is_told_with_the_signal():
    result, log = traced(["/bin/sh", "-c", "kill -SEGV $$"])
    sent = [raw for raw in log if raw.kind == "signal"]
    assert [(raw.extra["number"], raw.extra["sender"]) for raw in sent] == [(signal.SIGSEGV, log[0].pid)]
    assert os.WTERMSIG(result.status) == signal.SIGSEGV
    assert log[-2].extra["status"] == result.status


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("pipe", b"one\ntwo\n"), ("file", b"one\ntwo\n"), ("terminal", b"one\ntwo\none\ntwo\n")],
)
def test_standard_input(kind, expected):
    typed = b"one\ntwo\n" + (b"\x04" if kind == "terminal" else b"")  # ^D: end of file at a terminal
    result, _ = traced(["/bin/cat"], stdin=typed, stdin_from=kind, stdout="terminal" if kind == "terminal" else "pipe")
    assert b"".join(sorted(printed(result).splitlines(True))) == b"".join(sorted(expected.splitlines(True)))


def test_more_input_than_a_pipe_holds():
    text = bytes(range(256)) * 4096
    result, _ = traced(["/bin/cat"], stdin=text, limits=Limits(seconds=20, output=4 << 20))
    assert printed(result) == text


def test_each_write_is_a_chunk_of_output():
    result, _ = traced(["/bin/sh", "-c", "echo one; echo two >&2; echo three"], stderr="pipe")
    assert [(chunk.fd, chunk.data) for chunk in result.output] == [(1, b"one\n"), (2, b"two\n"), (1, b"three\n")]


def test_a_terminal_is_the_programs_controlling_terminal():
    result, _ = traced(["/bin/sh", "-c", "test -t 1 && echo to-tty > /dev/tty; tty <&1"], stdout="terminal")
    lines = printed(result).decode().splitlines()
    assert lines[0] == "to-tty" and lines[1].startswith("/dev/pts/")


def test_a_thread_asleep_in_a_call_is_noticed_once():
    _, log = traced(["/bin/sh", "-c", "sleep 0.05 | cat"])
    calls = {}
    for raw in log:
        if raw.kind == "entry":
            calls[raw.tid] = raw.nr
        elif raw.kind == "blocked":
            assert raw.extra["nr"] == calls[raw.tid]
            assert raw.extra["state"] in "SD"
    blocked = [(raw.tid, raw.extra["nr"]) for raw in log if raw.kind == "blocked"]
    assert {0, 61} <= {nr for _, nr in blocked}  # cat in read, sh in wait4
    assert len(blocked) == len(set(blocked))


@pytest.mark.parametrize(
    ("name", "limits", "options"),
    [
        ("loop", {"seconds": 0.5}, {}),
        ("loop", {"seconds": 0.5}, {"stdout": "terminal"}),
        ("ears", {"seconds": 0.5}, {"stdin_from": "terminal", "stdout": "terminal"}),
        ("ears", {"seconds": 0.5}, {"stdin": b"hello\n"}),
        ("storm", {"processes": 30}, {}),
        ("flood", {"output": 100_000}, {}),
        ("flood", {"output": 100_000}, {"stdout": "terminal"}),
        ("flood", {"output": 100_000}, {"stdout": "file"}),
        ("glutton", {"memory": 64 << 20}, {}),
        ("filler", {"file_size": 1 << 20}, {}),
        ("deserter", {"seconds": 0.5}, {}),
    ],
)
def test_a_limit_ends_it_and_is_named(name, limits, options, tmp_path):
    program = compiled(f"../hostile/{name}")
    result, log = traced([program], limits=Limits(**{"seconds": 20, **limits}), cwd=tmp_path, **options)
    assert result.ended_by == next(iter(limits))
    assert log[-1].extra["ended_by"] == result.ended_by


def test_the_limit_of_events_and_of_the_log():
    from labkit.capture.trace import TraceLimits

    program = compiled("../hostile/flood")
    result, log = traced([program], trace_limits=TraceLimits(events=100), stdout="file")
    assert result.ended_by == "events"
    assert sum(raw.kind == "entry" for raw in log) == 101
    result, log = traced([program], trace_limits=TraceLimits(log=1 << 20), stdout="file")
    assert result.ended_by == "log"
    assert len(result.log) < 4 << 20


def test_every_call_can_be_traced():
    _, log = traced(["/bin/true"], plan="*")
    numbers = {raw.nr for raw in log if raw.kind == "entry"}
    assert {12, 10, 218, 11} <= numbers  # brk, mprotect, set_tid_address, munmap: no I/O, and in no plan of ours


def test_calls_outside_the_plan_are_not_seen():
    _, log = traced(["/bin/echo", "x"], plan="1")
    assert {raw.nr for raw in log if raw.kind == "entry"} <= {EXECVE, WRITE}


def test_wrong_arguments_are_explained():
    with pytest.raises(LabkitError, match="choose from terminal, pipe, file"):
        traced(["/bin/true"], stdout="printer")
    with pytest.raises(LabkitError, match="argv is empty"):
        traced([])
    with pytest.raises(LabkitError, match="folder to run /bin/true in does not exist"):
        traced(["/bin/true"], cwd="/no/such/folder")
