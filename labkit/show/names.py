"""`labkit.addresses` and `labkit.port_ranges`: asked now, and showing themselves. Asks and decides nothing itself."""

from __future__ import annotations

from labkit.draw.names_grid import addresses_grid, ports_grid
from labkit.measure.names import ask_for, kernel_ports
from labkit.model import Addresses, Ports


class ShownAddresses(Addresses):
    """Shows itself as a table."""

    def __repr__(self) -> str:
        return repr(addresses_grid(self))

    def _repr_html_(self) -> str:
        return addresses_grid(self)._repr_html_()


class ShownPorts(Ports):
    """Shows itself as a table."""

    def __repr__(self) -> str:
        return repr(ports_grid(self))

    def _repr_html_(self) -> str:
        return ports_grid(self)._repr_html_()


def addresses(*names: str) -> ShownAddresses:
    """What getaddrinfo(3) answers to each name, asked by a program of the course; it shows itself as a table.

    "" asks without a name (this machine, for a client), "*" with AI_PASSIVE as well (any address, for a server).
    `addresses(name)[name]` are the addresses as text. LabkitError if the program cannot ask.
    """
    return ShownAddresses(ask_for(names).found)


def port_ranges() -> ShownPorts:
    """Which ports are for whom (RFC 6335), and this kernel's own limits; it shows itself as a table.

    `.of(port)` says whose choice a port is. LabkitError where the kernel does not tell.
    """
    ports = kernel_ports()
    return ShownPorts(ports.free, ports.first, ports.last)
