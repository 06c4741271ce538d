"""Lecture 07: what its text says of each run is what the stored run shows, and what the syllabus wants seen is seen."""

from __future__ import annotations

import re

from labkit.show import course
from tests.notebooks.reading import CELLS, code

STEM = "07-sockets"
HAPPENED = {
    "pair-who-reads": "answer, ping",
    "echo-first-wait": "accept",
    "echo-strlen": "hillo, 5 bytes",
    "one-send-reads": "13, 0",
    "peer-gone-write": "4",
    "names-who-knows": "/etc/hosts",
    "ports-of-client": "from the kernel's own range",
    "bind-80": "EACCES",
    "bind-again": "EADDRINUSE",
    "read-listening": "ENOTCONN",
    "accept-which": "a new socket, the same port",
    "tuple-who-gets": "client 2",
    "handshake-segments": "3",
    "handshake-accept": "connect",
    "handshake-refused": "RST, ACK",
    "client-family": "0",
    "server-lost-client": "it gets its answer",
}


def shown(holds: str, kind: str = "text/plain") -> str:
    """What is stored for the one cell of code with these words in it."""
    (cell,) = [cell for cell in code(STEM) if holds in cell.source]
    return "".join(cell.outputs[0]["data"][kind])


def test_what_happened_is_what_the_text_explains():
    assert {one.name: one.happened for one in course.questions(CELLS[STEM])} == HAPPENED


def test_both_families_of_sockets_are_drawn_with_both_ends_joined():
    for cell in ("labkit.picture(joined", "labkit.picture(local", "labkit.picture(echo"):
        drawn = shown(cell)
        assert "socket B" in drawn and "other end: socket" in drawn
    assert "AF_UNIX" in shown("labkit.picture(local") and "LISTEN" in shown("labkit.picture(echo")


def test_echo_is_stepped_on_both_sides_at_once():
    said = shown("labkit.step(echo")
    for words in ("P1 (echo_server) enters accept", "P2 (echo_client) enters read", "P1 (echo_server) was asleep in accept and wakes up"):
        assert words in said


def test_n_writes_and_m_reads_are_counted_in_three_runs():
    table = shown('labkit.counts("read"')
    for row in ("13, 0", "4, 4, 5, 0", "6, 6, 1, 0"):
        assert row in table


def test_a_peer_that_goes_away_is_seen_in_all_three_ways():
    table = shown('labkit.returned(left, "read", "write")')
    assert "EPIPE" in table and "ECONNRESET" in table and re.search(r'read\(4, "", 16\) +0', table)


def test_bind_is_refused_for_three_reasons_and_once_for_time_wait():
    table = shown('labkit.returned(refused, "bind")')
    assert all(errno in table for errno in ("EADDRINUSE", "EACCES", "EADDRNOTAVAIL"))
    assert "TIME_WAIT" in shown("labkit.connections(restart")
    assert "SO_REUSEADDR" in shown('labkit.returned(reused, "setsockopt", "bind")')


def test_the_ladder_has_the_handshake_the_close_and_each_ends_state():
    ladder = shown("labkit.ladder(wired)")
    flags = re.findall(r"client [→←] server  ((?:[A-Z]+, )*[A-Z]+)", ladder)
    assert flags[:3] == ["SYN", "SYN, ACK", "ACK"] and flags.count("FIN, ACK") == 2
    for state in ("LISTEN", "SYN_SENT", "ESTABLISHED", "FIN_WAIT2", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT"):
        assert state in ladder


def test_three_clients_of_one_port_are_told_apart_on_the_diagram():
    drawn = shown("labkit.connections(many")
    assert drawn.count("127.0.0.1 port A") == 4
    assert [f"client port {number}" in drawn for number in (1, 2, 3, 4)] == [True, True, True, False]


def test_no_number_that_the_kernel_chose_is_in_a_text():
    """Ports of 32768 and above, as the kernel gives them, are in no output but the table of its own settings."""
    for cell in code(STEM):
        for output in cell.outputs:
            text = "".join(output.get("data", {}).get("text/plain", ""))
            assert not re.search(r"127\.0\.0\.1:(?!80\b|0\b)\d+", text), cell.source


def test_no_stored_check_gives_an_answer_away():
    for name in ("server-order", "which-socket"):
        assert "data-stepper" not in shown(f'labkit.check("{name}"', "text/html")
