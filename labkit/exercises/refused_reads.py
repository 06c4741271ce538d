"""The exercise of lecture 05 on the generic read: eight reads, some allowed, some refused, each at another step."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.refusals import Results
from labkit.exercises.situation import Situation

_PROGRAM = """\
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static int checked(int result)
{
    if (result < 0) {
        perror("reads");
        exit(1);
    }
    return result;
}

static void tell(ssize_t got)
{
    if (got < 0)
        perror("read");
    else
        printf("%zd bytes\\n", got);
}

int main(void)
{
    char bytes[16];
    void *of_the_kernel = (void *)0xffffffff81000000;
    int numbers = checked(open("numbers", O_RDONLY)); // it has 10 bytes
    int write_only = checked(open("numbers", O_WRONLY));
    int folder = checked(open(".", O_RDONLY | O_DIRECTORY));
    int waits = checked(epoll_create1(0)); // its driver has no read

    tell(read(numbers, bytes, sizeof bytes));
    tell(read(numbers, bytes, sizeof bytes));
    tell(read(write_only, bytes, sizeof bytes));
    tell(read(folder, bytes, sizeof bytes));
    tell(read(waits, bytes, sizeof bytes));
    tell(read(numbers, of_the_kernel, sizeof bytes));
    tell(read(write_only, of_the_kernel, sizeof bytes));
    checked(close(numbers));
    tell(read(numbers, bytes, sizeof bytes));
    return 0;
}
"""

REFUSED_READS = Exercise(
    name="refused-reads",
    lecture=5,
    topics=("vfs-read", "syscall"),
    kind="predict a trace",
    question=(
        "Eight reads; some are allowed, some are refused. What does each return? Write a line for each, in order: the "
        "number of bytes, as `10`, or the error's name, as `ENOENT`."
    ),
    done="You know each check of the generic read, and which of them comes first.",
    starter=_PROGRAM,
    results=Results(
        Situation("", files=(("numbers", b"123456789\n"),), recorded=True),
        "read",
        (
            "All checks are passed; there are 10 bytes, however many are asked for.",
            "All checks are passed; at the end there are 0 bytes, which is no error.",
            "vfs_read looks first at how the file was opened: without the mode to read, it goes no further.",
            "A folder may be opened for reading, and vfs_read lets it pass; its own read refuses.",
            "It is open for reading, but its table of operations has no read: that is EINVAL.",
            "The mode is right and there is a read; then the buffer is looked at, and it is not the program's. This "
            "comes before anybody asks how many bytes there are.",
            "Two things are wrong. The mode is looked at before the buffer: the first check that fails answers.",
            "The number leads to no struct file any more, so that vfs_read is not even entered.",
        ),
    ),
)
