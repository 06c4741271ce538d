"""Which bytes wait in a pipe: said where the calls leave no doubt, and not otherwise."""

from labkit.decode.replay import replay
from labkit.decode.transfers import transfers
from labkit.decode.waiting import Waiting
from labkit.model import Argument, Change, Descriptor, Event, Inode, OpenFile, Place, Process, Socket, Thread
from tests.decode.happenings import recording

PIPE = 5


def start(kind="pipe", **more):
    inode = Inode(PIPE, kind, f"{kind}:[7]", 7, 8, queue=0, capacity=65536, **more)
    return (
        Change("processes", (100,), Process(100, 0, "prog", 1)),
        Change("threads", (100,), Thread(100, 100, 1)),
        Change("threads", (101,), Thread(101, 100, 1)),
        Change("inodes", (PIPE,), inode),
        *(Change("open_files", (fd,), OpenFile(fd, PIPE, "O_RDWR")) for fd in (3, 4)),
        *(Change("tables", (1, fd), Descriptor(fd)) for fd in (3, 4)),
    )


def call(index, name, data, queue, *, begin=None, end=None, tid=100, size=None, result=None):
    begin, end = (2 * index, 2 * index + 1) if begin is None else (begin, end)
    out = name == "read"
    args = (
        Argument("fd", "fd", 3 if out else 4, "3"),
        Argument("buf", "bytes", data, repr(data), size=size, out=out),
        Argument("count", "int", 4096, "4096"),
    )
    moved = (size or len(data)) if result is None else result
    after = Change("inodes", (PIPE,), Inode(PIPE, "pipe", "pipe:[7]", 7, 8, queue=queue, capacity=65536))
    place = Place("p.c", 1, "main", (name,))
    return Event(index, "call", 100, tid, begin, end, 0.0, 0.1, place, name, args, moved, changes=(after,))


def told(*events):
    """What is said to wait after each step."""
    made = recording(events, start())
    walked = list(replay(made).walk())
    waiting = Waiting(walked, made.events, [transfers(event) for event in made.events])
    said = []
    for step, before, after in walked:
        waiting.step(step, before, after)
        said.append(waiting.bytes_in(after.inodes[PIPE]))
    return said


def test_what_was_written_and_not_yet_read_waits():
    assert told(call(0, "write", b"abc", 3), call(1, "write", b"def", 6), call(2, "read", b"ab", 4)) == [
        b"abc", b"abcdef", b"cdef",
    ]  # fmt: skip


def test_somebody_outside_may_have_read_the_first_ones():
    assert told(call(0, "write", b"abc", 3), call(1, "write", b"def", 4)) == [b"abc", b"cdef"]


def test_what_somebody_outside_wrote_is_what_is_read_later():
    assert told(call(0, "read", b"ab", 3), call(1, "read", b"cde", 0)) == [b"cde", b""]


def test_nothing_is_said_of_bytes_that_were_not_kept():
    assert told(call(0, "write", b"abc", 9, size=9), call(1, "write", b"xy", 2)) == [None, b"xy"]


def test_nothing_is_said_when_a_read_got_something_else():
    assert told(call(0, "write", b"abc", 3), call(1, "read", b"x", 2)) == [None, None]


def test_the_order_of_writes_that_were_under_way_together_is_not_known():
    one = call(0, "write", b"abc", 3, begin=0, end=2)
    other = call(1, "write", b"def", 6, begin=1, end=3, tid=101)
    later = call(2, "write", b"ghi", 3, begin=4, end=5)
    assert told(one, other, later)[2:] == [None, None, b"ghi"]


def test_a_short_write_brings_only_its_beginning():
    assert told(call(0, "write", b"abcdef", 4, result=4)) == [b"abcd"]


def test_a_datagram_socket_is_not_followed():
    dgram = start("socket", socket=Socket("AF_UNIX", "SOCK_DGRAM", peer_inode=PIPE))
    made = recording((), dgram)
    waiting = Waiting([], made.events, [])
    inode = next(change.value for change in dgram if change.what == "inodes")
    assert waiting.bytes_in(inode) == b""
    full = Inode(PIPE, "socket", "socket:[7]", queue=4, socket=inode.socket)
    assert waiting.bytes_in(full) is None
