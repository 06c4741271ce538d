"""Which bytes a system call moved, and through which descriptor: read, write and all their relatives.

Pure: one event in, values out. Knows nothing of what a descriptor leads to.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.model import Event, Value

_PEEK = 2  # MSG_PEEK in recv(2)


@dataclass(frozen=True, slots=True)
class Transfer:
    """`size` bytes through `fd`, `into` the kernel or out of it; `data` is the beginning of them that was kept.

    `asked` is how many there were to be moved. `took`: the bytes are no longer where they were (not so after MSG_PEEK
    and tee). `at` is the offset in the file when the call names one (pread, pwrite), else None.
    """

    fd: int
    into: bool
    size: int
    data: bytes
    asked: int
    took: bool = True
    at: int | None = None

    @property
    def whole(self) -> bool:
        """Whether all its bytes are known."""
        return len(self.data) == self.size


# Call → whether bytes go into the kernel, and the argument with the bytes.
_ONE = {
    "read": (False, "buf"), "pread64": (False, "buf"), "recvfrom": (False, "buf"),
    "readv": (False, "iov"), "preadv": (False, "iov"), "preadv2": (False, "iov"), "recvmsg": (False, "msg"),
    "write": (True, "buf"), "pwrite64": (True, "buf"), "sendto": (True, "buf"),
    "writev": (True, "iov"), "pwritev": (True, "iov"), "pwritev2": (True, "iov"), "sendmsg": (True, "msg"),
    "vmsplice": (True, "iov"),
}  # fmt: skip
# Call → the descriptors that bytes leave and enter within the kernel; nobody sees these bytes.
_WITHIN = {
    "sendfile": ("in_fd", "out_fd"), "splice": ("fd_in", "fd_out"), "tee": ("fd_in", "fd_out"),
    "copy_file_range": ("fd_in", "fd_out"),
}  # fmt: skip


def transfers(event: Event, *, under_way: bool = False) -> tuple[Transfer, ...]:
    """The bytes that moved when the call returned; none for other calls, failed ones and ones that moved nothing.

    With `under_way`, for a call that has not returned: what it asks for. Of a read that is no data yet.

    >>> from labkit.model import Argument
    >>> args = (Argument("fd", "fd", 1, "1"), Argument("buf", "bytes", b"hello", '"hello"'))
    >>> transfers(Event(0, "call", 9, 9, 0, 1, 0.0, 0.1, call="write", args=args, result=3))
    (Transfer(fd=1, into=True, size=3, data=b'hel', asked=5, took=True, at=None),)
    """
    if event.kind != "call" or (event.call not in _ONE and event.call not in _WITHIN):
        return ()
    moved = event.result or 0
    if not under_way and (event.result is None or moved <= 0):
        return ()
    given = {argument.name: argument for argument in event.args}
    if event.call in _WITHIN:
        source, target = (given[name].value for name in _WITHIN[event.call])
        size = 0 if under_way else moved
        return (
            Transfer(_fd(source), False, size, b"", size, event.call != "tee"),
            Transfer(_fd(target), True, size, b"", size),
        )
    into, name = _ONE[event.call]
    argument = given.get(name)
    fd = _fd(event.args[0].value) if event.args else -1
    flags = given["flags"].value if "flags" in given else 0
    took = into or not (isinstance(flags, int) and flags & _PEEK)
    offset = given["offset"].value if "offset" in given else None
    at = offset if isinstance(offset, int) and offset >= 0 else None  # preadv2(2): -1 means the current offset
    if under_way and not into:
        return (Transfer(fd, into, 0, b"", 0, took, at),)
    value = argument.value if argument is not None else None
    data, beginning = _bytes(value)
    kept = argument.size if argument is not None and argument.size is not None else len(data)
    size = kept if under_way else moved
    # Of several pieces, where one was cut, only the first is sure to be the beginning.
    data = data[:size] if len(data) >= size else beginning
    return (Transfer(fd, into, size, data, max(kept, size), took, at),)


def moves(event: Event) -> bool:
    """Whether the call is one that moves bytes, when it succeeds."""
    return event.kind == "call" and (event.call in _ONE or event.call in _WITHIN)


def _fd(value: Value) -> int:
    return value if isinstance(value, int) else -1


def _bytes(value: Value) -> tuple[bytes, bytes]:
    """All the bytes that were kept, and those of the first piece; a message has its pieces in "iov"."""
    if isinstance(value, dict):
        value = value.get("iov")
    pieces = value if isinstance(value, tuple) else (value,)
    kept = [piece for piece in pieces if isinstance(piece, bytes)]
    return b"".join(kept), kept[0] if kept else b""
