"""What is inferred of the wire against what was captured of the same run; and what must not be claimed."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random

import pytest

import labkit
from labkit.decode.essential_segments import essential
from labkit.decode.inferred_segments import LARGEST, inferred_segments
from labkit.decode.tcp_connections import connections

pytestmark = pytest.mark.ptrace
TALK = Path(__file__).parent.parent / "capture" / "programs" / "talk.c"
SCRIPTS = {
    "echo": ("larwex", "cwrx"),
    "many words": ("larwwwex", "cwwwrrx"),
    "server closes first": ("larwx", "cwrex"),
    "half closed": ("larwwx", "cwser"),
    "shut down for both": ("laebx", "cwbx"),
    "reset: written to a socket shut down for both": ("lapwx", "cbpx"),
    "both at an end already": ("lasex", "csex"),
    "IPv6": ("6larwex", "cwrx"),
    "refused": ("", "cx"),
    "refused, without waiting": ("", "nx"),
    "opened without waiting": ("laex", "npwx"),
    "refused, then listens no more": ("lL", "cx"),
    "reset: unread bytes": ("laxL", "cwrx"),
    "reset: SO_LINGER": ("lae", "cwzx"),
    "reset by a listener's SO_LINGER": ("laex", "cwpzx"),
    "reset: never accepted": ("lpL", "cwr"),
    "reset: written to a closed socket": ("lawx", "cxp"),
    "reset: written to a socket gone with its process": ("lapwx", "cw"),
    "ends without a close": ("lare", "cw"),
    "two words after a half close": ("larewwx", "cwsre"),
}


@lru_cache(maxsize=32)
def captured(name):
    recording = labkit.record(TALK, SCRIPTS[name], in_turn=True, wire=True)
    if recording.wire != "captured":
        pytest.skip("NOT TESTED: this machine does not let segments be captured")
    return recording


def rows(recording):
    """Every segment: by connection, who sent it when, flags, relative numbers and length."""
    return [
        (connection.number, segment.moment, connection.from_client(segment), segment.flags, segment.length,
         *connection.relative(segment))
        for connection in connections(recording)
        for segment in map(recording.segments.__getitem__, connection.segments)
    ]  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_inferred_is_what_was_captured_but_for_acknowledgements_that_come_alone(name):
    recording = captured(name)
    inferred = replace(recording, segments=inferred_segments(recording), wire="inferred")
    assert recording.segments
    lacking = iter(rows(recording))
    left_out = []
    for row in rows(inferred):  # in the same order
        for other in lacking:
            if other == row:
                break
            left_out.append(other)
        else:
            pytest.fail(f"inferred, and not captured: {row}")
    assert all(row[3:5] == (("ACK",), 0) for row in [*left_out, *lacking])
    assert rows(replace(inferred, segments=essential(inferred.segments))) == rows(
        replace(recording, segments=essential(recording.segments))
    )


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "refused, without waiting"])
def test_nor_does_it_need_what_only_the_sockets_own_descriptor_tells(name):
    recording = labkit.record(TALK, SCRIPTS[name], in_turn=True, wire=True, without=["pidfd_getfd"])
    if recording.wire != "captured":
        pytest.skip("NOT TESTED: this machine does not let segments be captured")
    inferred = replace(recording, segments=essential(inferred_segments(recording)), wire="inferred")
    assert rows(inferred) == rows(replace(recording, segments=essential(recording.segments)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16))
def test_nor_of_random_talks(seed):
    """Also such as are stuck until a limit kills both: of that end nothing is claimed."""
    chance = Random(seed)
    calls = ["".join(chance.choices("rwwwsbxzpr", k=chance.randrange(7))) for _ in range(2)]
    scripts = [f"la{calls[0]}{chance.choice(['', 'ax', 'L', 'x'])}", f"c{calls[1]}{chance.choice(['', 'x', 'xcwx'])}"]
    recording = labkit.record(TALK, scripts, in_turn=True, wire=True, seconds=1.5)
    if recording.wire != "captured":
        pytest.skip("NOT TESTED: this machine does not let segments be captured")
    inferred = rows(replace(recording, segments=essential(inferred_segments(recording)), wire="inferred"))
    there = rows(replace(recording, segments=essential(recording.segments)))
    assert inferred == (there[: len(inferred)] if recording.ended_by else there), scripts


def test_it_says_of_every_segment_that_it_is_inferred_and_claims_no_window_and_no_packet():
    for segment in inferred_segments(captured("echo")):
        assert (segment.inferred, segment.window, segment.options, segment.packet) == (True, 0, (), b"")


def test_data_is_what_the_program_sent():
    sent = [segment.data for segment in inferred_segments(captured("many words")) if segment.length]
    assert sent == [b"hello"] * 6


def test_no_more_bytes_are_claimed_than_the_other_end_can_have_got():
    recording = labkit.record(TALK, ["larx", "cWx"], in_turn=True, wire=True)
    inferred = inferred_segments(recording)
    assert 0 < sum(one.length for one in inferred) < 300_000 and max(one.length for one in inferred) <= LARGEST
    assert "RST" in inferred[-1].flags and not any("FIN" in one.flags for one in inferred)
    if recording.wire == "captured":
        assert inferred[-1].ack == (recording.segments[-1].ack - recording.segments[0].seq) % 2**32


def test_every_byte_of_a_long_send_is_there_once():
    inferred = inferred_segments(labkit.record(TALK, ["laex", "cWx"], in_turn=True))
    there = [one for one in inferred if one.length]
    assert [one.seq for one in there] == [1 + LARGEST * n for n in range(len(there))]
    assert sum(one.length for one in there) == 300_000
    assert [one.flags for one in there] == [("ACK",)] * (len(there) - 1) + [("PSH", "ACK")]


def test_nothing_is_inferred_of_a_program_without_tcp():
    assert inferred_segments(labkit.record("hello")) == ()
