"""The exercise of lecture 01 on the end of a pipe: a reader that waits for ever because a write end is open."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud
from labkit.exercises.printed import says_line
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stuck import waits_before_it_reads, write_end_open
from labkit.exercises.touched import number, own_calls, touched
from labkit.model import Fault

_STARTER = """\
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int send_file(const char *name, int to)
{
    char buffer[1000];
    ssize_t got;
    int from = open(name, O_RDONLY);
    if (from < 0)
        return fail(name);
    while ((got = read(from, buffer, sizeof buffer)) > 0)
        if (write(to, buffer, got) != got)
            return fail("write");
    return got < 0 ? fail("read") : 0;
}

static int count_bytes(int from)
{
    char buffer[1000];
    long total = 0;
    ssize_t got;
    while ((got = read(from, buffer, sizeof buffer)) > 0)
        total += got;
    if (got < 0)
        return fail("read");
    return printf("%ld\\n", total) < 0;
}

int main(int argc, char **argv)
{
    int p[2], bad = 0;
    if (argc != 2)
        return 2;
    if (pipe(p) < 0)
        return fail("pipe");
    pid_t child = fork();
    if (child < 0)
        return fail("fork");
    if (child == 0)
        return send_file(argv[1], p[1]);
    bad = count_bytes(p[0]);
    int status;
    if (waitpid(child, &status, 0) < 0)
        return fail("waitpid");
    return bad || status != 0;
}
"""


def _of(says: str, size: int, *, faults: tuple[Fault, ...] = (), in_turn: bool = True) -> Situation:
    files = (("letter", bytes(range(65, 91)) * (size // 26 + 1)),)
    return Situation(
        says,
        ("letter",),
        files=((files[0][0], files[0][1][:size]),),
        faults=faults,
        recorded=True,
        in_turn=in_turn,
        seconds=0.8,
    )


_FEW, _NONE = _of("With a file of 30 bytes", 30), _of("With an empty file", 0)
_MUCH = _of("With a file of 150,000 bytes", 150_000, in_turn=False)  # a pipe full at a time, in turn takes long
_SHORT = _of(
    "When read brings fewer bytes than it was asked for", 2500, faults=(Fault("read", 1, length=700, onwards=True),)
)
_MISSING = Situation("When the file does not exist", ("letter",), recorded=True, in_turn=True, seconds=0.8)


def _through_the_pipe(observation: Observation) -> Finding | None:
    """One process sends the file's bytes, another counts them as they come."""
    recording = observation.recording
    seen = touched(recording)
    readers: dict[int, set[int]] = {}
    writers: dict[int, set[int]] = {}
    for event in recording.calls("write", "read", "readv", "writev", "splice", "sendfile"):
        hit = seen[event.index]
        if hit is not None and hit.inode.kind == "pipe":
            side = readers if event.call in ("read", "readv") else writers
            side.setdefault(hit.inode.id, set()).add(event.pid)
    if not any(readers[pipe] - writers[pipe] for pipe in readers.keys() & writers.keys()):
        says = (
            "the bytes do not go from one process to another through the pipe any more. Leave the two at it; the fault "
            "is elsewhere."
        )
        return Finding("no-pipe", told(observation.situation, says))
    return None


def _polls(observation: Observation) -> Finding | None:
    """The reader sleeps in read until something comes; it does not ask again and again."""
    again = [event for event in own_calls(observation.recording, "read") if event.errno == "EAGAIN"]
    if len(again) > 3:
        says = "read is called again and again while there is nothing to read: it should sleep in read until there is."
        return Finding("polls", told(observation.situation, says), exactly(again[-1]))
    return None


def _stops_early(observation: Observation) -> Finding | None:
    """It took a read that brought fewer bytes than asked for as the end."""
    recording = observation.recording
    seen = touched(recording)
    reads = [
        event
        for event in own_calls(recording, "read")
        if (hit := seen[event.index]) is not None and hit.inode.kind == "pipe"
    ]
    if reads and 0 < (reads[-1].result or 0) < number(reads[-1], "count"):
        event = reads[-1]
        says = (
            f"read brought {event.result:,} of {number(event, 'count'):,} bytes, and the program took that for the "
            "end. The end is when read returns 0; before it, any number may come."
        )
        return Finding("short-read", told(observation.situation, says), exactly(event))
    return None


_STUCK = (waits_before_it_reads, write_end_open)


def _counts(situation: Situation, size: int) -> Requirement:
    return Requirement(
        "counts every byte and ends",
        situation,
        all_of(ends_well, says_line("wrong-count", str(size))),
        (_stops_early,),
        _STUCK,
    )


END_COMES = Exercise(
    name="end-comes",
    lecture=1,
    topics=("kernel-read", "composition"),
    kind="find and mend the fault",
    question=(
        "A child sends a file through a pipe, its parent counts the bytes and should print how many there were. It "
        "never does: it waits. For what? Mend it, so that it ends with any file."
    ),
    done="Every write end is closed when the last byte is sent, so that the reader sees the end.",
    starter=_STARTER,
    requirements=(
        _counts(_FEW, 30),
        Requirement("sends the bytes through the pipe", _FEW, _through_the_pipe),
        _counts(_NONE, 0),
        _counts(_MUCH, 150_000),
        _counts(_SHORT, 2500),
        Requirement("sleeps until there is something", _MUCH, _polls),
        Requirement(
            "reports a file that it cannot open",
            _MISSING,
            fails_aloud("failed-open-ignored", "open", "ENOENT"),
            stuck=_STUCK,
        ),
    ),
)
