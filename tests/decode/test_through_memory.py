"""What of a file comes into a program's memory: by read all, by sendfile nothing."""

import pytest

import labkit

READS = """\
#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>
int main(void)
{
    char some[20];
    int in = open("letter", O_RDONLY), out = open("copy", O_WRONLY | O_CREAT, 0644);
    return in < 0 || out < 0 || HOW;
}
"""


@pytest.mark.ptrace
@pytest.mark.parametrize(
    ("how", "letter", "copy"),
    [
        ("read(in, some, 20) < 0 || read(in, some, 20) < 0", "30", "0"),
        ("sendfile(out, in, NULL, 30) != 30", "0", "0"),
        ("pread(in, some, 7, 3) != 7 || write(out, some, 7) != 7", "7", "0"),
    ],
)
def test_bytes_in_memory(how, letter, copy):
    made = labkit.record(READS.replace("HOW", how), files={"letter": "x" * 30})
    assert made.status == 0
    assert (labkit.through_memory(made, "letter"), labkit.through_memory(made, "copy")) == (letter, copy)
