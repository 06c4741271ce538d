"""The exercise of lecture 03 on O_APPEND: two processes write to one file, and no line may be lost."""

from __future__ import annotations

from collections import Counter

from labkit.exercises.conduct import closes_what_it_opened
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import ends_well
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import WRITING, calls_on, data, number, touched
from labkit.model import Event, Recording

_LINES = 20
_EARLIER = b"earlier\n"
_WANTED = tuple(f"{who} {number}\n".encode() for who in ("parent", "child") for number in range(_LINES))
_STARTER = """\
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int add_lines(const char *who)
{
    char line[32];
    int fd = open("log", O_WRONLY | O_CREAT, 0644);
    if (fd < 0) {
        perror("log");
        return 1;
    }
    for (int i = 0; i < 20; i++) {
        int length = snprintf(line, sizeof line, "%s %d\\n", who, i);
        if (write(fd, line, length) != length) {
            perror("write");
            return 1;
        }
    }
    return close(fd) < 0;
}

int main(void)
{
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (child == 0)
        return add_lines("child");
    int bad = add_lines("parent");
    if (wait(NULL) < 0)
        return 1;
    return bad;
}
"""
_NEW = Situation("With no file log at first", recorded=True, in_turn=True)
_OLD = Situation("With a line in log already", files=(("log", _EARLIER),), recorded=True, in_turn=True)


def _every_line(observation: Observation) -> Finding | None:
    """Every line of both is in the file once and whole, in the order each wrote them; what was there stays."""
    left = observation.left.get("log")
    situation = observation.situation
    if left is None:
        return Finding("no-file", told(situation, "it should leave a file log, and there is none."))
    earlier = _EARLIER if situation is _OLD else b""
    lines = left.data.splitlines(keepends=True)
    if earlier and earlier not in lines:
        return Finding("earlier-lost", told(situation, "the line that was there before is gone."), _first_write)
    count = Counter(lines)
    missing = [line for line in _WANTED if not count[line]]
    if missing:
        first = missing[0].decode().strip()
        says = f"{len(missing)} of {len(_WANTED)} lines are not in log; the first of them is `{first}`."
        return Finding("lines-lost", told(situation, says), _first_write)
    if twice := [line for line in _WANTED if count[line] > 1]:
        says = f"`{twice[0].decode().strip()}` is in log {count[twice[0]]} times; each line should be there once."
        return Finding("line-twice", told(situation, says), _first_write)
    if strange := [line for line in lines if line not in (*_WANTED, _EARLIER)]:
        says = f"there is a line in log that nobody should write: `{strange[0].decode(errors='replace').strip()}`."
        return Finding("strange-line", told(situation, says), _first_write)
    return None


def _first_write(recording: Recording) -> Event | None:
    writes = calls_on(recording, "log", *WRITING)
    return writes[0] if writes else None


def _nobody_overwrites(observation: Observation) -> Finding | None:
    """Where two write, each write goes to the end as one act: O_APPEND, one shared offset, a lock, or one by one."""
    recording = observation.recording
    writes = _writes(recording)
    seen = touched(recording)
    ids = {hit.open_file.id for event in writes if (hit := seen[event.index]) is not None}
    if len(ids) < 2 or _one_by_one(recording, writes):
        return None
    locked = _locked(recording)
    for event in writes:
        hit = seen[event.index]
        if hit is None or "O_APPEND" in hit.open_file.flags or event.index in locked:
            continue
        sought = any(e.index < event.index for e in calls_on(recording, "log", "lseek") if e.pid == event.pid)
        if sought:
            says = (
                "Between lseek and write the other process may write, too: then this write lands on its line. "
                "O_APPEND makes going to the end and writing one act."
            )
            return Finding("seek-then-write", says, exactly(event))
        says = (
            "Each open has an offset of its own: this write goes where this process wrote last, whatever the other has "
            "put there. With O_APPEND every write goes to the end of the file."
        )
        return Finding("own-offset", says, exactly(event))
    return None


def _whole_lines(observation: Observation) -> Finding | None:
    """Where two write at a time, a line is one write: between two the other's line may come."""
    recording = observation.recording
    writes = _writes(recording)
    if len({event.pid for event in writes}) < 2 or _one_by_one(recording, writes):
        return None
    locked = _locked(recording)
    for event in writes:
        if event.index not in locked and not data(event).endswith(b"\n"):
            says = "This write is only part of a line: before the next one the other process may write. Write it whole."
            return Finding("line-in-pieces", says, exactly(event))
    return None


def _writes(recording: Recording) -> tuple[Event, ...]:
    """The writes to log at the offset of the descriptor; pwrite(2) says itself where to."""
    return calls_on(recording, "log", "write", "writev")


def _one_by_one(recording: Recording, writes: tuple[Event, ...]) -> bool:
    """One process had written everything and been waited for before the other touched the file."""
    by = {event.pid for event in writes}
    for waited in recording.calls("wait4", "waitid"):
        child = waited.result if waited.call == "wait4" else None
        if child in by and waited.end is not None:
            others = [e for e in calls_on(recording, "log") if e.pid != child] + [
                e for e in recording.calls("openat") if e.pid != child and "log" in [a.value for a in e.args]
            ]
            return all(event.begin > waited.end for event in others)
    return False


def _locked(recording: Recording) -> frozenset[int]:
    """The writes that a process made while it held a lock on log (flock(2), fcntl(2))."""
    holds: set[int] = set()
    found = set()
    for event in calls_on(recording, "log"):
        what = " ".join(argument.text for argument in event.args)
        if event.call in ("flock", "fcntl") and event.result == 0:
            if "LOCK_EX" in what or "F_WRLCK" in what:
                holds.add(event.pid)
            elif "LOCK_UN" in what or "F_UNLCK" in what:
                holds.discard(event.pid)
        elif event.call in WRITING and event.pid in holds:
            found.add(event.index)
        elif event.call == "close" and number(event, "fd") > 2:
            holds.discard(event.pid)
    return frozenset(found)


def _empties_the_file(observation: Observation) -> Finding | None:
    for event in observation.recording.calls("openat", "open", "creat"):
        if event.place.line is not None and any("O_TRUNC" in argument.text for argument in event.args):
            says = "O_TRUNC empties the file at this open, and with it what the other process or an earlier run wrote."
            return Finding("empties-the-file", says, exactly(event))
    return None


_CAUSES = (_empties_the_file, _nobody_overwrites, _whole_lines)

NO_LINE_LOST = Exercise(
    name="no-line-lost",
    lecture=3,
    topics=("append",),
    kind="find and mend the fault",
    question=(
        "Parent and child add 20 lines each to the file `log`, at the same time. Lines get lost. Mend it, so that "
        "every line of both arrives and what was in `log` before stays. There is more than one way."
    ),
    done="No line is lost, whoever writes when.",
    starter=_STARTER,
    requirements=(
        Requirement("ends with status 0", _NEW, ends_well),
        Requirement("loses no line", _NEW, _every_line, _CAUSES),
        Requirement("loses no line", _OLD, _every_line, _CAUSES),
        Requirement("loses none by luck only", _NEW, _nobody_overwrites),
        Requirement("writes whole lines", _NEW, _whole_lines),
        Requirement("closes every descriptor it opened", _NEW, closes_what_it_opened),
    ),
)
