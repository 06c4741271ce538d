"""The exercise of lecture 04 on what becomes of printf: which calls of write there are, and of how many bytes."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.predicted import Calls
from labkit.exercises.situation import Situation

_PROGRAM = """\
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    if (setvbuf(stdout, NULL, _IOLBF, BUFSIZ) != 0)
        return 1;
    printf("one ");
    printf("two\\n");
    fprintf(stderr, "three ");
    printf("four ");
    if (write(STDOUT_FILENO, "five\\n", 5) != 5)
        return 1;
    printf("six");
    if (fflush(stdout) == EOF)
        return 1;
    printf("seven\\n");
    _exit(printf("eight") != 5);
}
"""

WHICH_WRITES = Exercise(
    name="which-writes",
    lecture=4,
    topics=("flush", "fd-now"),
    kind="predict a trace",
    question=(
        "Standard output is a pipe. Which calls of write does this program make? Write a line for each in the order in "
        "which they are made, with descriptor and number of bytes, as `write 1 = 5`."
    ),
    done="Line by line, when it is told, at once, or never: each stream by its own mode.",
    starter=_PROGRAM,
    calls=Calls(Situation("", recorded=True), ("write",), counted=("write",)),
)
