"""How the state of one end of a TCP connection changes with a segment: the diagram of RFC 9293, 3.3.2. Pure.

The states have the kernel's names (include/net/tcp_states.h), CLOSE for the RFC's CLOSED; those of ss(8) are alike.
"""

from __future__ import annotations

_SENDS = {
    "SYN": {"CLOSE": "SYN_SENT"},
    "FIN": {"ESTABLISHED": "FIN_WAIT1", "SYN_RECV": "FIN_WAIT1", "CLOSE_WAIT": "LAST_ACK"},
}
_GETS = {
    "SYN": {"CLOSE": "SYN_RECV", "LISTEN": "SYN_RECV"},
    "SYN ACK": {"SYN_SENT": "ESTABLISHED"},
    "ACK": {"SYN_RECV": "ESTABLISHED"},
    "ACK of FIN": {"FIN_WAIT1": "FIN_WAIT2", "CLOSING": "TIME_WAIT", "LAST_ACK": "CLOSE"},
    "FIN": {"ESTABLISHED": "CLOSE_WAIT", "FIN_WAIT1": "CLOSING", "FIN_WAIT2": "TIME_WAIT"},
}


def sends(state: str, flags: tuple[str, ...]) -> str:
    """The state of an end after it has sent a segment with these flags.

    >>> sends("CLOSE", ("SYN",)), sends("CLOSE_WAIT", ("FIN", "ACK")), sends("ESTABLISHED", ("PSH", "ACK"))
    ('SYN_SENT', 'LAST_ACK', 'ESTABLISHED')
    """
    if "RST" in flags:
        return "CLOSE"
    for flag in ("SYN", "FIN"):
        if flag in flags:
            state = _SENDS[flag].get(state, state)
    return state


def gets(state: str, flags: tuple[str, ...], *, of_fin: bool = False) -> str:
    """The state of an end after it has got a segment with these flags; `of_fin`: it acknowledges the FIN it sent.

    >>> gets("SYN_SENT", ("SYN", "ACK")), gets("FIN_WAIT1", ("ACK",)), gets("FIN_WAIT1", ("ACK",), of_fin=True)
    ('ESTABLISHED', 'FIN_WAIT1', 'FIN_WAIT2')
    >>> gets("FIN_WAIT1", ("FIN", "ACK"), of_fin=True), gets("LAST_ACK", ("RST",))
    ('TIME_WAIT', 'CLOSE')
    """
    if "RST" in flags:
        return state if state in ("LISTEN", "TIME_WAIT") else "CLOSE"
    happened = ["SYN ACK" if "ACK" in flags else "SYN"] if "SYN" in flags else ["ACK"] if "ACK" in flags else []
    happened += ["ACK of FIN"] * of_fin + ["FIN"] * ("FIN" in flags)
    for what in happened:
        state = _GETS[what].get(state, state)
    return state
