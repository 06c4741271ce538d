"""The exercise of lecture 06 on a server behind two pipes: it answers each request when it is there, and whole."""

from __future__ import annotations

from labkit.decode.text import quoted
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import data, number, touched
from labkit.model import Event, Fault, Recording

_STARTER = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int serve(int requests, int responses)
{
    // your turn: a request is a number and a newline; the response is its square and a newline

    return 0;
}

// One request at a time, or all at once; the answers are printed.
static int ask(char **numbers, int together, int requests, FILE *responses)
{
    char line[32];
    for (char **number = numbers; *number != NULL; number++) {
        if (dprintf(requests, "%s\\n", *number) < 0)
            return fail("request");
        if (!together && (fgets(line, sizeof line, responses) == NULL || fputs(line, stdout) == EOF))
            return fail("response");
    }
    if (close(requests) < 0)
        return fail("close");
    while (fgets(line, sizeof line, responses) != NULL)
        if (fputs(line, stdout) == EOF)
            return fail("print");
    return 0;
}

int main(int argc, char **argv)
{
    int to[2], from[2], status, together = argc > 1 && strcmp(argv[1], "together") == 0;
    if (pipe(to) < 0 || pipe(from) < 0)
        return fail("pipe");
    pid_t server = fork();
    if (server < 0)
        return fail("fork");
    if (server == 0)
        return close(to[1]) < 0 || close(from[0]) < 0 || serve(to[0], from[1]);
    FILE *responses = fdopen(from[0], "r");
    if (responses == NULL || close(to[0]) < 0 || close(from[1]) < 0)
        return fail("responses");
    if (ask(argv + 1 + together, together, to[1], responses) != 0)
        return 1;
    return waitpid(server, &status, 0) < 0 || status != 0;
}
"""


def _of(says: str, *args: str, faults: tuple[Fault, ...] = (), in_turn: bool = True) -> Situation:
    return Situation(says, args, faults=faults, recorded=True, in_turn=in_turn, seconds=0.8)


_ONE = _of("With one request, 7", "7")
_THREE = _of("With three requests, each sent when the last is answered", "3", "40", "500")
_TOGETHER = _of("With three requests sent at once", "together", "3", "40", "500")
_NONE = _of("With no request at all", "together")
# The server is the second process; what it reads is cut after each 2 bytes, as a pipe may at any time.
_CUT = _of(
    "When a read brings only 2 bytes, which may be half a request", "together", "1234", "5", "-66",
    faults=(Fault("read", 1, length=2, onwards=True),),
)  # fmt: skip
_LARGE = _of("With large numbers", "40000", "-3", "0", "65535")


def _requests(recording: Recording) -> tuple[Event, ...]:
    """The reads of the server: those of the second process from the pipe."""
    seen, first = touched(recording), recording.events[0].pid
    return tuple(
        event
        for event in recording.calls("read", "readv")
        if event.pid != first and (hit := seen[event.index]) is not None and hit.inode.kind == "pipe"
    )


def _silent(observation: Observation) -> Finding | None:
    """A client waits for a response, and the server for the next request: the answer was kept back."""
    recording = observation.recording
    asleep = [event for event in recording.calls("read", "readv") if event.end is None and event.wait is not None]
    served = [event for event in asleep if event.pid != recording.events[0].pid]
    if len(asleep) < 2 or not served:
        return None
    answered = [event for event in recording.calls("write", "writev") if event.pid == served[0].pid]
    if not answered:
        says = (
            "the client waits for its response, and the server for another request; no response was ever written. Is "
            "it still in the buffer of a stream (fflush(3)), or does the server wait for all requests first?"
        )
        return Finding("kept-back", told(observation.situation, says), exactly(served[0]))
    says = "the client waits for a whole line, and the server for another request. Does a response end with a newline?"
    return Finding("no-newline", told(observation.situation, says), exactly(served[0]))


def _takes_a_read_for_a_request(observation: Observation) -> Finding | None:
    """It answered the bytes of one read as if they were one request."""
    reads = [event for event in _requests(observation.recording) if number(event, "count") > 1]
    lines = sum(_got(event).count(b"\n") for event in reads)
    answers = observation.seen.output(1).count(b"\n")
    for event in reads:
        got = _got(event)
        if got.count(b"\n") > 1 and answers < lines:
            says = (
                f"one read brought {got.count(10)} requests, and not every one was answered: a pipe keeps no borders. "
                "Look for the newlines in what came."
            )
            return Finding("one-of-several", told(observation.situation, says), exactly(event))
        if got and not got.endswith(b"\n"):
            says = (
                f"a read brought {quoted(got)}, which is not a whole request, and it was taken for one. The rest comes "
                "with the next read: keep what you have until the newline."
            )
            return Finding("half-a-request", told(observation.situation, says), exactly(event))
    return None


def _got(event: Event) -> bytes:
    """The bytes that a read brought."""
    return data(event)[: max(event.result or 0, 0)]


def _answers(situation: Situation, *numbers: int) -> Requirement:
    wanted = "".join(f"{number * number}\n" for number in numbers).encode()
    judge = all_of(prints(wanted), ends_well)
    return Requirement(
        "answers every request with its square", situation, judge, (_takes_a_read_for_a_request,), (_silent,)
    )


def _ends_by_itself(observation: Observation) -> Finding | None:
    """The server saw the end of the requests, and did not end before."""
    reads = _requests(observation.recording)
    if not reads or reads[-1].result != 0:
        says = "the server ends before it has seen the end of the requests: read returns 0 there."
        return Finding("ends-early", told(observation.situation, says))
    return None


ANSWER_EACH = Exercise(
    name="answer-each",
    lecture=6,
    topics=("req-resp", "client-server"),
    kind="complete a program",
    question=(
        "A client sends numbers through one pipe, a line each, and reads their squares from another. Write the server: "
        "`serve` answers each request as soon as it is there, and returns 0 when the requests have ended. The client "
        "may wait for each response, or send several requests at once, and a read may bring half a line. Numbers are "
        "whole, and their squares fit into a `long`."
    ),
    done="Each line is a request wherever the reads cut it, and no response stays behind.",
    starter=_STARTER,
    requirements=(
        _answers(_ONE, 7),
        _answers(_THREE, 3, 40, 500),
        _answers(_TOGETHER, 3, 40, 500),
        _answers(_CUT, 1234, 5, -66),
        _answers(_LARGE, 40000, -3, 0, 65535),
        Requirement(
            "ends when the requests end", _NONE, all_of(prints(b""), ends_well, _ends_by_itself), stuck=(_silent,)
        ),
    ),
)
