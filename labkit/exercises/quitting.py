"""The exercise of lecture 04 on ending a child: its copy of the buffer, and what its parent wanted done at exit."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import ends_well
from labkit.exercises.requirement import Finding, Judge, Pointer, Requirement
from labkit.exercises.situation import Situation, told
from labkit.exercises.standard_output import writes_out
from labkit.model import Event, Recording

_STARTER = """\
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void farewell(void)
{
    printf("goodbye\\n");
}

int main(void)
{
    if (atexit(farewell) != 0)
        return 1;
    printf("hello\\n");
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (child == 0) {
        printf("child\\n");
        exit(0);
    }
    if (wait(NULL) < 0)
        return 1;
    printf("parent\\n");
    return 0;
}
"""
_ON_A_PIPE = Situation("", recorded=True, in_turn=True)
_HOW_OFTEN = {0: "never", 1: "once", 2: "twice"}


def _fork(recording: Recording) -> Event | None:
    return next((event for event in recording.calls("fork", "vfork", "clone", "clone3")), None)


def _last_exit(recording: Recording) -> Event | None:
    """The exit of the first process to end, whose buffer it was."""
    return next(iter(recording.calls("exit_group")), None)


def _the_childs(word: bytes) -> Pointer:
    """The call by which the child said `word`."""

    def at(recording: Recording) -> Event | None:
        first = recording.events[0].pid
        said = [event for event, data in writes_out(recording) if word in data]
        return next((event for event in said if event.pid != first), said[0] if said else None)

    return at


def _said(word: bytes, causes: tuple[tuple[str, str, Pointer], tuple[str, str, Pointer]]) -> Judge:
    """`word` comes out once: `causes` are what to say when it never does and when it does more than once."""

    def judge(observation: Observation) -> Finding | None:
        count = observation.seen.output(1).count(word)
        if count == 1:
            return None
        cause, says, at = causes[count > 1]
        often = _HOW_OFTEN.get(count, f"{count} times")
        return Finding(cause, told(observation.situation, f"`{word.decode()}` came out {often}: {says}"), at)

    return judge


_HELLO = _said(
    b"hello",
    (
        ("hello-lost", "it was in a buffer when its process ended.", _last_exit),
        ("buffer-copied", "at the fork it was still in the buffer, and each process got a copy.", _fork),
    ),
)
_CHILD = _said(
    b"child",
    (
        ("child-lost", "it was in the child's buffer, and _exit(2) leaves that as it is.", _last_exit),
        ("child-twice", "both processes say it.", _fork),
    ),
)
_PARENT = _said(
    b"parent",
    (
        ("parent-lost", "the parent does not come to it, or it stays in its buffer.", _last_exit),
        ("parent-twice", "the child goes on after its own line and says it, too.", _the_childs(b"parent")),
    ),
)
_GOODBYE = _said(
    b"goodbye",
    (
        ("goodbye-lost", "no process did what atexit(3) was asked for, or it stayed in the buffer.", _last_exit),
        (
            "goodbye-twice",
            "exit(3) in the child does what the parent had asked for with atexit(3), for fork copied that, too.",
            _the_childs(b"goodbye"),
        ),
    ),
)


def _hello_first(observation: Observation) -> Finding | None:
    """It is said before there are two processes."""
    if observation.seen.output(1).startswith(b"hello\n"):
        return None
    says = "`hello` is not the first line: it is said before there are two."
    return Finding("hello-late", told(observation.situation, says), _fork)


def _parent_says_goodbye(observation: Observation) -> Finding | None:
    """It is the parent's to say, when all is done."""
    if observation.seen.output(1).endswith(b"goodbye\n"):
        return None
    says = "`goodbye` is not the last line: it is the parent's to say, at its end."
    return Finding("goodbye-early", told(observation.situation, says), _the_childs(b"goodbye"))


GOODBYE_ONCE = Exercise(
    name="goodbye-once",
    lecture=4,
    topics=("flush",),
    kind="find and mend the fault",
    question=(
        "The parent says hello first and goodbye last, and in between each of the two has a line to say. On a pipe, "
        "hello and goodbye come out twice. Mend it: four lines, each once, hello first and goodbye last."
    ),
    done="Each line once: the child took no copy of a full buffer, and did not do what its parent wanted done at exit.",
    starter=_STARTER,
    requirements=(
        Requirement("ends with status 0", _ON_A_PIPE, ends_well),
        Requirement("says hello once, and first", _ON_A_PIPE, _HELLO),
        Requirement("says hello once, and first", _ON_A_PIPE, _hello_first),
        Requirement("the child says its line once", _ON_A_PIPE, _CHILD),
        Requirement("the parent says its line once", _ON_A_PIPE, _PARENT),
        Requirement("says goodbye once, and last", _ON_A_PIPE, _GOODBYE),
        Requirement("says goodbye once, and last", _ON_A_PIPE, _parent_says_goodbye),
    ),
)
