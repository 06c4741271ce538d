"""Headers of packets, against scapy: a library that others keep, and that builds them as well as it reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.decode.packets import FLAGS, header

inet = pytest.importorskip("scapy.layers.inet")
inet6 = pytest.importorskip("scapy.layers.inet6")

port, number = st.integers(0, 65535), st.integers(0, 2**32 - 1)
OPTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("MSS"), port),
        st.tuples(st.just("WScale"), st.integers(0, 255)),
        st.just(("SAckOK", b"")),
        st.tuples(st.just("Timestamp"), st.tuples(number, number)),
        st.just(("NOP", None)),
        st.tuples(st.just(253), st.binary(max_size=4)),  # RFC 4727: for experiments
    ),
    max_size=3,
)
TCP = st.builds(
    lambda **fields: inet.TCP(**fields),
    sport=port,
    dport=port,
    seq=number,
    ack=number,
    flags=st.integers(0, 255),
    window=port,
    options=OPTIONS,
)
IPV4 = st.builds(
    lambda src, dst, ident, ttl, padding: inet.IP(
        src=src, dst=dst, id=ident, ttl=ttl, options=[inet.IPOption_NOP()] * padding
    ),
    *(st.ip_addresses(v=4).map(str),) * 2,
    port,
    st.integers(0, 255),
    st.integers(0, 8),
)
IPV6 = st.builds(
    lambda src, dst, *more: sum_of(inet6.IPv6(src=src, dst=dst), *(one for one in more if one is not None)),
    *(st.ip_addresses(v=6).map(str),) * 2,
    st.none() | st.just(inet6.IPv6ExtHdrHopByHop()),
    st.none() | st.just(inet6.IPv6ExtHdrDestOpt()),
)
PACKETS = st.builds(
    lambda ip, tcp, data: bytes(ip / tcp / data if data else ip / tcp),
    st.one_of(IPV4, IPV6),
    TCP,
    st.binary(max_size=40),
)


def sum_of(first, *others):
    for other in others:
        first = first / other
    return first


def theirs(packet):
    """What scapy reads, in the words of `Header`; None where it finds no TCP."""
    whole = inet.IP(packet) if packet[0] >> 4 == 4 else inet6.IPv6(packet)
    if inet.TCP not in whole:
        return None
    tcp, names = whole[inet.TCP], "FSRPAUEC"
    hosts = (whole.src, whole.dst) if packet[0] >> 4 == 4 else (f"[{whole.src}]", f"[{whole.dst}]")
    flags = tuple(flag for flag, letter in zip(FLAGS, names, strict=True) if letter in str(tcp.flags))
    data = bytes(tcp.payload)
    return (
        *(f"{host}:{end}" for host, end in zip(hosts, (tcp.sport, tcp.dport), strict=True)),
        flags, tcp.seq, tcp.ack if "ACK" in flags else 0, len(data), tcp.window, data,
    )  # fmt: skip


def ours(packet):
    found = header(packet)
    return found and (
        found.source, found.target, found.flags, found.seq, found.ack, found.length, found.window, found.data,
    )  # fmt: skip


@given(PACKETS)
def test_a_header_is_what_scapy_reads(packet):
    assert ours(packet) == theirs(packet)


@given(st.one_of(IPV4, IPV6), TCP)
def test_options_are_those_that_were_put_in(ip, tcp):
    names = {"MSS": "mss", "WScale": "window scale", "SAckOK": "sack permitted", "Timestamp": "timestamps"}
    wanted = [(names[name], value if name in ("MSS", "WScale") else 1) for name, value in tcp.options if name in names]
    assert list(header(bytes(ip / tcp)).options) == wanted


@given(PACKETS, st.data())
def test_of_a_packet_cut_short_all_or_nothing_is_told(packet, data):
    whole = header(packet)
    for_headers = len(packet) - len(whole.data)
    cut = header(packet[: data.draw(st.integers(0, len(packet) - 1))])
    if cut is not None:
        assert (cut.source, cut.target, cut.flags, cut.seq, cut.ack) == (
            whole.source, whole.target, whole.flags, whole.seq, whole.ack,
        )  # fmt: skip
        assert cut.length == whole.length and whole.data.startswith(cut.data)
    assert header(packet[:for_headers]).length == whole.length
    assert header(packet[: for_headers - 1]) is None


@given(PACKETS, st.binary(min_size=1, max_size=30))
def test_what_stands_behind_a_packet_is_none_of_it(packet, junk):
    assert header(packet + junk) == header(packet)


@given(PACKETS, st.data())
def test_damage_raises_nothing(packet, data):
    damaged = bytearray(packet)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found = header(bytes(damaged))
    if found is not None:
        assert found.length >= len(found.data) and found.source.rpartition(":")[2].isdigit()


@given(st.binary(max_size=120))
def test_junk_raises_nothing(junk):
    header(junk)


def test_what_is_not_the_beginning_of_tcp_is_no_segment():
    both = {"src": "127.0.0.1", "dst": "127.0.0.2"}
    assert header(bytes(inet.IP(**both) / inet.UDP())) is None
    assert header(bytes(inet.IP(**both, frag=3) / inet.TCP())) is None
    assert header(bytes(inet.IP(**both, flags="MF") / inet.TCP())) is None
    assert header(bytes(inet6.IPv6(src="::1", dst="::1") / inet6.IPv6ExtHdrFragment(offset=2) / inet.TCP())) is None
    assert header(bytes(inet6.IPv6(src="::1", dst="::1") / inet.UDP())) is None


@pytest.mark.parametrize("size", range(5))
def test_a_tcp_header_shorter_than_it_can_be_is_no_segment(size):
    assert header(bytes(inet.IP(src="127.0.0.1", dst="127.0.0.1") / inet.TCP(dataofs=size))) is None


def test_a_damaged_option_ends_the_list():
    tcp = inet.TCP(options=[("MSS", 1460), ("NOP", None), ("NOP", None), ("WScale", 7), ("NOP", None)])
    packet = bytearray(bytes(inet.IP(src="127.0.0.1", dst="127.0.0.1") / tcp))
    assert [name for name, _ in header(bytes(packet)).options] == ["mss", "window scale"]
    for length in (0, 1, 200):
        packet[20 + 20 + 6 + 1] = length  # of the window scale
        assert [name for name, _ in header(bytes(packet)).options] == ["mss"]


def test_a_packet_too_long_for_its_length_field_counts_as_far_as_it_came():
    packet = bytearray(bytes(inet.IP(src="127.0.0.1", dst="127.0.0.1") / inet.TCP() / b"data"))
    packet[2:4] = b"\0\0"  # as Linux leaves it
    assert header(bytes(packet)).length == 4
