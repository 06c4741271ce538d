"""The exercise of lecture 03 on creating a file: the flags that open needs for it, and the mode."""

from __future__ import annotations

from labkit.exercises.conduct import closes_what_it_opened, gives_a_mode, truncates
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud, leaves
from labkit.exercises.requirement import Finding, Requirement, last_call
from labkit.exercises.situation import Situation, told
from labkit.model import Fault

_NOTE = b"remember\n"
_NEW = Situation("When there is no file note yet", recorded=True)
_OLD = Situation(
    "When there is a longer note already", files=(("note", b"something older and longer\n"),), recorded=True
)
_FULL = Situation("When the device is full", faults=(Fault("write", 1, errno="ENOSPC"),), recorded=True)
_FOLDER = Situation("When note is a folder", files=(("note/page", b""),), recorded=True)

_STARTER = """\
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int save(const char *name, const char *text, size_t length)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) {
        perror(name);
        return 1;
    }
    if (write(fd, text, length) != (ssize_t)length) {
        perror("write");
        return 1;
    }
    if (close(fd) < 0) {
        perror("close");
        return 1;
    }
    return 0;
}

int main(void)
{
    const char *text = "remember\\n";
    return save("note", text, strlen(text));
}
"""
# The mode that open is not told is what was last in its register: here the length, the same in every run, not chance.


def _readable(observation: Observation) -> Finding | None:
    """Afterwards its owner may read and write it, whatever the mode was that open was given."""
    left = observation.left.get("note")
    if left is None or left.mode is None or (left.mode & 0o600 == 0o600 and not left.mode & 0o7111):
        return None
    says = f"note has mode {left.mode:04o} afterwards: its owner should be able to read and write it, and that is all."
    return Finding("wrong-mode", told(observation.situation, says), last_call)


FILE_MODE = Exercise(
    name="file-mode",
    lecture=3,
    topics=("open-flags",),
    kind="find and mend the fault",
    question=(
        "This program writes a line to the file `note`. Run it in an empty folder and try to read `note` afterwards. "
        "What did open not get told? Mend it."
    ),
    done="The file has the permissions that the program asked for, less those of the umask.",
    starter=_STARTER,
    requirements=(
        Requirement("leaves the line in note", _NEW, all_of(ends_well, leaves("note", _NOTE))),
        Requirement("gives the new file permissions", _NEW, all_of(gives_a_mode("note"), _readable)),
        Requirement("replaces what was there", _OLD, all_of(ends_well, leaves("note", _NOTE)), (truncates("note"),)),
        Requirement("reports a write that failed", _FULL, fails_aloud("failed-write-ignored", "write", "ENOSPC")),
        Requirement(
            "reports a file that it cannot open", _FOLDER, fails_aloud("failed-open-ignored", "open", "EISDIR")
        ),
        Requirement("closes every descriptor it opened", _NEW, closes_what_it_opened),
    ),
)
