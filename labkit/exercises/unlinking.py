"""The exercise of lecture 01 on names and open files: what an unlinked file still gives to whoever has it open."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.predicted import Calls
from labkit.exercises.situation import Situation

_PROGRAM = """\
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int checked(int result)
{
    if (result < 0) {
        perror("names");
        exit(1);
    }
    return result;
}

int main(void)
{
    char buffer[4];
    int other = checked(open("other", O_RDONLY));
    int notes = checked(open("notes", O_RDONLY)); // it holds the 7 bytes "letter\\n"
    checked(read(notes, buffer, 4));
    checked(close(other));
    checked(unlink("notes"));
    checked(read(notes, buffer, 4));
    int again = open("notes", O_RDONLY);
    if (again < 0)
        again = checked(open("notes", O_RDWR | O_CREAT, 0644));
    checked(read(again, buffer, 4));
    checked(close(notes));
    checked(close(again));
    return 0;
}
"""

READS_ON = Exercise(
    name="reads-on",
    lecture=1,
    topics=("filesystem", "close", "open-first"),
    kind="predict a trace",
    question=(
        "Which calls does this program make, and what do they return? 0, 1 and 2 are open at the start. Write a line "
        "for each call of open, read, unlink and close in the order in which they are made, as `open = 3`, "
        "`read 3 = 10`, `unlink`, `close 3`; one that fails returns -1."
    ),
    done="The name is gone at once; the file stays as long as somebody has it open, and the new one is another.",
    starter=_PROGRAM,
    calls=Calls(
        Situation("", files=(("notes", b"letter\n"), ("other", b"x\n")), recorded=True),
        ("open", "openat", "read", "unlink", "unlinkat", "close"),
        counted=("read",),
    ),
)
