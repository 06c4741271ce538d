"""The exercise of lecture 01 on names and files: do two paths lead to the same file?"""

from __future__ import annotations

from dataclasses import replace

from labkit.decode.text import quoted
from labkit.exercises.conduct import closes_what_it_opened
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Requirement, exactly, last_call
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import READING, own_calls
from labkit.model import Event, Recording

_STARTER = """\
#include <stdio.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: same A B\\n");
        return 2;
    }

    // your turn: print `same` and return 0, or print `different` and return 1

    return 2;
}
"""
_FILES = (("notes", b"letter\n"), ("copy", b"letter\n"), ("other", b"x\n"), ("sub/page", b"page\n"))
_ROOM = Situation(
    files=_FILES,
    links=(("sub/hard", "notes"),),
    symlinks=(("soft", "notes"), ("nowhere", "gone"), ("way", "sub")),
    recorded=True,
)
_LOOKING = ("newfstatat", "statx", "stat", "lstat", "fstat", "fstatat64", "open", "openat", "name_to_handle_at")


def _with(one: str, other: str) -> Situation:
    return replace(_ROOM, says=f"With `{one}` and `{other}`", args=(one, other))


def _answers(same: bool) -> Judge:
    """It prints the right word and ends with the status that belongs to it."""
    word, status = (b"same", 0) if same else (b"different", 1)

    def judge(observation: Observation) -> Finding | None:
        situation, said = observation.situation, observation.seen.output(1)
        if said.split() != [word]:
            shown = quoted(said) if said else "nothing"
            says = (
                f"which {'are one file' if same else 'are two files'}, it should print `{word.decode()}`, but printed "
            )
            return Finding("wrong-answer", told(situation, f"{says}{shown}."), _last_look)
        if observation.status != status:
            says = f"`{word.decode()}` goes with status {status}, but it ended with {observation.status}."
            return Finding("wrong-status", told(situation, says), last_call)
        return None

    return judge


def _looks(recording: Recording) -> tuple[Event, ...]:
    """The calls that ask which file it is, not those by which stdio gets to know its own."""
    return tuple(event for event in own_calls(recording, *_LOOKING) if event.args[0].value not in (0, 1, 2))


def _last_look(recording: Recording) -> Event | None:
    looks = _looks(recording)
    return looks[-1] if looks else last_call(recording)


def _compares_names(observation: Observation) -> Finding | None:
    recording = observation.recording
    by_name = own_calls(recording, "readlink", "readlinkat")
    if by_name or not _looks(recording):
        says = (
            "it compares the names. One file may have several, made by link(2): what tells files apart is the number "
            "of the inode and of the device, and stat gives both."
        )
        at = exactly(by_name[-1]) if by_name else last_call
        return Finding("compares-names", told(observation.situation, says), at)
    return None


def _looks_at_the_link(observation: Observation) -> Finding | None:
    for event in _looks(observation.recording):
        flags = " ".join(argument.text for argument in event.args)
        if event.call == "lstat" or "AT_SYMLINK_NOFOLLOW" in flags:
            says = (
                "here it looks at the symbolic link itself, which is a file of its own. The path leads on to another: "
                "stat follows it, lstat does not."
            )
            return Finding("looks-at-the-link", told(observation.situation, says), exactly(event))
    return None


def _compares_contents(observation: Observation) -> Finding | None:
    reads = [event for event in own_calls(observation.recording, *READING) if event.result]
    if reads:
        says = "it compares what is in the files. Two files may hold the same bytes and still be two."
        return Finding("compares-contents", told(observation.situation, says), exactly(reads[-1]))
    if _looks(observation.recording):
        says = (
            "both have the same size, and much else may be alike: only the numbers of inode and device together say "
            "which file it is."
        )
        return Finding("compares-properties", told(observation.situation, says), _last_look)
    return None


def _inode_only(observation: Observation) -> Finding | None:
    says = (
        "both roots have inode 1, each on its own device: inode numbers are given anew on each file system. Compare "
        "st_dev, too."
    )
    return Finding("inode-only", told(observation.situation, says), _last_look)


def _says_what_is_missing(observation: Observation) -> Finding | None:
    """A name that leads to no file is an error: a message, status 2, and neither of the two words."""
    situation, said = observation.situation, observation.seen.output(1)

    def failed(recording: Recording) -> Event | None:
        looks = _looks(recording)
        return next((event for event in looks if event.errno == "ENOENT"), _last_look(recording))

    if said.strip() or observation.status in (0, 1):
        answer = f"printed {quoted(said)}" if said else f"ended with status {observation.status}"
        says = (
            f"there is no such file, so that there is nothing to compare, but it {answer}. Look at what stat returns."
        )
        return Finding("failed-stat-ignored", told(situation, says), failed)
    if observation.status != 2:
        says = f"there is no such file: it should end with status 2, but ended with {observation.status}."
        return Finding("wrong-status", told(situation, says), failed)
    if not observation.errors:
        return Finding("silent", told(situation, "it ends, but says nothing on stderr: perror(3)."), failed)
    return None


def _is(one: str, other: str, same: bool, *causes: Judge) -> Requirement:
    wants = f"knows {'one file' if same else 'two files'} when it sees {'it' if same else 'them'}"
    return Requirement(wants, _with(one, other), _answers(same), causes)


SAME_FILE = Exercise(
    name="same-file",
    lecture=1,
    topics=("paths", "filesystem"),
    kind="complete a program",
    question=(
        "`same A B` prints `same` and ends with status 0 when both paths lead to the same file, whatever the names; "
        "else it prints `different` and ends with 1. When there is no such file, it says so on stderr, prints "
        "neither word and ends with 2. What it opens, it closes."
    ),
    done="It asks the kernel which file each path leads to, and compares inode and device.",
    starter=_STARTER,
    requirements=(
        _is("notes", "notes", True),
        _is("notes", "other", False),
        _is("notes", "./sub/../notes", True, _compares_names),
        _is("notes", "sub/hard", True, _compares_names),
        _is("notes", "soft", True, _looks_at_the_link, _compares_names),
        _is("notes", "copy", False, _compares_contents),
        _is("sub", "way/.", True, _looks_at_the_link, _compares_names),
        _is("sub", ".", False),
        _is("/proc", "/sys", False, _inode_only),
        *(
            Requirement("reports a name that leads nowhere", _with(*names), _says_what_is_missing)
            for names in (("notes", "gone"), ("gone", "notes"), ("nowhere", "notes"), ("gone", "gone"))
        ),
        Requirement("closes every descriptor it opened", _with("notes", "sub/hard"), closes_what_it_opened),
    ),
)
