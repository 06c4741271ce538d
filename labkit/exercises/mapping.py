"""The exercise of lecture 05 on mmap: the lines of a file counted in memory, without a read."""

from __future__ import annotations

from labkit.decode.text import quoted
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.requirement import Finding, Judge, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import READING, calls_on, own_calls

_STARTER = """\
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    struct stat status;
    long lines = 0;
    int fd = open(argc > 1 ? argv[1] : "text", O_RDONLY);
    if (fd < 0 || fstat(fd, &status) < 0) {
        perror("text");
        return 1;
    }
    // map the file's bytes into memory, and count the lines there
    printf("%ld\\n", lines);
    return 0;
}
"""


def _without_read(observation: Observation) -> Finding | None:
    recording = observation.recording
    if reads := calls_on(recording, "text", *READING):
        says = f"the bytes of text come by {reads[0].call}; map them with mmap, and there is nothing to read."
        return Finding("reads-it", told(observation.situation, says), exactly(reads[0]))
    return None


def _maps(observation: Observation) -> Finding | None:
    recording = observation.recording
    if not calls_on(recording, "text", "mmap"):
        return Finding("not-mapped", told(observation.situation, "text is not mapped: no mmap has its descriptor."))
    return None


def _counts(lines: int, cause: str, why: str) -> Judge:
    def judge(observation: Observation) -> Finding | None:
        said = observation.seen.output(1)
        if said.split() == [str(lines).encode()]:
            return None
        there = quoted(said) if said else "nothing"
        number = said.strip().isdigit()
        says = f"it should print {lines}, but printed {there}. {why if number else ''}".rstrip()
        return Finding(cause if number else "no-number", told(observation.situation, says))

    return judge


def _ends_empty(observation: Observation) -> Finding | None:
    finding = ends_well(observation)
    if finding is None:
        return None
    failed = [event for event in observation.recording.calls("mmap") if event.errno]
    says = "mmap fails with EINVAL: a mapping of 0 bytes there is not, mmap(2). An empty file has no lines, without it."
    if failed:
        return Finding("empty-mapped", told(observation.situation, says), exactly(failed[-1]))
    return finding


def _failure(observation: Observation) -> Finding | None:
    if observation.status == 0:
        says = "it ends with status 0, as if all were well. Look at what open returns."
        return Finding("open-unchecked", told(observation.situation, says))
    if not observation.errors:
        return Finding("silent", told(observation.situation, "it says nothing on stderr: perror(3)."))
    return None


def _unmapped(observation: Observation) -> Finding | None:
    """It looks at what mmap returns: a mapping that failed is no crash, and no count."""
    if observation.status == 0 or not observation.errors:
        failed = [event for event in own_calls(observation.recording, "mmap") if event.errno]
        says = "mmap fails, with MAP_FAILED and not NULL; say so on stderr and end with a status that is not 0."
        at = exactly(failed[-1]) if failed else (lambda recording: None)
        return Finding("map-unchecked", told(observation.situation, says), at)
    return None


def _when(says: str, data: bytes, *judges: Judge, recorded: bool = True) -> Requirement:
    situation = Situation(says, args=("text",), files=(("text", data),), recorded=recorded)
    return Requirement("counts every line, in memory", situation, all_of(*judges))


_PAGE = b"x" * 1023 + b"\n" + b"y" * 3072

COUNT_MAPPED = Exercise(
    name="count-mapped",
    lecture=5,
    topics=("beyond",),
    kind="complete a program",
    question=(
        "Count the lines of the file that is named, and print their number, nothing else: with mmap, and without any "
        "read. A last line counts even if no newline ends it. A file may be empty, or hold bytes of any value. What "
        "fails is said on stderr, with a status that is not 0."
    ),
    done="The file is memory: no read, no buffer, and you know where it ends without a 0 byte.",
    starter=_STARTER,
    requirements=(
        _when("With three lines", b"one\ntwo\nthree\n", ends_well, _without_read, _counts(3, "wrong-count", ""), _maps),
        _when("With an empty file", b"", _ends_empty, _counts(0, "counts-nothing", "Nothing is there to be counted.")),
        _when(
            "When the last line has no newline",
            b"one\ntwo\nlast",
            ends_well,
            _counts(3, "last-line-missed", "It counts newlines, and the last line has none."),
        ),
        _when(
            "With bytes that are 0 in the lines",
            b"a\0b\n\0\nlast\0\n",
            ends_well,
            _counts(3, "stops-at-nul", "A 0 ends a string, but not a file: its length is st_size."),
        ),
        _when(
            "With a file that fills its page to the last byte",
            _PAGE,
            ends_well,
            _counts(2, "beyond-the-end", "What is behind the last byte is no part of the file."),
        ),
        _when(
            "With a file of many pages",
            b"a line\n" * 3000,
            ends_well,
            _without_read,
            _counts(3000, "one-page", "The file has more than a page."),
        ),
        Requirement(
            "says what fails",
            Situation("With a file that is not there", args=("absent",), recorded=True),
            _failure,
        ),
        Requirement(
            "says what fails",
            Situation(
                "With a folder, which can be opened but not mapped",
                args=("folder",),
                folders=("folder",),
                recorded=True,
            ),
            _unmapped,
        ),
    ),
)
