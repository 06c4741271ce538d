"""Tries to capture the three segments that open a TCP connection (packet(7)), in a private network and in this one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from labkit.probe.entry import NotWorking
from labkit.probe.namespaces import enter_own_network

ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
SYN, ACK = 0x02, 0x10
HANDSHAKE = [SYN, SYN | ACK, ACK]


def captured_in_own_network(home: Path) -> str:
    """Capture on the loopback of a network of our own."""
    enter_own_network()
    return _capture()


def captured_here(home: Path) -> str:
    """Capture on the loopback that all of the machine uses; of its traffic only our own connection is looked at."""
    return _capture()


def _capture() -> str:
    try:
        capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
    except OSError as refusal:
        raise OSError(refusal.errno, os.strerror(refusal.errno or 0), "socket(AF_PACKET)") from refusal
    with capture, socket.create_server(("127.0.0.1", 0)) as server:
        capture.bind(("lo", 0))
        capture.settimeout(1.0)
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 1.0):
            seen: list[int] = []
            while len(seen) < len(HANDSHAKE):
                try:
                    frame, address = capture.recvfrom(65536)
                except TimeoutError:
                    raise NotWorking(f"the socket opened, and saw {len(seen)} of a connection's 3 segments") from None
                # On loopback each frame is seen twice, going out and coming in.
                if address[2] != PACKET_OUTGOING and (flags := _tcp_flags(frame, port)) is not None:
                    seen.append(flags)
    if seen != HANDSHAKE:
        raise NotWorking(f"the socket opened, and saw segments with flags {seen} instead of SYN, SYN+ACK, ACK")
    return "saw SYN, SYN+ACK, ACK of our own connection on loopback"


def _tcp_flags(frame: bytes, port: int) -> int | None:
    """The flags of a TCP segment from or to `port` in an Ethernet frame (RFC 791, RFC 9293); None for anything else."""
    packet = frame[14:]
    segment = packet[(packet[0] & 15) * 4 :]
    if packet[9] != socket.IPPROTO_TCP or port.to_bytes(2, "big") not in (segment[0:2], segment[2:4]):
        return None
    return segment[13]
