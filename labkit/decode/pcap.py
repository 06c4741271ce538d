"""Captured segments as a pcap file, which Wireshark, tshark and tcpdump read. Pure: gives the bytes, writes nothing.

The format is that of pcap-savefile(5), with times in nanoseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from labkit.model import Segment

_MAGIC = 0xA1B23C4D  # times in nanoseconds
_RAW = 101  # LINKTYPE_RAW: each packet begins with its IP header, whose first bits tell 4 from 6
_MOST = 1 << 18  # bytes; no packet of the file is longer
_FILE = struct.Struct("<IHHiIII")
_PACKET = struct.Struct("<IIII")


def pcap(segments: Sequence[Segment]) -> bytes:
    """The file's content; times are since the start of the recording, as if that had been at the epoch.

    Of a packet that was cut when it was captured the file says how long it was.

    >>> len(pcap(()))
    24
    """
    parts = [_FILE.pack(_MAGIC, 2, 4, 0, 0, _MOST, _RAW)]
    for segment in segments:
        seconds, nanoseconds = divmod(round(segment.at * 1e9), 10**9)
        whole = len(segment.packet) - len(segment.data) + segment.length
        parts.append(_PACKET.pack(seconds, nanoseconds, len(segment.packet), whole) + segment.packet)
    return b"".join(parts)
