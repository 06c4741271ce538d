"""What a return value says: all, less, the end, an errno; nothing is said that is not known."""

import pytest

from labkit.decode.return_words import return_words
from labkit.model import Argument, Event


def call(name, result, errno="", count=None):
    args = (
        ()
        if count is None
        else (
            Argument("fd", "fd", 3, "3"),
            Argument("buf", "bytes", b"x", '"x"'),
            Argument("count", "int", count, str(count)),
        )
    )
    return Event(0, "call", 1, 1, 0, 1, 0.0, 0.0, call=name, args=args, result=result, errno=errno)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (call("read", 8, count=8), "as many as asked for"),
        (call("read", 3, count=8), "fewer than the 8 asked for"),
        (call("read", 0, count=8), "the end of the file"),
        (call("read", 0, count=0), "as many as asked for"),
        (call("read", -1, "EINTR", 8), "EINTR: interrupted system call"),
        (call("write", 8, count=8), "all of them"),
        (call("write", 65536, count=100000), "fewer than the 100,000 it was given"),
        (call("openat", 3), "the lowest number that was free"),
        (call("dup2", 1), "the number asked for"),
        (call("lseek", 0), "the new offset"),
        (call("close", 0), "the number is free again"),
        (call("close", -1, "EBADF"), "EBADF: bad file descriptor"),
        (call("read", None, count=8), "it never returned"),
        (call("getpid", 17), ""),
    ],
)
def test_words(event, says):
    assert return_words(event) == says
