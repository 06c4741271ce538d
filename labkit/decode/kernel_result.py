"""What a followed call gave, in words, and what it moves. Pure."""

from __future__ import annotations

from labkit.decode.errnos import name_of
from labkit.model import CallGraph

READS = frozenset({"read", "pread64", "readv", "preadv", "preadv2", "recvfrom", "recvmsg"})
WRITES = frozenset({"write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg"})
_ERRORS = 4095  # include/linux/err.h: the kernel's results from -4095 up to -1 are errors


def outcome(graph: CallGraph) -> str:
    """How the call ended.

    >>> outcome(CallGraph("read", "x", (), 16, "6.1", ())), outcome(CallGraph("read", "x", (), -9, "6.1", ()))
    ('gives 16', 'fails with EBADF')
    """
    if -_ERRORS <= graph.result < 0:
        return f"fails with {name_of(-graph.result)}"
    return f"gives {graph.result:,}"


def moved(graph: CallGraph) -> str:
    """How many bytes a read or write moved, "" for none and for other calls.

    >>> moved(CallGraph("read", "x", (), 1, "6.1", ())), moved(CallGraph("openat", "x", (), 3, "6.1", ()))
    ('1 byte', '')
    """
    if graph.result <= 0 or graph.call not in READS | WRITES:
        return ""
    return f"{graph.result:,} byte{'' if graph.result == 1 else 's'}"
