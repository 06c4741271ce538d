"""Where pidfd_getfd(2) is refused, as in a container, sock_diag(7) must tell of a socket what its descriptor would."""

from __future__ import annotations

import pytest

import labkit

pytestmark = pytest.mark.ptrace

TOGETHER = ("echo_server 0", "echo_client {port} hello")


def told(recording):
    """What was said of every connected TCP socket: after which call, its state, and the bytes that wait in it."""
    return [
        (event.call, change.value.socket.state, change.value.queue)
        for event in recording.calls()
        for change in (*event.entered, *event.changes)
        if getattr(change.value, "socket", None) and change.value.socket.state not in ("", "CLOSE", "LISTEN")
    ]


def test_an_end_that_was_not_read_is_no_byte_and_bytes_taken_out_of_turn_still_count():
    """The kernel counts a FIN in what waits; a reader that sleeps has its bytes before its turn comes."""
    asked = labkit.record_together(*TOGETHER, in_turn=True)
    unasked = labkit.record_together(*TOGETHER, in_turn=True, without=["pidfd_getfd"])
    assert told(asked) and told(unasked) == told(asked)
    assert ("accept", "CLOSE_WAIT", 5) in told(unasked) and ("write", "FIN_WAIT2", 5) in told(unasked)


def test_an_end_in_time_wait_is_seen_all_the_same():
    restart = labkit.record("reuse_address", without=["pidfd_getfd"])
    assert "TIME_WAIT" in str(labkit.connections(restart, at=labkit.moment(restart, "bind", 2)))


def test_the_ladder_knows_who_was_refused():
    refused = labkit.record("not_listening", without=["pidfd_getfd"])
    ladder = str(labkit.ladder(refused))
    assert "P1 not_listening" in ladder and "fails: ECONNREFUSED" in ladder


def test_a_socket_that_was_refused_holds_no_byte():
    """SIOCOUTQ tells of it the difference of two numbers that count nothing any more."""
    refused = labkit.record("not_listening")
    left = [c.value.socket.unsent for e in refused.calls("connect") for c in e.changes if getattr(c.value, "socket", 0)]
    assert not any(left)
