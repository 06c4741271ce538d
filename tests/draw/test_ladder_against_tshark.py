"""The rows of a ladder against tshark's reading of the same segments, saved: order, flags, numbers, lengths."""

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

import labkit

pytestmark = [
    pytest.mark.ptrace,
    pytest.mark.userns,
    pytest.mark.tshark,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed: the second source is missing"),
]
TALK = Path(__file__).parent.parent / "capture" / "programs" / "talk.c"
FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK")
FIELDS = ("tcp.srcport", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.len", "tcp.analysis.retransmission", "tcp.stream")


def by_tshark(path):
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *(word for field in FIELDS for word in ("-e", field))]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in ran.stdout.splitlines()]


def row(found, client):
    bits = int(found["tcp.flags"], 16)
    flags = [name for number, name in enumerate(FLAGS) if bits >> number & 1]
    length = int(found["tcp.len"])
    size = f" · {length:,} byte{'' if length == 1 else 's'}" if length else ""
    ack = f", ack {int(found['tcp.ack']):,}" if "ACK" in flags else ""
    # Of an end that refuses and never sent a SYN, tshark begins to count at 1.
    seq = 0 if flags == ["RST", "ACK"] and int(found["tcp.seq"]) == 1 and ack == ", ack 1" else int(found["tcp.seq"])
    return found["tcp.srcport"] == client, ", ".join(flags) + size, f"seq {seq:,}{ack}"


@pytest.mark.parametrize(
    "scripts",
    [("larwex", "cwrx"), ("larwwx", "cwser"), ("", "cx"), ("laxL", "cwrx"), ("lawx", "cxp"), ("lae", "cwzx"),
     ("laex", "cWx"), ("lare", "cw"), ("lpL", "cwr")],
)  # fmt: skip
def test_a_row_is_what_tshark_reads(tmp_path, scripts):
    recording = labkit.record(TALK, scripts, in_turn=True, wire=True)
    read = by_tshark(labkit.save_pcap(recording, tmp_path / "talk.pcap"))
    client = read[0]["tcp.srcport"]
    rows = [row(found, client) for found in read if not found["tcp.analysis.retransmission"]]
    picture = labkit.ladder(recording)
    svg = ElementTree.fromstring(picture.svg)
    texts = [text.text for text in svg.iter("text")]
    drawn = list(
        zip(
            [arrow == "→" for arrow in re.findall(r"client ([→←]) server", picture.text)],
            [text for text in texts if re.match(r"(SYN|ACK|PSH|FIN|RST)\b", text)],
            [text for text in texts if text.startswith("seq ")],
            strict=True,
        )
    )
    lacking = iter(rows)
    left_out = []
    for one in drawn:  # all are there, in this order, and only bare acknowledgements are left out
        for other in lacking:
            if other == one:
                break
            left_out.append(other)
        else:
            pytest.fail(f"drawn, and not read by tshark: {one}; it read {rows}")
    assert {flags for _, flags, _ in [*left_out, *lacking]} <= {"ACK"}
