"""The exercise of lecture 06 on what a read from a pipe returns: some bytes, nothing yet, the end, or an error."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.refusals import Results
from labkit.exercises.situation import Situation

_PROGRAM = """\
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int checked(int result)
{
    if (result < 0) {
        perror("empty");
        exit(1);
    }
    return result;
}

int main(void)
{
    char bytes[8];
    int p[2];
    checked(pipe(p));
    pid_t child = checked(fork());
    if (child == 0) {
        checked(write(p[1], "hello", 5));
        checked(write(p[1], " world", 6));
        return 0;
    }
    checked(waitpid(child, NULL, 0));
    checked(fcntl(p[0], F_SETFL, O_NONBLOCK)); // do not wait, fail with EAGAIN instead
    checked(read(p[0], bytes, 8));
    checked(read(p[0], bytes, 8));
    if (read(p[0], bytes, 8) >= 0)
        return 1;
    checked(write(p[1], "!", 1));
    checked(close(p[1]));
    checked(read(p[0], bytes, 8));
    checked(read(p[0], bytes, 8));
    checked(read(p[0], bytes, 8));
    if (read(p[1], bytes, 8) >= 0)
        return 1;
    return 0;
}
"""
_WHYS = (
    "Eleven bytes are in the queue, from two writes, and it keeps no borders between them. The buffer holds 8.",
    "What the first read took is gone; the rest of the eleven bytes was left.",
    "The queue is empty, but that is not the end: the child has gone, and the parent itself has a write end open. A "
    "read that may not wait fails with EAGAIN.",
    "The byte was written before the end was closed, and it is still in the queue: closing takes nothing away.",
    "The queue is empty and no write end is open any more: that is the end, and it is no error.",
    "The end stays the end; it can be read as often as you like.",
    "p[1] was closed, so there is no such descriptor. (Open, it would be EBADF all the same: it is not for reading.)",
)

NOTHING_OR_END = Exercise(
    name="nothing-or-end",
    lecture=6,
    topics=("pipe",),
    kind="predict a trace",
    question=(
        "A child writes into a pipe and ends; then its parent reads. What does each of the seven reads return? Write a "
        "line for each, in order: the number of bytes, or the name of the error where it fails, as EINVAL."
    ),
    done="Bytes while there are any; then nothing yet, or the end: that depends on who could still write.",
    starter=_PROGRAM,
    results=Results(Situation("", recorded=True, in_turn=True), "read", _WHYS),
)
