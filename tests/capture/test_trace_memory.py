"""Argument memory is copied as the plan says: every shape, up to the limit, and bad pointers do no harm."""

import struct

import pytest
from tracing import compiled, traced

pytestmark = pytest.mark.ptrace
ACCESS, WRITE, WRITEV, READV, POLL, EXECVE, NEWFSTATAT = 21, 1, 20, 19, 7, 59, 262
BIND, GETSOCKNAME, SENDTO, RECVFROM, SENDMSG, RECVMSG, SENDMMSG, RECVMMSG = 49, 51, 44, 45, 46, 47, 307, 299
EPOLL_WAIT, EPOLL_CTL = 232, 233

PLAN = f"""
{ACCESS} 0 str e 0
{WRITE} 1 buf e 2
{WRITEV} 1 iov e 2
{READV} 1 iov x 2
{BIND} 1 sockaddr e 2
{GETSOCKNAME} 1 sockaddrp x 2
{SENDTO} 1 buf e 2
{SENDTO} 4 sockaddr e 5
{RECVFROM} 1 retbuf x 0
{RECVFROM} 4 sockaddrp x 5
{SENDMSG} 1 msghdr e 0
{RECVMSG} 1 msghdr x 0
{SENDMMSG} 1 mmsghdr e 2
{RECVMMSG} 1 mmsghdr x 2
{POLL} 0 arr e {1 << 16 | 8}
{POLL} 0 arr x {1 << 16 | 8}
{EPOLL_CTL} 3 mem e 12
{EPOLL_WAIT} 1 retarr x 12
{NEWFSTATAT} 2 mem x 144
{EXECVE} 1 strv e 0
"""


@pytest.fixture(scope="module")
def log():
    return traced([compiled("arguments")], plan=PLAN, data_limit=6000)[1]


def calls(log, nr, kind="entry"):
    """The calls of the program itself: the first execve and what ld.so does are not its own."""
    return [raw for raw in log if raw.kind == kind and raw.nr == nr]


def parts(raw):
    return [(piece.arg, piece.part, piece.data) for piece in raw.memory]


def test_strings(log):
    found = calls(log, ACCESS)[-8:]
    pieces = [raw.memory[0] if raw.memory else None for raw in found]
    assert [(piece.data, piece.total, piece.fault) for piece in pieces[:2]] == [(b"plain", 5, False), (b"", 0, False)]
    assert pieces[2] is None  # a null pointer is no memory
    assert (pieces[3].data, pieces[3].total, pieces[3].fault, pieces[3].address) == (b"", -1, True, 1)
    assert (pieces[4].data, pieces[4].total) == (b"l" * 4096, -1)  # PATH_MAX: the kernel looks no further either
    assert (pieces[5].data, pieces[5].total, pieces[5].fault) == (b"eeeee", -1, True)
    assert (pieces[6].data, pieces[6].total, pieces[6].fault) == (b"eeee", 4, False)
    assert (pieces[7].data, pieces[7].total) == (b"e" * 3095, 3095)
    assert [raw.args[0] for raw in found if raw.memory] == [piece.address for piece in pieces if piece]


def test_buffers(log):
    pieces = [raw.memory[0] if raw.memory else None for raw in calls(log, WRITE)]
    assert (pieces[0].data, pieces[0].total) == (b"small", 5)
    assert (pieces[1].data, pieces[1].total, pieces[1].fault) == (b"b" * 6000, 10000, False)  # cut at the limit
    assert (pieces[2].data, pieces[2].total) == (b"", 0)
    assert pieces[3] is None
    assert (pieces[4].data, pieces[4].total, pieces[4].fault) == (b"xxx", 8, True)


def test_vectors(log):
    good, bad = calls(log, WRITEV)
    assert [(piece.part, piece.index, piece.data) for piece in good.memory[1:]] == [
        ("data", 0, b"ab"),
        ("data", 1, b""),
        ("data", 2, b"cdefg"),
    ]
    assert good.memory[0].part == "iov" and good.memory[0].total == 48
    assert [size for _, size in struct.iter_unpack("<QQ", good.memory[0].data)] == [2, 0, 5]
    assert bad.memory == ()
    (read,) = calls(log, READV, "exit")
    assert [piece.data for piece in read.memory if piece.part == "data"] == [b"ab", b"cdefg"]


def address_of(data):
    family, port = struct.unpack("=H", data[:2])[0], struct.unpack(">H", data[2:4])[0]
    return family, port, data[4:8]


def test_socket_addresses(log):
    (bound,) = calls(log, BIND)
    assert address_of(bound.memory[0].data) == (2, 0, b"\x7f\0\0\1")
    (named,) = calls(log, GETSOCKNAME, "exit")
    assert named.memory[0].part == "sockaddrp" and named.memory[0].total == 16
    family, port, host = address_of(named.memory[0].data)
    assert (family, host) == (2, b"\x7f\0\0\1") and port > 0
    (sent,) = calls(log, SENDTO)
    assert [part for _, part, _ in parts(sent)] == ["buf", "sockaddr"]
    assert sent.memory[0].data == b"to" and address_of(sent.memory[1].data)[1] == port
    (received,) = calls(log, RECVFROM, "exit")
    assert received.memory[0].data == b"to" and received.memory[0].part == "retbuf"


def test_messages(log):
    (sent,) = calls(log, SENDMSG)
    assert [piece.part for piece in sent.memory] == ["msghdr", "name", "iov", "data", "data"]
    assert b"".join(piece.data for piece in sent.memory if piece.part == "data") == b"hello"
    (received,) = calls(log, RECVMSG, "exit")
    assert [piece.data for piece in received.memory if piece.part == "data"] == [b"hello"]
    assert [piece.total for piece in received.memory if piece.part == "name"] == [16]
    (several,) = calls(log, SENDMMSG)
    assert [(piece.message, piece.index, piece.data) for piece in several.memory if piece.part == "data"] == [
        (0, 0, b"he"),
        (0, 1, b"llo"),
        (1, 0, b"he"),
        (1, 1, b"llo"),
    ]
    (back,) = calls(log, RECVMMSG, "exit")
    assert back.rval == 2
    assert [piece.data for piece in back.memory if piece.part == "data"] == [b"hello", b"hello"]


def test_arrays(log):
    (before,), (after,) = calls(log, POLL), calls(log, POLL, "exit")
    assert [returned for _, _, returned in struct.iter_unpack("<ihh", before.memory[0].data)] == [0, 0]
    assert [returned for _, _, returned in struct.iter_unpack("<ihh", after.memory[0].data)] == [1, 4]
    (waited,) = calls(log, EPOLL_WAIT, "exit")
    assert waited.memory[0].data == struct.pack("<IQ", 1, 0x1122334455667788)


def test_failed_calls_bring_nothing_back(log):
    failed = calls(log, NEWFSTATAT, "exit")[-1]
    assert (failed.rval, failed.memory) == (-9, ())


def test_long_lists_of_strings(log):
    last = calls(log, EXECVE)[-1]
    assert [piece.data for piece in last.memory if piece.part == "strv"] == [b"argument"] * 64
    assert [piece.index for piece in last.memory if piece.part == "strv"] == list(range(64))
    assert last.memory[-1].part == "more"
