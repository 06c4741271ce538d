"""Recordings made by hand, of any length, for tests that need no kernel."""

from labkit.model import (
    Argument,
    Change,
    Descriptor,
    Event,
    Inode,
    OpenFile,
    Place,
    Process,
    Recording,
    Socket,
    Stream,
    Thread,
    Wait,
)

START = (
    Change("processes", (100,), Process(100, 0, "prog", 1)),
    Change("threads", (100,), Thread(100, 100, 1)),
    Change("inodes", (1,), Inode(1, "file", "/tmp/out", 7, 8, size=0)),
    Change("open_files", (1,), OpenFile(1, 1, "O_WRONLY", 0)),
    Change("tables", (1, 1), Descriptor(1)),
    Change("inodes", (2,), Inode(2, "socket", "socket:[9]", 9, 8, queue=0,
                                 socket=Socket("AF_INET", "SOCK_STREAM", "LISTEN", "127.0.0.1:80", backlog=(0, 5)))),
    Change("open_files", (2,), OpenFile(2, 2, "O_RDWR")),
    Change("tables", (1, 3), Descriptor(2, True)),
)  # fmt: skip


def writes(count, descriptors=0):
    """A process that writes `count` bytes, one by one, through stdio; with so many descriptors more."""
    more = tuple(
        change
        for fd in range(10, 10 + descriptors)
        for change in (
            Change("open_files", (fd,), OpenFile(fd, 1, "O_RDONLY", 0)),
            Change("tables", (1, fd), Descriptor(fd)),
        )
    )
    place = Place("prog.c", 7, "main", ("fputc", "write"))
    events = tuple(
        Event(
            i, "call", 100, 100, 2 * i, 2 * i + 1, i * 1000 / 1e9, (i * 1000 + 100) / 1e9, place, "write",
            (Argument("fd", "fd", 1, "1"), Argument("buf", "bytes", b"x", '"x"'), Argument("count", "int", 1, "1")), 1,
            entered=(Change("streams", (100, 64), Stream(64, 1, "stdout", "full", 4096, pending=b"x" * (i % 7))),),
            changes=(Change("open_files", (1,), OpenFile(1, 1, "O_WRONLY", i + 1)),
                     Change("inodes", (1,), Inode(1, "file", "/tmp/out", 7, 8, size=i + 1))),
        )
        for i in range(count)
    )  # fmt: skip
    return recording(events, START + more)


def recording(events, start=START, **more):
    return Recording("prog", ("prog",), "null", "file", "file", tuple(events), start, status=0, **more)


def interleaved():
    """Two processes: one waits in read while the other is born, writes and ends."""
    at = Place("prog.c", 3, "main", ("read",))
    read = Event(0, "call", 100, 100, 0, 4, 0.0, 0.4, at, "read", (Argument("fd", "fd", 3, "3"),), 1,
                 wait=Wait("bytes to arrive", 2, "pipe_read"))  # fmt: skip
    born = Event(1, "begin", 200, 200, 1, 1, 0.1, 0.1, at, detail="new process of 100", changes=(
        Change("processes", (200,), Process(200, 100, "prog", 2)), Change("threads", (200,), Thread(200, 200, 2)),
        Change("tables", (2, 1), Descriptor(1))))  # fmt: skip
    write = Event(2, "call", 200, 200, 2, 3, 0.2, 0.3, at, "write", result=5,
                  changes=(Change("inodes", (2,), Inode(2, "socket", "socket:[9]", 9, 8, queue=5)),))  # fmt: skip
    leaves = Event(3, "call", 200, 200, 5, None, 0.5, None, at, "exit_group", (Argument("status", "int", 0, "0"),))
    ends = Event(4, "exit", 200, 200, 6, 6, 0.6, 0.6, detail="exited with 0", changes=(
        Change("threads", (200,), None), Change("tables", (2, 1), None),
        Change("processes", (200,), Process(200, 100, "prog", 2, "zombie", 0))))  # fmt: skip
    return recording((read, born, write, leaves, ends))
