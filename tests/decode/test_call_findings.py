"""What a program got from its calls: only its own, in order, with errno by name; and at which step."""

import pytest

import labkit
from labkit.decode.call_findings import asked, moved, own_calls
from labkit.decode.replay import steps

pytestmark = pytest.mark.ptrace
LETTERS = {"letters": "abcdefghi"}


@pytest.fixture(scope="module")
def three():
    return labkit.record("dup_or_open", files=LETTERS, lines=True)


@pytest.fixture(scope="module")
def ops():
    return labkit.record("low_ops", seconds=60)


def test_results_are_the_programs_own_and_in_order(ops):
    assert labkit.results(ops, "read") == "8, 2, 0, 5"
    assert labkit.results(ops, "open") == "3, ENOENT"  # openat in the kernel; the dynamic linker's are not among them
    assert labkit.results(ops, "close") == "0, 0, EBADF"
    assert labkit.results(ops, "write") == "10, EBADF"
    assert labkit.results(ops, "dup") == "none"


def test_passed_are_the_bytes_that_moved(ops, three):
    assert labkit.passed(three, "read") == "abc, def, abc"
    assert labkit.passed(ops, "read") == "ten byte, s↵, nothing, bytes"
    assert labkit.passed(ops, "write") == "ten bytes↵, EBADF"
    assert labkit.passed(ops, "dup") == "none"


def test_a_short_write_moved_only_what_was_taken():
    short = labkit.record("count_ignored", stdin="0123456789" * 10, inject=[labkit.Fault("write", 1, length=30)])
    first = own_calls(short, "write")[0]
    assert (asked(first), first.result, moved(first)) == (64, 30, b"0123456789" * 3)


def test_a_call_that_never_returned():
    waits = labkit.record("ask_for_100", stdin="", stdin_from="terminal", seconds=0.3)
    assert labkit.results(waits, "read") == "?"


def test_calls_have_the_names_they_have_in_c(three):
    forks = labkit.record("share_offset", files=LETTERS, in_turn=True)
    assert [len(own_calls(forks, name)) for name in ("fork", "waitpid", "read")] == [1, 1, 3]
    assert len(own_calls(three)) == 6


def test_a_program_without_lines_has_the_calls_that_are_shown():
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    shell = labkit.record("cat letters", shell=True, files=LETTERS, env=env, in_turn=True)
    opened = [event.argument("path") for event in own_calls(shell, "open")]
    assert opened == ["letters"]
    assert labkit.picture(shell, at=labkit.moment(shell, "open"))


def test_a_moment_is_the_step_at_which_the_call_is_done(three):
    for nth, call in enumerate(own_calls(three, "read"), 1):
        step = labkit.moment(three, "read", nth)
        assert steps(three)[step - 1].event == call.index
        assert labkit.state(three, step - 1).moment >= (call.end or 0)
    assert labkit.moment(three, "read", -1) == labkit.moment(three, "read", 3)


def test_a_moment_by_the_name_of_a_line(three):
    event = three.events[steps(three)[labkit.moment(three, place="dup") - 1].event]
    line = three.sources["dup_or_open.c"].splitlines()[(event.place.line or 0) - 1]
    assert event.kind == "line" and line.endswith("// step: dup")


@pytest.mark.parametrize(
    ("asked_for", "says"),
    [
        ({"call": "read", "nth": 4}, "calls read 3 times; there is no number 4"),
        ({"call": "read", "nth": 0}, "there is no number 0"),
        ({"call": "fsync"}, "calls fsync 0 times"),
        ({"place": "nowhere"}, "comes to 'nowhere' 0 times"),
    ],
)
def test_a_moment_that_never_was(three, asked_for, says):
    with pytest.raises(labkit.LabkitError, match=says):
        labkit.moment(three, **asked_for)
