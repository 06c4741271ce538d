"""Segments captured while a program runs: all of them, nobody else's, each at its place among the moments."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from agreement import Agreement
from wires import COURSES, SOURCE, flags, in_own_network, seen, shape

from labkit.capture.record import record
from labkit.capture.together import record_together
from labkit.decode.packets import header
from labkit.decode.store import from_json, to_json
from labkit.decode.tcp_connections import connections, telling

pytestmark = [pytest.mark.ptrace, pytest.mark.userns]


@pytest.fixture(autouse=True)
def own_network():
    in_own_network()


@pytest.mark.parametrize("version", [[], ["6"]], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("scenario", COURSES)
def test_in_turn_every_segment_is_there_in_order(scenario, version):
    recording = seen(scenario, *version, in_turn=True)
    assert (recording.wire, recording.missing, recording.ended_by) == ("captured", (), "")
    assert recording.made["acknowledged"] == "at once"
    assert flags(recording) == COURSES[scenario]
    assert all(one.source.startswith("[::1]:" if version else "127.0.0.1:") for one in recording.segments)


@pytest.mark.parametrize("scenario", ["talk", "half", "unread"])
def test_in_turn_they_are_the_same_in_every_run(scenario):
    shapes = [shape(seen(scenario, in_turn=True)) for _ in range(4)]
    assert shapes[1:] == shapes[:-1]


@pytest.mark.parametrize("scenario", COURSES)
def test_as_it_comes_only_acknowledgements_differ(scenario):
    bare = [flag for flag in COURSES[scenario] if flag != "ACK"]
    recording = seen(scenario)
    assert "acknowledged" not in recording.made
    assert [flag for flag in flags(recording) if flag != "ACK"] == bare


@pytest.mark.parametrize("scenario", ["talk", "reset", "refused"])
def test_what_tells_is_captured_as_it_is_inferred(scenario):
    """Neither way in sees more: without the acknowledgements that hang on timers, and the one of the first FIN."""
    told = []
    for without in ([], ["netns", "packets"]):
        recording = seen(scenario, in_turn=True, without=without)
        (connection,) = connections(recording)
        shown = [recording.segments[number] for number in telling(recording, connection)]
        ends = [place for place, one in enumerate(shown) if "FIN" in one.flags]
        told.append(
            [
                (one.flags, one.length, one.data, one.moment, one.source == connection.client)
                for place, one in enumerate(shown)
                if not (len(ends) == 2 and ends[0] < place < ends[1])
            ]
        )
    assert told[0] == told[1]


def test_each_stands_after_the_call_that_sent_it_had_begun():
    recording = seen("talk", in_turn=True)
    calls = {event.begin: event.call for event in recording.events} | {
        event.end: f"after {event.call}" for event in recording.events
    }
    assert [calls[one.moment] for one in recording.segments] == [
        "connect", "connect", "connect", "write", "write", "write", "write", "close", "close", "close", "close",
    ]  # fmt: skip
    for one in recording.segments:
        begun = max((e.at for e in recording.events if e.begin == one.moment), default=None)
        assert begun is not None and begun <= one.at <= recording.duration
    assert [one.data for one in recording.segments if one.length] == [b"hello", b"goodbye"]


def test_ends_are_those_of_the_sockets():
    recording = seen("talk", in_turn=True)
    sockets = {
        (change.value.socket.local, change.value.socket.peer)
        for event in recording.events
        for change in event.changes
        if change.what == "inodes" and change.value is not None and change.value.socket is not None
    }
    assert {(one.source, one.target) for one in recording.segments} <= sockets


def test_options_are_told_where_both_ends_agree_on_them():
    first, second, third, *_ = seen("talk", in_turn=True).segments
    names = ["mss", "sack permitted", "timestamps", "window scale"]
    assert sorted(dict(first.options)) == sorted(dict(second.options)) == names and third.options == ()


def test_every_byte_is_counted_and_the_first_are_kept():
    recording = seen("large", data_limit=100)
    data = [one for one in recording.segments if one.length]
    assert sum(one.length for one in data) == 300_000
    assert {len(one.data) for one in data if one.length > 400} <= set(
        range(100, 221)
    )  # the shorter the header, the more
    for one in data:
        again = header(one.packet)
        assert (again.length, again.data, again.seq) == (one.length, one.data, one.seq)


def test_what_was_lost_is_counted():
    recording = seen("large", without=["room"])
    (said,) = [line for line in recording.missing if line.startswith("segments: ")]
    lost = int(said.split()[1])
    assert lost > 0 and sum(one.length for one in recording.segments) < 300_000


def test_it_is_saved_and_loaded():
    recording = seen("talk")
    assert from_json(to_json(recording)) == recording


@pytest.mark.parametrize("in_turn", [False, True])
def test_programs_recorded_together_are_in_one_network(in_turn):
    programs = SOURCE.parent / "echo_server.c", (SOURCE.parent / "echo_client.c", ["{port}", "hello"])
    recording = record_together(*programs, wire=True, in_turn=in_turn)
    assert recording.programs[1].status == 0 and recording.wire == "captured"
    assert [flag for flag in flags(recording) if flag != "ACK"][:3] == ["SYN", "SYN+ACK", "PSH+ACK"]
    assert len(connections(recording)) == 1


def test_two_recordings_at_the_same_time_do_not_see_each_other():
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: seen("talk"), range(2))
    for recording in (one, other):
        assert len({frozenset((segment.source, segment.target)) for segment in recording.segments}) == 1
        assert flags(recording).count("SYN") == 1


def test_what_it_knows_of_descriptors_and_sockets_is_as_without():
    """In a network of its own, too, /proc, kcmp and sock_diag agree with the recording after every call."""
    for scenario in ("talk", "half"):
        watch = Agreement()
        recording = record(SOURCE, [scenario], wire=True, watch=watch)
        assert recording.status == 0 and watch.rows and not watch.differences


def test_without_being_asked_nobody_looks():
    recording = record(SOURCE, ["talk"])
    assert (recording.wire, recording.segments) == ("", ())


def test_it_may_do_what_it_may_do_else():
    """Powers and settings of the network are as outside: those a program sees, and learners are told of."""
    line = (
        "grep Cap /proc/self/status; id -u; cat /proc/sys/net/ipv4/ip_unprivileged_port_start"
        " /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/core/somaxconn"
    )
    told = [record(line, shell=True, wire=wire, env={"PATH": "/usr/bin:/bin"}).output() for wire in (False, True)]
    assert told[0] == told[1] and b"CapEff" in told[0]


ELSEWHERE = """
import ctypes, json
from pathlib import Path
from labkit import record
from labkit.probe.namespaces import enter_own_network
enter_own_network()
for name, value in (
    ("ipv4/ip_unprivileged_port_start", "77"), ("ipv4/ip_local_port_range", "40000 41000"), ("core/somaxconn", "99")
):
    Path("/proc/sys/net", name).write_text(value)
CAP_NET_BIND_SERVICE, CAP_SYS_ADMIN, PR_CAPBSET_DROP = 10, 21, 24
for power in (CAP_NET_BIND_SERVICE, CAP_SYS_ADMIN):
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, power, 0, 0, 0)
line = (
    "grep Cap /proc/self/status; cat /proc/sys/net/ipv4/ip_unprivileged_port_start"
    " /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/core/somaxconn"
)
print(json.dumps([record(line, shell=True, wire=wire, seconds=30).output().decode() for wire in (False, True)]))
"""


def test_powers_and_settings_of_another_machine_are_kept_too():
    """As root of a container that is not the system's administrator, where the network is set otherwise."""
    ran = subprocess.run([sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    without, within = json.loads(ran.stdout)
    assert without == within and without.splitlines()[-3:] == ["77", "40000\t41000", "99"]


def test_in_its_network_there_is_nothing_but_loopback():
    told = record("cat /proc/net/dev", shell=True, wire=True).output().decode().splitlines()
    assert [line.split(":")[0].strip() for line in told[2:]] == ["lo"]
