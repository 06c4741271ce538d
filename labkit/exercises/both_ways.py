"""The exercise of lecture 06 on a deadlock: a long text goes through another process, and both fill their pipes."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stuck import both_write, read_end_open, waits_before_it_reads, write_end_open
from labkit.exercises.touched import data, own_calls, touched

_STARTER = """\
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int copy(int from, int to)
{
    char block[8192];
    ssize_t got;
    while ((got = read(from, block, sizeof block)) > 0)
        if (write(to, block, got) != got)
            return fail("write");
    return got < 0 ? fail("read") : 0;
}

static int serve(int requests, int responses)
{
    char block[8192];
    ssize_t got;
    while ((got = read(requests, block, sizeof block)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            block[i] = (char)toupper((unsigned char)block[i]);
        if (write(responses, block, got) != got)
            return fail("respond");
    }
    return got < 0 ? fail("request") : 0;
}

int main(int argc, char **argv)
{
    int to[2], from[2], status;
    int text = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (text < 0)
        return fail("text");
    if (pipe(to) < 0 || pipe(from) < 0)
        return fail("pipe");
    pid_t server = fork();
    if (server < 0)
        return fail("fork");
    if (server == 0)
        return close(to[1]) < 0 || close(from[0]) < 0 || serve(to[0], from[1]);
    if (close(to[0]) < 0 || close(from[1]) < 0)
        return fail("close");
    if (copy(text, to[1]) != 0 || close(to[1]) < 0)
        return 1;
    if (copy(from[0], STDOUT_FILENO) != 0)
        return 1;
    return waitpid(server, &status, 0) < 0 || status != 0;
}
"""


def _text(size: int) -> bytes:
    return (b"All work and no play makes Jack a dull boy.\n" * (size // 44 + 1))[:size]


def _of(says: str, size: int, seconds: float = 0.8) -> Situation:
    return Situation(says, ("text",), files=(("text", _text(size)),), recorded=True, in_turn=True, seconds=seconds)


_FEW, _NONE = _of("With a text of 1,000 bytes", 1000), _of("With an empty text", 0)
_MUCH = _of("With a text of 200,000 bytes", 200_000, seconds=1.5)
_MISSING = Situation("When there is no text", ("missing",), recorded=True, seconds=0.8)


def _served(observation: Observation) -> Finding | None:
    """The server still does the work: what is printed came to its process through a pipe, and left through another."""
    recording = observation.recording
    seen = touched(recording)
    pipes: dict[str, set[tuple[int, int]]] = {"read": set(), "write": set()}
    for event in recording.calls("read", "write"):
        hit = seen[event.index]
        if hit is not None and hit.inode.kind == "pipe" and data(event) and (event.result or 0) > 0 and hit.fd > 2:
            pipes[event.call].add((event.pid, hit.inode.id))
    first = recording.events[0].pid
    for reader, request in pipes["read"]:
        if reader != first and any(writer == reader and pipe != request for writer, pipe in pipes["write"]):
            return None
    says = "the text does not go to the server through one pipe and back through another any more. Leave that as it is."
    return Finding("not-served", told(observation.situation, says))


def _only_larger(observation: Observation) -> Finding | None:
    """The way out is not a larger pipe, into which this text fits and the next one does not."""
    recording = observation.recording
    for event in own_calls(recording, "fcntl"):
        if "F_SETPIPE_SZ" in event.args[1].text:
            says = (
                "a larger pipe only moves the limit: fcntl(2) makes it 1 MiB at most, and a longer text hangs again. "
                "Let somebody read while the text is still being written."
            )
            return Finding("only-larger", told(observation.situation, says), exactly(event))
    return None


def _reads_too_little(observation: Observation) -> Finding | None:
    """The client stopped reading the response before the end of it."""
    recording = observation.recording
    seen = touched(recording)
    printers = {event.pid for event in own_calls(recording, "write") if (it := seen[event.index]) and it.fd == 1}
    reads = [
        event
        for event in own_calls(recording, "read")
        if event.pid in printers and (hit := seen[event.index]) is not None and hit.inode.kind == "pipe"
    ]
    if reads and (reads[-1].result or 0) > 0:
        says = (
            f"the last read of the response brought {reads[-1].result:,} bytes, and there was more to come. How many a "
            "read brings is chance; the response is whole when read returns 0, or when as much has come as was sent."
        )
        return Finding("short-read", told(observation.situation, says), exactly(reads[-1]))
    return None


_STUCK = (waits_before_it_reads, both_write, read_end_open, write_end_open)


def _prints(situation: Situation, size: int) -> Requirement:
    wanted = all_of(prints(_text(size).upper()), ends_well)
    return Requirement("prints the whole text in capitals", situation, wanted, (_reads_too_little,), _STUCK)


LONG_LETTER = Exercise(
    name="long-letter",
    lecture=6,
    topics=("req-resp", "pipe"),
    kind="find and mend the fault",
    question=(
        "A client sends a text to a server, which answers with the same in capitals, block by block. Every test with a "
        "short text went well. With a long one both hang. Mend the client, or whatever else has to be changed, so that "
        "no text is too long; the server goes on answering through the pipes."
    ),
    done="While one writes, somebody reads: no queue fills up with nobody to empty it.",
    starter=_STARTER,
    requirements=(
        _prints(_FEW, 1000),
        _prints(_NONE, 0),
        _prints(_MUCH, 200_000),
        Requirement("the server answers through the pipes", _FEW, _served),
        Requirement("reads while it writes", _MUCH, _only_larger),
        Requirement(
            "reports a text that it cannot open",
            _MISSING,
            fails_aloud("failed-open-ignored", "open", "ENOENT"),
            stuck=_STUCK,
        ),
    ),
)
