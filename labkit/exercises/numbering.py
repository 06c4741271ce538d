"""The exercise of lecture 03 on the numbers of descriptors: which one a new descriptor gets."""

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
        perror("numbers");
        exit(1);
    }
    return result;
}

int main(void)
{
    int a = checked(open("a", O_RDONLY));
    int b = checked(open("b", O_RDONLY));
    checked(close(a));
    int again = checked(dup(b));
    int c = checked(open("a", O_RDONLY));
    checked(close(STDIN_FILENO));
    int zero = checked(dup(c));
    checked(dup2(zero, b));
    checked(close(again));
    return 0;
}
"""

LOWEST_FREE = Exercise(
    name="lowest-free",
    lecture=3,
    topics=("fd-table", "dup", "low-ops"),
    kind="predict a trace",
    question=(
        "Which descriptor does each call make or close? 0, 1 and 2 are open at the start. Write a line for each call "
        "of open, dup, dup2 and close in the order in which they are made, as `open = 3` or `close 3`."
    ),
    done="Each new descriptor gets the lowest number that is free; only dup2 is told which.",
    starter=_PROGRAM,
    calls=Calls(
        Situation("", files=(("a", b"a\n"), ("b", b"b\n")), recorded=True),
        ("open", "openat", "dup", "dup2", "dup3", "close"),
    ),
)
