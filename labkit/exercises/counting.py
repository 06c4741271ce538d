"""The exercise of lecture 02 on reading a stream to its end: counting lines, whatever is in them."""

from __future__ import annotations

from collections.abc import Callable

from labkit.decode.text import quoted
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.requirement import Finding, Judge, Requirement
from labkit.exercises.situation import Situation, told
from labkit.exercises.stream_errors import reports
from labkit.exercises.touched import own_calls
from labkit.model import Event, Fault, Recording

_STARTER = """\
#include <stdio.h>

int main(void)
{
    long lines = 0;

    // your turn: count the lines of stdin

    printf("%ld\\n", lines);
    return 0;
}
"""
_LONG = (b"x" * 10_000 + b"\n") * 3


def _first_read(recording: Recording) -> Event | None:
    reads = own_calls(recording, "read")
    return reads[0] if reads else next(reversed(own_calls(recording)), None)


def _counts(lines: int, wrong: Callable[[int], tuple[str, str] | None]) -> Judge:
    """It prints the number `lines` and nothing else; of another number, `wrong` may know the cause and what to say."""

    def judge(observation: Observation) -> Finding | None:
        situation, said = observation.situation, observation.seen.output(1)
        words = said.split()
        if len(words) != 1 or not words[0].isdigit():
            says = f"it should print one number, but printed {quoted(said) if said else 'nothing'}."
            return Finding("no-number", told(situation, says))
        counted = int(words[0])
        if counted == lines:
            return None
        cause, why = wrong(counted) or ("wrong-count", "")
        says = f"it should print {lines}, but printed {counted}. {why}".rstrip()
        return Finding(cause, told(situation, says), _first_read)

    return judge


def _when(says: str, data: bytes, lines: int, cause: str, why: str, suspect: Callable[[int], bool]) -> Requirement:
    """`lines` are counted in `data`; a number that is `suspect` has this cause."""
    judge = _counts(lines, lambda counted: (cause, why) if suspect(counted) else None)
    return Requirement("counts every line", Situation(says, stdin=data), all_of(ends_well, judge))


_REQUIREMENTS = (
    _when(
        "With three lines",
        b"one\ntwo\nthree\n",
        3,
        "counts-the-end",
        "It counts once more at the end: feof is true only after a read has met the end, and that one brought no line.",
        lambda counted: counted == 4,
    ),
    _when(
        "With no input",
        b"",
        0,
        "counts-the-end",
        "Nothing was read, and it was counted. Look at what the read returned before you count.",
        lambda counted: counted > 0,
    ),
    _when(
        "With empty lines",
        b"\n\none\n\n",
        4,
        "empty-lines-missed",
        "A line may be empty: then there is nothing in it but the newline that ends it.",
        lambda counted: counted < 4,
    ),
    _when(
        "When the last line has no newline",
        b"one\ntwo\nlast",
        3,
        "last-line-missed",
        "It counts newlines, and the last line has none.",
        lambda counted: counted == 2,
    ),
    _when(
        "With lines of 10,000 characters",
        _LONG,
        3,
        "pieces-counted",
        "fgets brings no more than fits its buffer, so a long line comes in pieces. Only the piece that ends with a "
        "newline ends a line.",
        lambda counted: counted > 3,
    ),
    _when(
        "With bytes that are 0 in the lines",
        b"a\0b\n\0\nlast\0\n",
        3,
        "stops-at-nul",
        "A 0 ends a string, and with it what strlen and strchr see; the line goes on. fgetc and getline(3) tell what "
        "is there.",
        lambda counted: counted != 3,
    ),
    _when(
        "With bytes 255 in the lines",
        b"a\xffb\nc\n\xff\n",
        3,
        "ends-at-255",
        "As a char, 255 is -1, and so is EOF: keep what fgetc returns in an int.",
        lambda counted: counted < 3,
    ),
    Requirement(
        "reports a read that failed",
        Situation(
            "When stdin cannot be read any further",
            stdin=_LONG,
            faults=(Fault("read", 2, errno="EIO", onwards=True),),
            recorded=True,
        ),
        reports("read-error-ignored", "read"),
    ),
)

COUNT_LINES = Exercise(
    name="count-lines",
    lecture=2,
    topics=("std-streams", "stream-ops", "paranoia"),
    kind="complete a program",
    question=(
        "Count the lines of stdin and print their number, nothing else. Lines may be long and hold bytes of any value; "
        "a last line counts even if no newline ends it. If stdin cannot be read to the end, say so on stderr and end "
        "with a status that is not 0."
    ),
    done="It counts every line, whatever is in it, and knows an error from the end.",
    starter=_STARTER,
    requirements=_REQUIREMENTS,
)
