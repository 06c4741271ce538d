"""Asks the C library for the addresses of names, and the kernel for its ranges of ports, by programs of the course."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labkit.capture.run import run
from labkit.errors import LabkitError
from labkit.model import Addresses, Found, Ports


def ask_for(names: Sequence[str]) -> Addresses:
    """What getaddrinfo(3) answers to each name, here and now; "" asks without a name, "*" with AI_PASSIVE as well.

    Numbers and names of /etc/hosts need no network; for others it may wait for a name server.
    """
    asked = run("names_and_addresses", list(names))
    if asked.status != 0:
        raise LabkitError(f"names_and_addresses ended with status {asked.status}: {asked.output(2).decode()}")
    rows = [line.split("\t") for line in asked.output(1).decode().splitlines()]
    return Addresses(tuple(Found(name, "" if family == "no" else family, address) for name, family, address in rows))


def kernel_ports() -> Ports:
    """The settings of this kernel, which may be another's in a container; LabkitError where /proc does not tell."""
    asked = run("port_ranges")
    numbers = [int(number) for number in re.findall(r"\d+", asked.output(1).decode())]
    if asked.status != 0 or len(numbers) != 4:
        raise LabkitError(f"The kernel does not tell its ranges of ports: {asked.output(2).decode().strip()}")
    return Ports(numbers[0], numbers[2], numbers[3])
