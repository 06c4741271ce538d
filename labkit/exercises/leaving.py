"""The exercise of lecture 06 on a reader that leaves early: the writer has to hear of it, and to live on."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stuck import read_end_open, write_end_open
from labkit.exercises.touched import own_calls, touched

_STARTER = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 4096 };
static char block[BLOCK];

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int take(int from, int wanted)
{
    for (int i = 0; i < wanted; i++) {
        ssize_t got = read(from, block, BLOCK);
        if (got <= 0)
            return got < 0 ? fail("read") : 0;
    }
    return 0; // it has what it wanted, and leaves
}

int main(int argc, char **argv)
{
    int p[2], gone = 0;
    if (argc != 3)
        return 2;
    int blocks = atoi(argv[1]), wanted = atoi(argv[2]);
    if (pipe(p) < 0)
        return fail("pipe");
    pid_t child = fork();
    if (child < 0)
        return fail("fork");
    if (child == 0)
        return close(p[1]) < 0 || take(p[0], wanted);
    memset(block, '.', BLOCK);
    for (int i = 0; i < blocks && !gone; i++)
        if (write(p[1], block, BLOCK) != BLOCK)
            return fail("write");
    if (close(p[1]) < 0)
        return fail("close");
    if (waitpid(child, NULL, 0) < 0)
        return fail("waitpid");
    return puts(gone ? "the reader has left" : "all sent") == EOF;
}
"""


def _of(says: str, blocks: int, wanted: int) -> Situation:
    return Situation(says, (str(blocks), str(wanted)), recorded=True, in_turn=True, seconds=0.8)


_ALL = _of("With 20 blocks and a reader that wants them all", 20, 20)
_ONE = _of("With 40 blocks and a reader that wants one", 40, 1)
_SOME = _of("With 50 blocks and a reader that wants 9", 50, 9)
_NONE = _of("With 1 block and a reader that wants 5", 1, 5)


def _told_so(observation: Observation) -> Finding | None:
    """It prints what became of the blocks: whether the reader left before all were written."""
    recording = observation.recording
    failed = [event for event in own_calls(recording, "write") if event.errno == "EPIPE"]
    said = observation.seen.output(1).decode(errors="replace").strip()
    wanted = "the reader has left" if _leaves(observation) else "all sent"
    if said == wanted:
        return None
    if wanted == "all sent":
        says = f"the reader took every block, so it should print `all sent`, but printed {_quoted(said)}."
        return Finding("wrong-message", told(observation.situation, says))
    if failed and not said:
        says = (
            "write failed with EPIPE: the reader has gone. That is no error here but news: it should print `the reader "
            "has left` and end with status 0."
        )
        return Finding("gives-up", told(observation.situation, says), exactly(failed[0]))
    if failed:
        says = (
            f"write failed with EPIPE, so the reader has left; but it printed {_quoted(said)}. Look at what write "
            "returns."
        )
        return Finding("failed-write-ignored", told(observation.situation, says), exactly(failed[0]))
    says = f"the reader leaves early, and it should print `the reader has left`, but printed {_quoted(said)}."
    return Finding("wrong-message", told(observation.situation, says))


def _quoted(said: str) -> str:
    return f"`{said}`" if said else "nothing"


def _leaves(observation: Observation) -> bool:
    """Whether the reader wants fewer blocks than there are."""
    blocks, wanted = observation.situation.args
    return int(wanted) < int(blocks)


def _stops(observation: Observation) -> Finding | None:
    """After the first write that failed it does not go on trying."""
    failed = [event for event in own_calls(observation.recording, "write") if event.errno == "EPIPE"]
    if len(failed) > 1:
        says = f"it goes on writing to a pipe that nobody reads: {len(failed)} writes failed. One is enough to know."
        return Finding("goes-on", told(observation.situation, says), exactly(failed[1]))
    return None


def _reader_takes(observation: Observation) -> Finding | None:
    """The reader took as many blocks as it wanted: the writer did not stop before."""
    recording = observation.recording
    seen = touched(recording)
    first = recording.events[0].pid
    taken = [
        event
        for event in own_calls(recording, "read")
        if event.pid != first and (event.result or 0) > 0 and (hit := seen[event.index]) and hit.inode.kind == "pipe"
    ]
    blocks, wanted = map(int, observation.situation.args)
    if len(taken) < min(blocks, wanted):
        says = (
            f"the reader wants {wanted} blocks and got {len(taken)}; it should get what it wants, as far as there is."
        )
        return Finding("too-few", told(observation.situation, says))
    return None


def _writer_learns(observation: Observation) -> Finding | None:
    """That the reader has left, the writer learns from write, not by counting along."""
    if not _leaves(observation):
        return None
    if not any(event.errno == "EPIPE" for event in own_calls(observation.recording, "write", "writev", "splice")):
        says = "the writer stops before the kernel has told it that the reader is gone: it cannot know when one leaves."
        return Finding("does-not-ask", told(observation.situation, says))
    return None


_STUCK = (read_end_open, write_end_open)


def _ends(situation: Situation) -> Requirement:
    return Requirement("ends and says how it went", situation, all_of(_told_so, ends_well), stuck=_STUCK)


READER_LEAVES = Exercise(
    name="reader-leaves",
    lecture=6,
    topics=("pipe",),
    kind="find and mend the fault",
    question=(
        "`send BLOCKS WANTED` sends blocks to a child, which leaves when it has as many as it wants. Then the parent "
        "should stop, print `the reader has left` and end with status 0; when all are sent, it prints `all sent`. As "
        "it is, it hangs when the reader leaves. There is a second fault behind the first. Mend both; leave the child "
        "as it is."
    ),
    done="Nobody holds the read end any more, the signal does not kill, and write tells what happened.",
    starter=_STARTER,
    requirements=(
        _ends(_ALL),
        _ends(_ONE),
        _ends(_SOME),
        _ends(_NONE),
        Requirement("the reader gets what it wants", _SOME, _reader_takes),
        Requirement("learns it from write", _SOME, _writer_learns),
        Requirement("stops when the reader has left", _SOME, _stops),
    ),
)
