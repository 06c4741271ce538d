"""Two recordings together: every step of each once, in order; what is the same is paired, and says how it differs."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.decode.alignment import Pair, align
from labkit.decode.background import visible
from labkit.decode.replay import steps
from labkit.model import Argument, Event, Place
from tests.decode.happenings import interleaved, recording, writes


def write(index, data=b"x", line=7, fd=1, pid=100, result=None, errno=""):
    args = (Argument("fd", "fd", fd, str(fd)), Argument("buf", "bytes", data, ""))
    return Event(index, "call", pid, pid, 2 * index, 2 * index + 1, 0.0, 0.0, Place("a.c", line, "main", ("write",)),
                 "write", args, len(data) if result is None else result, errno)  # fmt: skip


def of(*made, source="", **more):
    events = [replace(event, index=at, begin=2 * at, end=2 * at + 1) for at, event in enumerate(made)]
    return recording(events, sources={"a.c": source} if source else {}, **more)


def shown(first, second):
    return [(pair.first, pair.second, pair.differs) for pair in align(first, second)]


def test_a_recording_is_the_same_as_itself():
    for made in (writes(20), interleaved()):
        assert shown(made, made) == [(at, at, False) for at in range(len(steps(made)))]


def test_where_they_part_and_meet_again():
    first = of(write(0, line=1), write(1, line=2), write(2, line=4))
    second = of(write(0, line=1), write(1, line=3, fd=2), write(2, line=3, fd=2), write(3, line=4))
    assert shown(first, second) == [
        (0, 0, False), (1, None, True), (None, 1, True), (None, 2, True), (2, 3, False)
    ]  # fmt: skip


def test_the_same_step_that_went_otherwise():
    same = write(0)
    for other in (write(0, b"y"), write(0, result=0), write(0, result=-1, errno="EPIPE")):
        assert shown(of(same), of(other)) == [(0, 0, True)]


def test_where_sources_differ_lines_are_the_same_by_their_text():
    first = of(write(0, line=1), write(1, line=2), source="one();\n\ttwo();\n")
    second = of(write(0, line=2), write(1, line=4), source="// new\none();\n\ntwo();\n")
    assert shown(first, second) == [(0, 0, False), (1, 1, False)]


def test_a_changed_line_is_paired_when_nothing_else_is_like_it():
    first = of(write(0, b"a", line=1), write(1, line=2), source='puts("a");\ntwo();\n')
    second = of(write(0, b"b", line=1), write(1, line=2), source='puts("b");\ntwo();\n')
    assert shown(first, second) == [(0, 0, True), (1, 1, False)]


def test_processes_are_the_same_by_descent_not_by_number():
    def forked(child, exits):
        born = Event(0, "begin", child, child, 0, 0, 0.0, 0.0, detail="new process of 100")
        gone = Event(2, "exit", child, child, 4, 4, 0.0, 0.0, detail=exits)
        wait = Event(3, "call", 100, 100, 5, 6, 0.0, 0.0, call="wait4", result=child)
        sent = Event(4, "signal", 100, 100, 7, 7, 0.0, 0.0, detail=f"SIGCHLD (CLD_EXITED) from {child}")
        return recording((born, replace(write(1), pid=child, tid=child), gone, wait, sent))

    first = forked(200, "exited with 0")
    assert shown(first, forked(300, "exited with 0")) == [(at, at, False) for at in range(5)]
    assert shown(first, forked(300, "exited with 1"))[2] == (2, 2, True)


def test_a_call_in_one_step_is_the_return_of_one_in_two():
    two = interleaved()
    read = replace(two.events[0], begin=0, end=1, wait=None)
    one = recording((read, replace(two.events[4], index=1, begin=2, end=2)))
    assert (3, 0, False) in shown(two, one)
    assert (0, None, True) in shown(two, one)


def test_the_folder_it_ran_in_makes_no_difference():
    def opens(folder):
        path = Argument("path", "path", f"{folder}/a", "")
        return of(Event(0, "call", 100, 100, 0, 1, 0.0, 0.0, call="open", args=(path,), result=3), folder=folder)

    assert shown(opens("/tmp/1"), opens("/tmp/2")) == [(0, 0, False)]


STEPS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([b"x", b"y"])), max_size=15)


@settings(max_examples=60)
@given(STEPS, STEPS)
def test_every_step_once_and_in_order(one, other):
    first = of(*(write(0, data, line) for line, data in one))
    second = of(*(write(0, data, line) for line, data in other))
    pairs = align(first, second)
    assert tuple(pair.first for pair in pairs if pair.first is not None) == visible(first)
    assert tuple(pair.second for pair in pairs if pair.second is not None) == visible(second)
    assert all(pair.differs for pair in pairs if None in (pair.first, pair.second))


def test_long_recordings_that_have_nothing_in_common():
    first, second = writes(3000), of(*(write(at, line=at % 5) for at in range(3000)))
    assert len(align(first, second)) == 6000


@pytest.mark.ptrace
def test_a_terminal_and_a_pipe_part_at_printf_and_meet_at_the_end():
    from labkit.capture.build import build
    from labkit.capture.record import record

    body = 'printf("one\\n");\nfputs("now\\n", stderr);\nreturn 0;'
    program = build(f"#include <stdio.h>\nint main(void) {{\n{body}\n}}\n", name="meets")
    piped, typed = record(program, stdout="pipe"), record(program, stdout="terminal")

    def what(made, number):
        event = None if number is None else made.events[steps(made)[number].event]
        return (
            None if event is None else (event.call or event.kind, event.argument("fd") if event.call == "write" else 0)
        )

    found = [(what(piped, pair.first), what(typed, pair.second), pair.differs) for pair in align(piped, typed)]
    assert found == [
        (("execve", 0), ("execve", 0), False),
        (None, ("write", 1), True),
        (("write", 2), ("write", 2), False),
        (("write", 1), None, True),
        (("exit_group", 0), ("exit_group", 0), False),
        (("exit", 0), ("exit", 0), False),
    ]
    assert Pair(0, 0, False) in align(typed, typed)
