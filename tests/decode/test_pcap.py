"""Files of captured segments, read by scapy."""

import io

import pytest

from labkit import LabkitError, save_pcap
from labkit.decode.packets import header
from labkit.decode.pcap import pcap
from labkit.model import Recording, Segment

inet = pytest.importorskip("scapy.layers.inet")
rdpcap = pytest.importorskip("scapy.utils").rdpcap


def segment(at, packet, **more):
    found = header(packet)
    return Segment(
        at, 0, found.source, found.target, found.flags, found.seq, found.ack, found.length, packet=packet,
        data=found.data, **more,
    )  # fmt: skip


def recording(segments, wire):
    return Recording("p", ("p",), "null", "pipe", "pipe", (), segments=tuple(segments), wire=wire)


def test_every_packet_is_there_with_its_time_to_the_nanosecond():
    packets = [
        bytes(inet.IP(src="127.0.0.1", dst="127.0.0.1") / inet.TCP(seq=number) / (b"x" * number)) for number in range(3)
    ]
    read = rdpcap(io.BytesIO(pcap([segment(0.123456789 + 2 * i, packet) for i, packet in enumerate(packets)])))
    assert [bytes(one) for one in read] == packets
    assert [str(one.time) for one in read] == ["0.123456789", "2.123456789", "4.123456789"]


def test_a_packet_cut_short_keeps_its_length():
    packet = bytes(inet.IP(src="127.0.0.1", dst="127.0.0.1") / inet.TCP() / b"0123456789")
    read = rdpcap(io.BytesIO(pcap([segment(0.0, packet[:-6])])))
    assert (read[0].wirelen, len(read[0])) == (50, 44)


@pytest.mark.parametrize("wire", ["", "inferred"])
def test_what_nobody_saw_is_not_written(tmp_path, wire):
    told = Segment(0.0, 0, "127.0.0.1:1", "127.0.0.1:2", ("SYN",), 0, 0, 0, inferred=True)
    with pytest.raises(LabkitError, match="inferred" if wire else "not captured"):
        save_pcap(recording([told] if wire else [], wire), tmp_path / "file.pcap")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(LabkitError, match="cannot save"):
        save_pcap(recording([], "captured"), tmp_path / "none" / "file.pcap")
