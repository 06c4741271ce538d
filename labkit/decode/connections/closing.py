"""What becomes of a TCP connection when one end is closed: the states of an end that no descriptor leads to any more.

Pure. The kernel keeps such an end for a while (TIME_WAIT and the like), and no call can ask for its state; but it
follows from that of the other end, by RFC 9293, section 3.6, as Linux does it on one machine, where a segment sent has
arrived when the call returns.
"""

from __future__ import annotations

KEPT = 60.0  # seconds that Linux keeps TIME_WAIT (TCP_TIMEWAIT_LEN), and FIN_WAIT2 without an owner (tcp_fin_timeout)
_NONE = ("", "CLOSE", "LISTEN", "SYN_SENT")


def closed(own: str, unread: int, other: str) -> str:
    """The state of an end after its last close: `own` before it, `unread` bytes; `other` of the other end after it.

    "" once the kernel has forgotten it.

    >>> closed("ESTABLISHED", 0, "CLOSE_WAIT"), closed("CLOSE_WAIT", 0, "TIME_WAIT"), closed("ESTABLISHED", 5, "CLOSE")
    ('FIN_WAIT2', '', '')
    >>> closed("ESTABLISHED", 0, "ESTABLISHED"), closed("TIME_WAIT", 0, "")
    ('FIN_WAIT1', 'TIME_WAIT')
    """
    if own == "TIME_WAIT":
        return own
    if own in _NONE or unread or other == "CLOSE":
        return ""  # unread bytes: it sends RST instead of FIN (RFC 2525, 2.17)
    if own in ("ESTABLISHED", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2"):
        return "FIN_WAIT2" if other == "CLOSE_WAIT" else "FIN_WAIT1"
    return ""  # CLOSE_WAIT → LAST_ACK, which the other end acknowledges at once


def left_behind(own: str, orderly: bool) -> str:
    """The state of an end in FIN_WAIT1 or FIN_WAIT2 once the other has closed too: `orderly` if with FIN, not RST.

    >>> left_behind("FIN_WAIT2", orderly=True), left_behind("FIN_WAIT2", orderly=False)
    ('TIME_WAIT', '')
    """
    return "TIME_WAIT" if orderly and own in ("FIN_WAIT1", "FIN_WAIT2", "CLOSING", "TIME_WAIT") else ""
