"""What becomes of a TCP connection when its ends are closed: the states of ends that no descriptor leads to any more.

Pure. The kernel keeps such an end for a while, and no call can ask for its state; but it follows from what happened, by
RFC 9293, section 3.6, as Linux does it on one machine, where a segment sent has arrived when the call returns. Only the
acknowledgement of a FIN may come some milliseconds later: so FIN_WAIT1 and FIN_WAIT2 are one state here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labkit.model import Inode

FIN_WAIT = "FIN_WAIT1/2"
KEPT = 60.0  # seconds that Linux keeps TIME_WAIT (TCP_TIMEWAIT_LEN), and FIN_WAIT2 without an owner (tcp_fin_timeout)


def settled(state: str) -> str:
    """A state as the kernel tells it, with those that differ by milliseconds as one.

    >>> settled("FIN_WAIT2"), settled("ESTABLISHED")
    ('FIN_WAIT1/2', 'ESTABLISHED')
    """
    return FIN_WAIT if state in ("FIN_WAIT1", "FIN_WAIT2") else state


def as_told(inode: Inode) -> Inode:
    """The inode as pictures tell it: without what hangs on when the other end's acknowledgement of a FIN comes."""
    socket = inode.socket
    if socket is None:
        return inode
    told = replace(socket, state=settled(socket.state), unsent=unsent(socket.state, socket.unsent))
    return replace(inode, socket=told)


def unsent(state: str, count: int | None) -> int | None:
    """Bytes that the other end has not acknowledged, without the FIN, which counts as one until it is (RFC 9293, 3.4).

    >>> unsent("FIN_WAIT1", 1), unsent("FIN_WAIT2", 0), unsent("ESTABLISHED", 5)
    (0, 0, 5)
    """
    return count - 1 if count and state in ("FIN_WAIT1", "LAST_ACK", "CLOSING") else count


def after_close(own: str, unread: int, other: str) -> tuple[str, str]:
    """The states of both ends after the last close of one that has `unread` bytes; "" is for what is forgotten.

    >>> after_close("ESTABLISHED", 0, "ESTABLISHED"), after_close("CLOSE_WAIT", 0, FIN_WAIT)
    (('FIN_WAIT1/2', 'CLOSE_WAIT'), ('', 'TIME_WAIT'))
    >>> after_close("ESTABLISHED", 5, "ESTABLISHED")  # RST instead of FIN (RFC 2525, 2.17)
    ('', 'CLOSE')
    """
    if own in ("", "CLOSE", "SYN_SENT", "LISTEN"):
        return "", other
    if own == "TIME_WAIT":
        return own, other
    if unread:
        return "", "CLOSE" if other else ""
    if own == "CLOSE_WAIT":
        return "", "TIME_WAIT" if other == FIN_WAIT else other
    if own in ("ESTABLISHED", "SYN_RECV", FIN_WAIT):
        return FIN_WAIT, "CLOSE_WAIT" if other == "ESTABLISHED" else other
    return "", other


def settle(
    before: Sequence[str], told: Sequence[str | None], closed: Sequence[int], unread: Sequence[int], call: str
) -> tuple[str, str]:
    """The states of both ends after a step, in which `call` was made.

    `before` are those before it; `told` what the kernel says now of ends that descriptors lead to, None of others;
    `closed` the ends (0, 1) that lost their last descriptor in the step, in order.

    >>> settle(("ESTABLISHED", "ESTABLISHED"), (None, "CLOSE_WAIT"), (0,), (0, 0), "close")
    ('FIN_WAIT1/2', 'CLOSE_WAIT')
    >>> settle((FIN_WAIT, "CLOSE_WAIT"), (None, "CLOSE"), (), (0, 0), "write")  # whoever is gone answers with RST
    ('', 'CLOSE')
    >>> settle((FIN_WAIT, "CLOSE_WAIT"), ("CLOSE", "CLOSE"), (), (0, 0), "shutdown")
    ('TIME_WAIT', 'CLOSE')
    """
    states = list(before)
    for end in closed:
        states[end], states[1 - end] = after_close(states[end], unread[end], states[1 - end])
    for end in (0, 1):
        now = told[end]
        if now is None:
            continue
        # The kernel calls CLOSE what it keeps as TIME_WAIT itself; of the other end of a shutdown it was not asked.
        if states[end] != "TIME_WAIT" or now not in ("CLOSE", FIN_WAIT):
            states[end] = now
    for end in (0, 1):
        if told[end] == "CLOSE" and before[end] != "CLOSE" and before[1 - end] == FIN_WAIT:
            if call == "shutdown" and before[end] == "CLOSE_WAIT":
                states[1 - end] = "TIME_WAIT"
            elif told[1 - end] is None:
                states[1 - end] = ""
        elif told[end] == "CLOSE" and states[1 - end] == FIN_WAIT and told[1 - end] is None:
            states[1 - end] = ""  # closed in this step, with bytes still to come: reset
    return states[0], states[1]
