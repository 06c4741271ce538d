"""One packet as it passed, from its IP header on: the addresses, numbers and flags of the TCP segment in it.

Pure; knows nothing of connections, of time or of who sent it. RFC 791 and RFC 8200 (IP), RFC 9293 (TCP), and for its
options RFC 7323 and RFC 2018. Bytes that are no whole header are no segment, whatever they are: nothing is raised.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

TCP = 6
_IPV4 = struct.Struct(">BxHxxHxB10x")  # version and length of the header, whole length, fragment, protocol
_IPV6 = struct.Struct(">B3xHB33x")  # version, length behind this header, what the next one is
_TCP = struct.Struct(">HHIIHH4x")  # ports, numbers, length of the header and flags, window
_OFFSET, _MORE = 0x1FFF, 0x2000  # of an IPv4 fragment
_SKIPPED = frozenset((0, 43, 60))  # IPv6 headers that tell their length alike: hop by hop, routing, destination

# RFC 9293, section 3.1: the bits of the header from its last one on, which is the order in which one says them.
FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")

# Options by which both ends agree on something, in their SYN: kind, name, bytes of the value (0: it is there or not).
_OPTIONS = {2: ("mss", 2), 3: ("window scale", 1), 4: ("sack permitted", 0), 8: ("timestamps", 8)}
_THERE = frozenset(("sack permitted", "timestamps"))  # their value here is 1: what a timestamp says differs each time


@dataclass(frozen=True, slots=True)
class Header:
    """What the headers of a packet say of the TCP segment in it; fields as those of `Segment`.

    `data` are the bytes behind the headers, as many as were captured of the `length` that were sent.
    """

    source: str
    target: str
    flags: tuple[str, ...]
    seq: int
    ack: int
    length: int
    window: int
    options: tuple[tuple[str, int], ...]
    data: bytes


def header(packet: bytes) -> Header | None:
    """The headers of a packet; None for what is not TCP, is not the beginning of a packet, or lacks part of a header.

    >>> syn = bytes.fromhex(
    ...     "4500002c00004000400600007f0000017f000001" "8ae61f900000002a00000000600200000000000002040218"
    ... )
    >>> found = header(syn)
    >>> found.source, found.target, found.flags, found.seq, found.options
    ('127.0.0.1:35558', '127.0.0.1:8080', ('SYN',), 42, (('mss', 536),))
    >>> header(syn[:39]), header(b"")
    (None, None)
    """
    found = _inside_ipv4(packet) or _inside_ipv6(packet)
    if found is None:
        return None
    source, target, segment, whole = found
    if len(segment) < _TCP.size:
        return None
    source_port, target_port, seq, ack, bits, window = _TCP.unpack_from(segment)
    size = (bits >> 12) * 4
    if size < _TCP.size or size > len(segment) or size > whole:
        return None
    flags = _flags(bits & 0xFF)
    return Header(
        source=f"{source}:{source_port}",
        target=f"{target}:{target_port}",
        flags=flags,
        seq=seq,
        ack=ack if "ACK" in flags else 0,
        length=whole - size,
        window=window,
        options=tuple(_options(segment[_TCP.size : size])),
        data=segment[size:whole],
    )


_Inside = tuple[str, str, bytes, int]  # both hosts, the segment as far as it was captured, its whole length


def _inside_ipv4(packet: bytes) -> _Inside | None:
    if len(packet) < _IPV4.size or packet[0] >> 4 != 4:
        return None
    first, whole, fragment, protocol = _IPV4.unpack_from(packet)
    size = (first & 15) * 4
    # A sender's own machine may leave the length open, of a packet so large that the field has no room for it.
    whole = whole or len(packet)
    if size < _IPV4.size or whole < size or protocol != TCP or fragment & (_OFFSET | _MORE):
        return None
    return _host(packet[12:16]), _host(packet[16:20]), packet[size:whole], whole - size


def _inside_ipv6(packet: bytes) -> _Inside | None:
    if len(packet) < _IPV6.size or packet[0] >> 4 != 6:
        return None
    _, length, protocol = _IPV6.unpack_from(packet)
    at, end = _IPV6.size, _IPV6.size + (length or len(packet) - _IPV6.size)
    while protocol in _SKIPPED:
        if at + 2 > min(len(packet), end):
            return None
        protocol, at = packet[at], at + 8 * (packet[at + 1] + 1)
    if protocol != TCP or at > end:
        return None
    return f"[{_host(packet[8:24])}]", f"[{_host(packet[24:40])}]", packet[at:end], end - at


@lru_cache(maxsize=1024)
def _host(address: bytes) -> str:
    return str(ipaddress.ip_address(address))


@lru_cache(maxsize=256)
def _flags(bits: int) -> tuple[str, ...]:
    return tuple(name for number, name in enumerate(FLAGS) if bits >> number & 1)


def _options(data: bytes) -> Iterator[tuple[str, int]]:
    """Those of `_OPTIONS`, up to the end of the list or the first that is damaged (RFC 9293, section 3.2)."""
    at = 0
    while at < len(data) and data[at] != 0:
        if data[at] == 1:
            at += 1
            continue
        size = data[at + 1] if at + 1 < len(data) else 0
        if size < 2 or at + size > len(data):
            return
        name, length = _OPTIONS.get(data[at], ("", -1))
        if name and size == 2 + length:
            yield name, 1 if name in _THERE else int.from_bytes(data[at + 2 : at + size], "big")
        at += size
