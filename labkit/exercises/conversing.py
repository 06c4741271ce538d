"""The exercise of lecture 06 on two pipes: the lines that give a text to a command and read its answer."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.pieces import Pieces
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stuck import read_end_open, waits_before_it_reads, write_end_open
from labkit.exercises.touched import number, own_calls
from labkit.model import Event, Recording

_PIECES = Pieces(
    before="""\
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int become(const char *command)
{
    execl("/bin/sh", "sh", "-c", command, NULL);
    return fail("sh");
}

static int hand_over(const char *text, int to)
{
    ssize_t put;
    for (size_t left = strlen(text); left > 0; text += put, left -= put)
        if ((put = write(to, text, left)) < 0)
            return fail("write");
    return 0;
}

static int print_all(int from)
{
    char buffer[4096];
    ssize_t got;
    while ((got = read(from, buffer, sizeof buffer)) > 0)
        if (write(STDOUT_FILENO, buffer, got) != got)
            return fail("write");
    return got < 0 ? fail("read") : 0;
}

int main(int argc, char **argv)
{
    int to[2] = { -1, -1 }, from[2] = { -1, -1 };
    if (argc != 3)
        return 2;
""",
    lines=(
        'if (close(from[1]) < 0) return fail("close from[1]");',
        "if (hand_over(argv[2], to[1]) != 0) return 1;",
        '    if (dup2(to[1], STDIN_FILENO) < 0 || dup2(from[0], STDOUT_FILENO) < 0) return fail("dup2");',
        "if (child == 0) {",
        'if (close(to[1]) < 0) return fail("close to[1]");',
        'if (pipe(to) < 0 || pipe(from) < 0) return fail("pipe");',
        "    return become(argv[1]); }",
        'if (waitpid(child, NULL, 0) < 0) return fail("waitpid");',
        "    if (close(to[0]) < 0 || close(to[1]) < 0 || close(from[0]) < 0 || close(from[1]) < 0) return 1;",
        'if (close(to[0]) < 0) return fail("close to[0]");',
        "if (print_all(from[0]) != 0) return 1;",
        'pid_t child = fork(); if (child < 0) return fail("fork");',
        '    if (dup2(to[0], STDIN_FILENO) < 0 || dup2(from[1], STDOUT_FILENO) < 0) return fail("dup2");',
    ),
    after="""\
    return 0;
}
""",
)
# A parent that is alone with its pipe is ended by SIGPIPE; the judges tell why it was.
_SORT = Situation(
    "With `sort` and three words", ("sort", "pear\napple\nfig\n"), recorded=True, seconds=1.0, signal="SIGPIPE"
)
# More than a pipe holds comes back: whoever waits for the command's end before it reads waits for ever.
_MUCH = Situation(
    "With a command that answers more than a pipe holds",
    ("cat >/dev/null; head -c 200000 /dev/zero", "go\n"),
    recorded=True,
    seconds=1.0,
)
# More than a pipe holds goes to a command that has gone: the kernel says so only if nobody else could read it.
_GONE = Situation(
    "With a command that ends and reads nothing", ("true", "x" * 100_000), recorded=True, seconds=1.0, signal="SIGPIPE"
)


def _command(observation: Observation) -> Event | None:
    """The moment at which the shell is started that runs the command."""
    for event in own_calls(observation.recording, "execve"):
        words = event.argument("argv")
        if event.result == 0 and isinstance(words, tuple) and words[-1] == observation.situation.args[0]:
            return event
    return None


def _bad_descriptor(observation: Observation) -> Finding | None:
    recording = observation.recording
    for event in own_calls(recording, "fork", "vfork", "clone", "clone3", "pipe", "pipe2"):
        if event.call in ("pipe", "pipe2"):
            break
        says = "here the child is made and there is no pipe yet: it will never have a part in one that is made later."
        return Finding("no-pipe-yet", told(observation.situation, says), exactly(event))
    for event in own_calls(recording, "dup2", "dup3", "close", "read", "write"):
        if event.errno == "EBADF":
            fd = number(event, "oldfd") if event.call in ("dup2", "dup3") else number(event, "fd")
            if fd < 0:
                says = f"{event.call} is given {fd}: there is no pipe yet."
                return Finding("no-pipe-yet", told(observation.situation, says), exactly(event))
            says = f"{event.call} failed with EBADF: descriptor {fd} is not open here any more, it was closed before."
            return Finding("closed-too-early", told(observation.situation, says), exactly(event))
    return None


def _starts(observation: Observation) -> Finding | None:
    """The command is started, by a process of its own."""
    started = _command(observation)
    if started is None:
        says = f"the command, `{observation.situation.args[0]}`, is never started."
        return Finding("not-started", told(observation.situation, says))
    if started.pid == observation.recording.events[0].pid:
        says = "the program itself becomes the command, and nobody is left to talk to it."
        return Finding("not-started", told(observation.situation, says), exactly(started))
    return None


def _ends(recording: Recording) -> tuple[tuple[int, int], ...]:
    """The two pipes, (read end, write end) each, in the order in which they were made."""
    made = [event.argument("pipefd") for event in own_calls(recording, "pipe", "pipe2") if event.result == 0]
    pairs = [[end for end in pair if isinstance(end, int)] for pair in made if isinstance(pair, tuple)]
    return tuple((pair[0], pair[1]) for pair in pairs)


def _led(observation: Observation) -> Finding | None:
    """Before the command starts, its 0 and 1 lead to the ends that it looks for there."""
    recording, started, pipes = observation.recording, _command(observation), _ends(observation.recording)
    if started is None or len(pipes) < 2:
        return None
    copies = {
        event.result: event
        for event in own_calls(recording, "dup2", "dup3")
        if event.pid == started.pid and event.index < started.index
    }
    for fd, does, end in ((0, "reads", 0), (1, "writes", 1)):
        if fd not in copies:
            says = f"when the command starts, its descriptor {fd} leads where it always did: no dup2 put a pipe there."
            return Finding("not-led", told(observation.situation, says), exactly(started))
        if number(copies[fd], "oldfd") not in [pair[end] for pair in pipes]:
            says = (
                f"the command {does} on descriptor {fd}, and that became the wrong end of a pipe: of each pair, [0] is "
                "the end to read from, [1] the end to write to."
            )
            return Finding("wrong-end", told(observation.situation, says), exactly(copies[fd]))
    return None


def _handed(observation: Observation) -> Finding | None:
    """The text is written to the pipe that leads to the command."""
    first = observation.recording.events[0].pid
    writes = [event for event in own_calls(observation.recording, "write") if event.pid == first]
    if not any(number(event, "fd") > 2 for event in writes):
        says = "the text is never handed over to the command."
        return Finding("not-handed", told(observation.situation, says))
    return None


def _waited(observation: Observation) -> Finding | None:
    """The program ends after the command."""
    started = _command(observation)
    waited = {event.result for event in own_calls(observation.recording, "wait4", "waitid")}
    if started is not None and started.pid not in waited:
        says = "nobody waits for the command: the program ends, and the command may still be running."
        return Finding("not-waited", told(observation.situation, says))
    return None


def _no_more_than_it_knows(observation: Observation) -> Finding | None:
    """Of the two pipes, the command gets the ends on 0 and 1, and no other."""
    recording, started = observation.recording, _command(observation)
    if started is None:
        return None
    closed = {
        number(event, "fd")
        for event in own_calls(recording, "close")
        if event.pid == started.pid and event.index < started.index
    }
    left = [end for pair in _ends(recording) for end in pair if end not in closed]
    if left:
        says = f"the command also gets descriptor {left[0]}, of which it knows nothing: close it before."
        return Finding("handed-on", told(observation.situation, says), exactly(started))
    return None


_STUCK = (read_end_open, waits_before_it_reads, write_end_open)

ASK_A_COMMAND = Exercise(
    name="ask-a-command",
    lecture=6,
    topics=("req-resp", "pipe"),
    kind="put lines in order",
    question=(
        "`ask COMMAND TEXT` gives the text to the command's standard input, and prints what the command answers. "
        "`to` is the pipe to the command, `from` the one from it. Put the lines in order; there is one more than is "
        "needed. Every order that works is right: with `sort`, which answers when its input has ended, with a command "
        "that answers much, and with one that ends and reads nothing."
    ),
    done="One pipe there, one back, and each end is closed by everybody who does not use it.",
    pieces=_PIECES,
    requirements=(
        Requirement("starts the command", _SORT, all_of(_bad_descriptor, _starts), stuck=_STUCK),
        Requirement("gives it one pipe to read and one to write", _SORT, _led),
        Requirement("hands over the text", _SORT, _handed),
        Requirement("prints the answer", _SORT, all_of(ends_well, prints(b"apple\nfig\npear\n"))),
        Requirement("prints all of a long answer", _MUCH, all_of(ends_well, prints(bytes(200_000))), stuck=_STUCK),
        Requirement("notices that the command is gone", _GONE, _bad_descriptor, stuck=_STUCK),
        Requirement("waits for the command", _SORT, _waited),
        Requirement("hands on no other descriptor", _SORT, _no_more_than_it_knows),
    ),
)
