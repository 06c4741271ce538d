"""The diagram of RFC 9293, 3.3.2, walked along its edges: every way through it that a connection can take."""

import pytest

from labkit.decode.tcp_machine import gets, sends

SYN, BOTH, ACK, FIN, RST = ("SYN",), ("SYN", "ACK"), ("ACK",), ("FIN", "ACK"), ("RST", "ACK")
OPENED = [("sends", SYN, "SYN_SENT"), ("gets", BOTH, "ESTABLISHED"), ("sends", ACK, "ESTABLISHED")]
WALKS = {
    "opens, closes first": [
        *OPENED, ("sends", FIN, "FIN_WAIT1"), ("gets", ACK, "FIN_WAIT1"), ("acknowledged", ACK, "FIN_WAIT2"),
        ("gets", FIN, "TIME_WAIT"), ("sends", ACK, "TIME_WAIT"), ("gets", RST, "TIME_WAIT"),
    ],
    "its FIN is acknowledged with the other's": [
        *OPENED, ("sends", FIN, "FIN_WAIT1"), ("acknowledged", FIN, "TIME_WAIT"),
    ],
    "both close at once": [
        *OPENED, ("sends", FIN, "FIN_WAIT1"), ("gets", FIN, "CLOSING"), ("acknowledged", ACK, "TIME_WAIT"),
    ],
    "waits, closes second": [
        ("gets", SYN, "SYN_RECV"), ("sends", BOTH, "SYN_RECV"), ("gets", ACK, "ESTABLISHED"),
        ("gets", ("PSH", "ACK"), "ESTABLISHED"), ("gets", FIN, "CLOSE_WAIT"), ("sends", ("PSH", "ACK"), "CLOSE_WAIT"),
        ("sends", FIN, "LAST_ACK"), ("gets", ACK, "LAST_ACK"), ("acknowledged", ACK, "CLOSE"),
    ],
    "refused": [("sends", SYN, "SYN_SENT"), ("gets", RST, "CLOSE")],
    "reset": [*OPENED, ("gets", ("RST",), "CLOSE")],
    "resets": [*OPENED, ("sends", RST, "CLOSE")],
}  # fmt: skip


@pytest.mark.parametrize("name", WALKS)
def test_a_walk(name):
    state = "CLOSE"
    for what, flags, wanted in WALKS[name]:
        state = sends(state, flags) if what == "sends" else gets(state, flags, of_fin=what == "acknowledged")
        assert state == wanted, (what, flags)


def test_a_listening_socket_outlives_what_is_reset():
    assert gets("LISTEN", RST) == "LISTEN"
