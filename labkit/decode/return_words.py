"""What a call's return value says, in a few words: all of it, less, the end, or the errno behind -1. Pure."""

from __future__ import annotations

from labkit.decode.call_findings import asked
from labkit.decode.story.errno_words import MEANING
from labkit.model import Event

_ZERO = {
    "close": "the number is free again",
    "fsync": "storage has the bytes",
    "fdatasync": "storage has the bytes",
    "ftruncate": "the file has that length",
    "fstat": "it is told in the struct",
    "newfstatat": "it is told in the struct",
    "pipe": "both ends are in the array",
    "pipe2": "both ends are in the array",
    "sync": "sync has no return value in C",
}
_NUMBER = {
    "open": "the lowest number that was free",
    "openat": "the lowest number that was free",
    "creat": "the lowest number that was free",
    "dup": "the lowest number that was free",
    "dup2": "the number asked for",
    "dup3": "the number asked for",
    "lseek": "the new offset",
}


def return_words(event: Event) -> str:
    """What the result of `event` means; "" where there is nothing to say.

    >>> return_words(Event(0, "call", 1, 1, 0, 1, 0.0, 0.0, call="close", result=-1, errno="EBADF"))
    'EBADF: bad file descriptor'
    >>> return_words(Event(0, "call", 1, 1, 0, 1, 0.0, 0.0, call="fsync", result=0))
    'storage has the bytes'
    >>> return_words(Event(0, "call", 1, 1, 0, 1, 0.0, 0.0, call="accept", result=-512, errno="ERESTARTSYS"))
    'a signal interrupted it'
    """
    if event.result is None:
        return "it never returned"
    if event.errno.startswith("ERESTART"):  # the program is not told: the kernel begins the call again, or says EINTR
        return "a signal interrupted it"
    if event.errno:
        return f"{event.errno}: {MEANING.get(event.errno, 'an error')}"
    count = asked(event)
    if count is not None and event.call.startswith(("read", "pread")):
        return _of_read(event.result, count)
    if count is not None:
        return "all of them" if event.result == count else f"fewer than the {count:,} it was given"
    return _NUMBER.get(event.call) or (_ZERO.get(event.call, "") if event.result == 0 else "")


def _of_read(result: int, count: int) -> str:
    if result == 0 and count:
        return "the end of the file"
    return "as many as asked for" if result == count else f"fewer than the {count:,} asked for"
