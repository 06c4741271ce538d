"""Names and ports, asked here: the answers agree with Python's own getaddrinfo and with /proc."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import labkit
from labkit.draw.names_grid import ports_grid
from labkit.model import Ports

SYS = Path("/proc/sys/net/ipv4")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_addresses_are_those_of_getaddrinfo(name):
    wanted = socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)
    assert labkit.addresses(name)[name] == ", ".join(str(one[4][0]) for one in wanted)


def test_no_name_is_this_machine_and_passive_is_every_address():
    asked = labkit.addresses("", "*")
    assert "127.0.0.1" in asked[""] and "0.0.0.0" in asked["*"]
    assert "127.0.0.1" not in asked["*"]


def test_a_name_that_nobody_has_is_a_row_and_not_an_error():
    asked = labkit.addresses("256.256.256.256", "127.0.0.1")
    assert (asked["256.256.256.256"], asked["127.0.0.1"]) == ("none", "127.0.0.1")
    with pytest.raises(KeyError, match="was not asked for"):
        asked["localhost"]


def test_ports_are_the_kernels_settings():
    ports = labkit.port_ranges()
    assert ports.free == int((SYS / "ip_unprivileged_port_start").read_text())
    assert [ports.first, ports.last] == [int(word) for word in (SYS / "ip_local_port_range").read_text().split()]


def test_the_tables_text_is_the_same_on_every_machine():
    assert repr(labkit.port_ranges()) == "Three ranges of ports (RFC 6335), and what this kernel does"
    assert repr(labkit.addresses("", "127.0.0.1")) == "What getaddrinfo answers: (no name), 127.0.0.1"
    assert "unsteady" in labkit.port_ranges()._repr_html_()


def test_where_no_port_needs_a_right_the_table_says_so():
    assert "no port needs a right" in str(ports_grid(Ports(0, 32768, 60999)))
