"""From packets to the segments of a recording: when they were among its moments, and which are its own."""

import pytest

from labkit.decode.captured_segments import own, segments
from labkit.model import Argument, Change, Event, Inode, Segment, Socket

SYN = bytes.fromhex("4500002c00004000400600007f0000017f0000018ae61f900000002a00000000600200000000000002040218")


def event(begin, end, at, until, **more):
    return Event(0, "call", 1, 1, begin, end, at, until, **more)


def test_a_segments_moment_is_the_last_one_before_it():
    events = [event(0, 3, 0.1, 0.4), event(1, 2, 0.2, 0.3), event(4, None, 0.5, None)]
    seen = segments([(int(at * 1e9), SYN) for at in (0.05, 0.1, 0.25, 0.3, 0.45, 9.0)], events)
    assert [one.moment for one in seen] == [-1, 0, 1, 2, 3, 4]
    assert [one.at for one in seen] == [0.05, 0.1, 0.25, 0.3, 0.45, 9.0]
    assert seen[0].options == (("mss", 536),) and seen[0].packet == SYN and not seen[0].inferred


def test_what_is_no_segment_is_left_out():
    assert [one.at for one in segments([(1, b""), (2, b"\x45junk"), (3, SYN)], [])] == [3e-9]


def passed(at, source, target, *flags):
    return Segment(at, 0, source, target, flags, 0, 0, 0)


def with_socket(local, family="AF_INET"):
    socket = Socket(family, "SOCK_STREAM", "LISTEN", local)
    return event(0, 1, 0.0, 0.1, changes=(Change("inodes", (1,), Inode(1, "socket", "", socket=socket)),))


def connecting(host, port, family="AF_INET"):
    address = Argument("addr", "address", {"family": family, "host": host, "port": port}, "")
    return event(2, 3, 1.0, 2.0, call="connect", args=(address,))


@pytest.mark.parametrize("local", ["127.0.0.1:80", "0.0.0.0:80", "[::ffff:127.0.0.1]:80", "[::]:80"])
def test_a_sockets_own_connections_are_the_recordings(local):
    mine = [passed(0.2, "127.0.0.1:5", "127.0.0.1:80", "SYN"), passed(0.3, "127.0.0.1:80", "127.0.0.1:5", "SYN", "ACK")]
    others = [passed(0.2, "127.0.0.1:5", "127.0.0.1:81", "SYN"), passed(0.2, "127.0.0.1:80", "127.0.0.1:81", "SYN")]
    assert own(mine + others[:1], [with_socket(local)]) == tuple(mine)


def test_a_refused_connect_has_no_port_left_but_its_time_tells():
    mine = [passed(1.5, "127.0.0.1:5", "127.0.0.1:80", "SYN"), passed(1.6, "127.0.0.1:80", "127.0.0.1:5", "RST", "ACK")]
    before = passed(0.5, "127.0.0.1:6", "127.0.0.1:80", "SYN")
    elsewhere = passed(1.5, "127.0.0.1:7", "127.0.0.1:81", "SYN")
    assert own([before, *mine, elsewhere], [connecting("127.0.0.1", 80)]) == tuple(mine)
    six = [passed(1.5, "[::1]:5", "[::1]:80", "SYN")]
    assert own(six, [connecting("::1", 80, "AF_INET6")]) == tuple(six)
