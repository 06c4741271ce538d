"""What a step concerns: by its arguments, what these lead to, and what it changes."""

from dataclasses import replace

import pytest

from labkit.decode.replay import steps
from labkit.decode.subjects import Subject, subjects
from labkit.model import Argument, Change, Descriptor, Event, Inode, OpenFile, Wait
from tests.decode.happenings import interleaved, recording, writes


def concerned(made, step):
    found = subjects(made)
    return {(found.keys[index].kind, *found.keys[index].key) for index in found.of[step]}


def one(name, *args, result=0, changes=()):
    return recording((Event(0, "call", 100, 100, 0, 1, 0.0, 0.0, call=name, args=args, result=result,
                            changes=changes),))  # fmt: skip


PROCESS, FD3 = ("process", 100), {("descriptor", 100, 3), ("open file", 2), ("inode", 2)}


def test_a_write_concerns_its_descriptor_what_it_leads_to_and_its_stream():
    made = writes(2)
    expected = {PROCESS, ("descriptor", 100, 1), ("open file", 1), ("inode", 1), ("stream", 100, 64)}
    assert concerned(made, 0) == concerned(made, 1) == expected
    assert subjects(made).steps(Subject("stream", (100, 64))) == (0, 1)
    assert subjects(made).steps(Subject("stream", (100, 65))) == ()


def test_of_a_call_in_two_steps_both_and_of_a_fork_parent_and_child():
    made = interleaved()
    assert concerned(made, 0) == concerned(made, 3) == {PROCESS, *FD3}
    assert concerned(made, 1) == {PROCESS, ("process", 200), ("descriptor", 200, 1), ("open file", 1), ("inode", 1)}
    assert ("descriptor", 200, 1) in concerned(made, 5) and ("inode", 1) in concerned(made, 5)


@pytest.mark.parametrize(
    "argument",
    [
        Argument("fd", "fd", 3, "3"),
        Argument("fds", "struct", ({"fd": 3, "events": "POLLIN"}, {"fd": -1, "events": "POLLIN"}), ""),
        Argument("readfds", "struct", {"asked": (3,), "ready": ()}, ""),
        Argument("msg", "message", {"iov": (b"x",), "rights": (3,)}, ""),
        Argument("msgvec", "messages", ({"rights": (3,)}, {"iov": ()}), ""),
    ],
)
def test_descriptors_in_all_kinds_of_arguments(argument):
    assert concerned(one("some", argument), 0) == {PROCESS, *FD3}


def test_none_in_arguments_without_one():
    folder, none = Argument("dirfd", "fd", -100, "AT_FDCWD"), Argument("fd", "fd", -1, "-1")
    number, pointer = Argument("count", "int", 3, "3"), Argument("fds", "struct", None, "NULL")
    assert concerned(one("some", folder, none, number, pointer), 0) == {PROCESS}


def test_a_closed_descriptor_still_is_what_it_led_to_and_a_new_one_what_it_leads_to():
    gone = (Change("tables", (1, 3), None), Change("open_files", (2,), None), Change("inodes", (2,), None))
    assert concerned(one("close", Argument("fd", "fd", 3, "3"), changes=gone), 0) == {PROCESS, *FD3}
    new = (Change("tables", (1, 4), Descriptor(5)), Change("open_files", (5,), OpenFile(5, 6, "O_RDONLY")),
           Change("inodes", (6,), Inode(6, "file", "/a")))  # fmt: skip
    expected = {PROCESS, ("descriptor", 100, 4), ("open file", 5), ("inode", 6)}
    assert concerned(one("openat", result=4, changes=new), 0) == expected


def test_what_only_the_return_tells_is_not_known_on_entering():
    pair = Argument("pipefd", "fds", (3, 7), "[3, 7]", out=True)
    made = recording((Event(0, "call", 100, 100, 0, None, 0.0, None, call="pipe2", args=(pair,)),))
    assert [step.part for step in steps(made)] == ["enters"]
    assert concerned(made, 0) == {PROCESS}


def test_asleep_it_concerns_what_it_waits_for():
    made = recording((Event(0, "call", 100, 100, 0, None, 0.0, None, call="openat", wait=Wait("a reader", 2)),))
    assert concerned(made, 0) == {PROCESS, ("inode", 2)}


@pytest.mark.parametrize(
    "event",
    [
        {"name": "kill", "args": (Argument("pid", "int", 200, ""),)},
        {"name": "tgkill", "args": (Argument("tgid", "int", 200, ""),)},
        {"name": "wait4", "args": (Argument("pid", "int", -1, ""),), "result": 200},
        {"name": "clone", "args": (), "result": 200},
        {"name": "waitid", "args": (Argument("idtype", "flags", 0, ""), Argument("id", "int", 0, ""),
                                    Argument("infop", "struct", {"pid": 200}, ""))},
        {"name": "", "args": (), "kind": "signal", "detail": "SIGTERM (SI_USER) from 200"},
    ],
)  # fmt: skip
def test_who_else_a_call_or_signal_is_about(event):
    name, args, kind = event["name"], event["args"], event.get("kind", "call")
    other = Event(0, "begin", 200, 200, 0, 0, 0.0, 0.0, detail="new process of 100")
    made = Event(1, kind, 100, 100, 1, 2 if kind == "call" else 1, 0.0, 0.0, call=name, args=args,
                 result=event.get("result", 0), detail=event.get("detail", ""))  # fmt: skip
    assert concerned(recording((other, made)), 1) == {PROCESS, ("process", 200)}
    assert concerned(recording((replace(made, index=0),)), 0) == {
        PROCESS
    }  # a process outside the recording is no subject


def test_keys_are_in_the_order_of_their_first_step_and_all_are_used():
    found = subjects(interleaved())
    firsts = [min(step for step, of in enumerate(found.of) if index in of) for index in range(len(found.keys))]
    assert firsts == sorted(firsts)
    assert all(list(of) == sorted(set(of)) for of in found.of)
