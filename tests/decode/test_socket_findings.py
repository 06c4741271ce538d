"""The facts of sockets in a few words: of recordings made here, captured or not, and of none at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

import labkit
from labkit.errors import LabkitError

pytestmark = pytest.mark.ptrace


@pytest.fixture(scope="module")
def echo():
    return labkit.record_together("echo_server 0", "echo_client {port} hello", in_turn=True, wire=True)


@pytest.fixture(scope="module")
def refused():
    return labkit.record("not_listening", wire=True)


def test_the_kernels_open_the_connection_before_accept_returns(echo):
    assert labkit.opening(echo) == "3"
    assert labkit.first_to_return(echo, "connect", "accept") == "connect"
    assert labkit.first_sleep(echo) == "accept"


def test_what_was_not_captured_is_inferred_to_the_same(echo, refused):
    unseen = [replace(one, segments=(), wire="") for one in (echo, refused)]
    assert labkit.opening(unseen[0]) == "3"
    assert labkit.answer_to_syn(unseen[0]) == labkit.answer_to_syn(echo) == "SYN, ACK"
    assert labkit.answer_to_syn(unseen[1]) == labkit.answer_to_syn(refused) == "RST, ACK"


def test_accept_makes_a_new_socket_at_the_same_port(echo):
    assert labkit.accepted(echo) == "a new socket, the same port"
    with pytest.raises(LabkitError, match="accepts 1 connections; there is no number 2"):
        labkit.accepted(echo, 2)


def test_the_clients_port_is_the_kernels_choice(echo, refused):
    connected = echo.calls("connect")[0]
    assert labkit.client_port(echo) not in (0, connected.argument("addr")["port"])
    with pytest.raises(LabkitError, match="connected no socket"):
        labkit.client_port(refused)


def test_without_sockets_there_is_nothing():
    hello = labkit.record("hello")
    assert (labkit.answer_to_syn(hello), labkit.first_to_return(hello, "accept")) == ("nothing", "none")
    assert (labkit.opening(hello), labkit.first_sleep(hello), labkit.looked_up(hello)) == ("0", "none", "nowhere")


def test_numbers_are_not_looked_up():
    assert labkit.looked_up(labkit.record("names_and_addresses", "127.0.0.1 ::1")) == "nowhere"


def test_a_port_asked_for_again_is_called_as_before():
    """The kernel gave it at the first bind; that the program names it at the second does not make it its own number."""
    again = labkit.record("reuse_address", "again")
    assert [call for call in str(labkit.returned(again, "bind")).splitlines() if "127.0.0.1 port A" in call]
    assert not [word for word in str(labkit.returned(again, "bind")).split() if word.startswith("127.0.0.1:4")]
