"""The exercise of lecture 01 on directories: how many entries there are, whatever their names."""

from __future__ import annotations

from labkit.decode.text import quoted
from labkit.exercises.conduct import closes_what_it_opened
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud
from labkit.exercises.printed import last_print
from labkit.exercises.requirement import Finding, Judge, Requirement
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import own_calls
from labkit.model import Event, Fault, Recording

_STARTER = """\
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    long count = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: entries FOLDER\\n");
        return 2;
    }

    // your turn: count the entries of the folder, all but `.` and `..`

    printf("%ld\\n", count);
    return 0;
}
"""
_NAMES = ("a", "b", ".hidden", "..data", "...", "two\nlines", "sub/page")
_PLAIN = tuple((f"folder/{name}", b"") for name in ("a", "b", "c"))
_MANY = tuple((f"folder/{number:03d}{'x' * 190}", b"") for number in range(180))  # more than one getdents64 brings


def _entries(files: tuple[tuple[str, bytes], ...]) -> set[str]:
    return {name.split("/")[1] for name, _ in files}


def _of(says: str, files: tuple[tuple[str, bytes], ...], *, faults: tuple[Fault, ...] = ()) -> Situation:
    return Situation(says, ("folder",), files=files, faults=faults, recorded=True)


_USUAL = _of("With a folder of three files", _PLAIN)
_ODD = _of("With names like .hidden and ..data", tuple((f"folder/{name}", b"") for name in _NAMES))
_EMPTY = Situation("With an empty folder", ("folder",), folders=("folder",), recorded=True)
_LARGE = _of("With 180 long names", _MANY)
_ERROR = _of("When the folder cannot be read", _PLAIN, faults=(Fault("getdents64", 1, errno="EIO"),))
_LATER = _of("When only its beginning can be read", _MANY, faults=(Fault("getdents64", 2, errno="EIO"),))
_MISSING = Situation("When there is no such folder", ("folder",), recorded=True)
_NO_FOLDER = Situation("When it is a file", ("folder",), files=(("folder", b"x"),), recorded=True)


def _counts(observation: Observation) -> Finding | None:
    """It prints the number of entries; what it left out or counted too many is told by the difference."""
    situation, said = observation.situation, observation.seen.output(1)
    names = _entries(situation.files)
    words = said.split()
    if words == [b"%d" % len(names)]:
        return None
    hidden = {name for name in names if name.startswith(".")}
    dotted = {name for name in names if name.startswith("..")}
    shown = quoted(said) if said else "nothing"
    says = f"it should print {len(names)}, but printed {shown}"
    if not said:
        return Finding("no-count", told(situation, f"{says}."), last_print)
    if words == [b"%d" % (len(names) + 2)]:
        why = "every folder has the entries . and .., itself and the one above; they do not count here"
        return Finding("counts-dots", told(situation, f"{says}: {why}."), _reading)
    if words == [b"%d" % (len(names) + 1)]:
        return Finding("counts-one-dot", told(situation, f"{says}: one of . and .. is among them."), _reading)
    if hidden and words in ([b"%d" % (len(names) - len(lost))] for lost in (hidden, dotted) if lost):
        why = "only the two names . and .. are left out, not all that begin like them"
        return Finding("skips-hidden", told(situation, f"{says}: {why}. Compare the whole name."), _reading)
    return Finding("wrong-count", told(situation, f"{says}."), _reading)


def _reading(recording: Recording) -> Event | None:
    reads = own_calls(recording, "getdents64", "getdents")
    return reads[0] if reads else last_print(recording)


def _looks_itself(observation: Observation) -> Finding | None:
    """It reads the folder itself and starts no other program for it."""
    first = observation.recording.events[0].pid
    others = [event for event in observation.recording.calls("execve") if event.pid != first]
    if others:
        says = "it starts another program to look into the folder: names may hold anything, a newline, too. readdir(3)."
        return Finding("other-program", told(observation.situation, says))
    return None


def _right(situation: Situation) -> Requirement:
    return Requirement("counts every entry", situation, all_of(_looks_itself, ends_well, _counts))


def _fails(cause: str, call: str, errno: str) -> Judge:
    """The failure is told, and no number is printed that looks like an answer."""
    aloud = fails_aloud(cause, call, errno)

    def judge(observation: Observation) -> Finding | None:
        if not any(event.errno == errno for event in own_calls(observation.recording)):
            return None  # it did without that call
        found = aloud(observation)
        if found is None and observation.seen.output(1).strip():
            says = f"{call} failed with {errno}: a number printed all the same looks like the answer."
            return Finding("answer-all-the-same", told(observation.situation, says), last_print)
        return found

    return judge


COUNT_ENTRIES = Exercise(
    name="count-entries",
    lecture=1,
    topics=("filesystem", "open-first"),
    kind="complete a program",
    question=(
        "`entries FOLDER` prints how many entries the folder has, all but `.` and `..`. Names may begin with a dot or "
        "hold any character. When the folder cannot be opened, or not be read to its end, it says so on stderr, prints "
        "no number and ends with a status that is not 0. At the end it closes the folder."
    ),
    done="It reads the folder entry by entry, and knows its end from an error.",
    starter=_STARTER,
    requirements=(
        _right(_USUAL),
        _right(_ODD),
        _right(_EMPTY),
        _right(_LARGE),
        Requirement(
            "reports a folder that it cannot open", _MISSING, _fails("failed-open-ignored", "openat", "ENOENT")
        ),
        Requirement(
            "reports a folder that it cannot open", _NO_FOLDER, _fails("failed-open-ignored", "openat", "ENOTDIR")
        ),
        *(
            Requirement("tells an error from the end", situation, _fails("failed-read-ignored", "getdents64", "EIO"))
            for situation in (_ERROR, _LATER)
        ),
        Requirement("closes every descriptor it opened", _USUAL, closes_what_it_opened),
    ),
)
