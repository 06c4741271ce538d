"""The exercise of lecture 02 on where a stream reads: which of its calls reach the kernel, and how much each brings."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.predicted import Calls
from labkit.exercises.situation import Situation

_SIZE = 2_500
_PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>

static char buffer[1024];

static void next(FILE *f)
{
    if (fgetc(f) == EOF)
        exit(1);
}

static void go(FILE *f, long offset, int from)
{
    if (fseek(f, offset, from) != 0)
        exit(1);
}

int main(void)
{
    FILE *f = fopen("data", "rb"); // 2,500 bytes
    if (f == NULL || setvbuf(f, buffer, _IOFBF, sizeof buffer) != 0)
        return 1;
    for (int i = 0; i < 100; i++)
        next(f);
    if (ftell(f) != 100)
        return 1;
    go(f, 2048, SEEK_SET);
    next(f);
    go(f, -1, SEEK_CUR);
    next(f);
    while (fgetc(f) != EOF)
        ;
    rewind(f);
    for (int i = 0; i < 1500; i++)
        next(f);
    return fclose(f) == EOF;
}
"""

FEW_READS = Exercise(
    name="few-reads",
    lecture=2,
    topics=("positioning", "copy-chars"),
    kind="predict a trace",
    question=(
        "The file `data` has 2,500 bytes, and the stream a buffer of 1,024. Which calls of read does the program make, "
        "and what does each return? Write a line for each, as `read = 100`."
    ),
    done="A read fills the buffer; whatever is in it, fgetc, ftell and a short fseek take without one.",
    starter=_PROGRAM,
    calls=Calls(
        Situation("", files=(("data", bytes(range(250)) * (_SIZE // 250)),), recorded=True),
        ("read",),
        returns=True,
        extra="What is in the buffer already needs no call.",
    ),
)
