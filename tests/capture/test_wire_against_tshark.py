"""Saved segments as tshark reads them: every number of every segment, and that it finds nothing wrong with them."""

import shutil
import subprocess

import pytest
from wires import COURSES, in_own_network, seen

from labkit import save_pcap
from labkit.decode.packets import FLAGS

pytestmark = [
    pytest.mark.ptrace,
    pytest.mark.userns,
    pytest.mark.tshark,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed: the second source is missing"),
]
FIELDS = (
    "frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.flags",
    "tcp.seq", "tcp.ack", "tcp.seq_raw", "tcp.len", "tcp.window_size_value", "tcp.options.mss_val",
    "tcp.options.wscale.shift", "tcp.stream", "tcp.payload", "_ws.malformed", "frame.len",
)  # fmt: skip


def by_tshark(path):
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=|"]
    for field in FIELDS:
        command += ["-e", field]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [dict(zip(FIELDS, line.split("|"), strict=True)) for line in ran.stdout.splitlines()]


def compare(recording, path):
    rows = by_tshark(save_pcap(recording, path))
    assert len(rows) == len(recording.segments)
    first = {}
    for segment, row in zip(recording.segments, rows, strict=True):
        hosts = [row["ip.src"] or f"[{row['ipv6.src']}]", row["ip.dst"] or f"[{row['ipv6.dst']}]"]
        assert [segment.source, segment.target] == [
            f"{hosts[0]}:{row['tcp.srcport']}",
            f"{hosts[1]}:{row['tcp.dstport']}",
        ]
        bits = int(row["tcp.flags"], 16)
        assert segment.flags == tuple(name for number, name in enumerate(FLAGS) if bits >> number & 1)
        if "SYN" in segment.flags:
            first[segment.source] = segment.seq
        if segment.source in first:  # of an end that refuses, without a SYN, tshark begins to count at 1
            assert (segment.seq - first[segment.source]) % 2**32 == int(row["tcp.seq"])
        if "ACK" in segment.flags:
            assert (segment.ack - first[segment.target]) % 2**32 == int(row["tcp.ack"])
        assert (segment.seq, segment.length) == (int(row["tcp.seq_raw"]), int(row["tcp.len"]))
        assert segment.window == int(row["tcp.window_size_value"])
        options = dict(segment.options)
        assert str(options.get("mss", "")) == row["tcp.options.mss_val"]
        assert str(options.get("window scale", "")) == row["tcp.options.wscale.shift"]
        assert segment.data.hex() == row["tcp.payload"] or len(segment.data) < segment.length
        assert row["_ws.malformed"] == "" and row["tcp.stream"] == "0"
        assert f"{segment.at:.9f}" == row["frame.time_epoch"]
    return rows


@pytest.fixture(autouse=True)
def own_network():
    in_own_network()


@pytest.mark.parametrize("scenario", [*COURSES, "large"])
@pytest.mark.parametrize(("version", "in_turn"), [([], False), (["6"], True)], ids=["IPv4", "IPv6, in turn"])
def test_every_number_is_what_tshark_reads(tmp_path, scenario, version, in_turn):
    compare(seen(scenario, *version, in_turn=in_turn), tmp_path / "file.pcap")


def test_of_packets_cut_short_tshark_knows_the_length(tmp_path):
    rows = compare(seen("large", data_limit=64), tmp_path / "file.pcap")
    assert sum(int(row["tcp.len"]) for row in rows) == 300_000


def test_tshark_finds_nothing_wrong_with_them(tmp_path):
    """It knows what is lost, sent twice or out of order in a connection (its tcp.analysis), and what is damaged."""
    for scenario in ("talk", "half", "reset"):
        path = save_pcap(seen(scenario, in_turn=True), tmp_path / "file.pcap")
        ran = subprocess.run(
            ["tshark", "-n", "-r", str(path), "-Y", "tcp.analysis.flags || _ws.malformed"],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert ran.stdout == ""
