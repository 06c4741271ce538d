"""The exercise of lecture 03 on descriptors that are never closed."""

from __future__ import annotations

from labkit.decode.text import quoted
from labkit.exercises.conduct import closes_in_time, closes_once, closes_what_it_opened
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud
from labkit.exercises.requirement import Finding, Judge, Requirement, last_call
from labkit.exercises.situation import Situation, told

_STARTER = """\
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long total = 0;
    char buffer[512];
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);
        if (fd < 0) {
            perror(argv[i]);
            return 1;
        }
        ssize_t got;
        while ((got = read(fd, buffer, sizeof buffer)) > 0)
            total += got;
        if (got < 0) {
            perror(argv[i]);
            return 1;
        }
    }
    printf("%ld\\n", total);
    return 0;
}
"""
_FILES = (("a", b"one\n"), ("b", b""), ("c", b"x" * 700))
_MANY = ("a", "b", "c") * 20


def _says(line: bytes) -> Judge:
    """It answers with `line` on stdout."""

    def judge(observation: Observation) -> Finding | None:
        said = observation.seen.output(1)
        if said.split() == line.split():
            return None
        says = f"it should print {quoted(line)}, but printed {quoted(said) if said else 'nothing'}."
        return Finding("wrong-total", told(observation.situation, says), last_call)

    return judge


_FEW = Situation("With three files", ("a", "b", "c"), files=_FILES, recorded=True)
# A leak shows long before EMFILE: 60 files are enough, and quick to record.
_ALL = Situation("With 60 files", _MANY, files=_FILES, recorded=True)
_NONE = Situation("With a file that does not exist", ("a", "missing"), files=_FILES, recorded=True)

NO_LEAK = Exercise(
    name="no-leak",
    lecture=3,
    topics=("low-ops", "fd-table"),
    kind="find and mend the fault",
    question=(
        "This program counts the bytes of all files it is given. With a few it works; with some thousand it says "
        "`Too many open files`. Mend it."
    ),
    done="However many files there are, it has one open at a time.",
    starter=_STARTER,
    requirements=(
        Requirement("counts every byte", _FEW, all_of(ends_well, _says(b"704\n"))),
        Requirement("counts every byte", _ALL, all_of(ends_well, _says(b"14080\n"))),
        Requirement("closes each file when it has done with it", _ALL, closes_in_time(4)),
        Requirement("closes every descriptor it opened", _ALL, closes_what_it_opened),
        Requirement("closes no descriptor twice", _ALL, closes_once),
        Requirement("reports a file that it cannot open", _NONE, fails_aloud("failed-open-ignored", "open", "ENOENT")),
    ),
)
