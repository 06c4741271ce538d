"""Names with their addresses, and ports with whom they are for, as tables. Pure."""

from __future__ import annotations

from labkit.draw.grid import Cell, Grid, cells
from labkit.model import Addresses, Ports

_SAID = {"": "(no name)", "*": "(no name), AI_PASSIVE"}


def addresses_grid(addresses: Addresses) -> Grid:
    """A row for each answer; which there are is the machine's affair, so that only the names are compared.

    >>> from labkit.model import Found
    >>> print(str(addresses_grid(Addresses((Found("localhost", "AF_INET", "127.0.0.1"),)))))
    What getaddrinfo answers
      name       family   address
      localhost  AF_INET  127.0.0.1
    """
    rows = tuple(
        (Cell(_SAID.get(one.name, one.name)), Cell(one.family or "none"), Cell(one.address, refused=not one.family))
        for one in addresses.found
    )
    asked = dict.fromkeys(_SAID.get(one.name, one.name) for one in addresses.found)
    steady = f"What getaddrinfo answers: {', '.join(asked)}"
    return Grid("What getaddrinfo answers", ("name", "family", "address"), rows, steady=steady)


def ports_grid(ports: Ports) -> Grid:
    """The three ranges of RFC 6335, and what this kernel makes of them.

    >>> print("\\n".join(str(ports_grid(Ports(1024, 32768, 60999))).splitlines()[2:]))
      0 to 1023       well known  services that all know: 80 is HTTP  below 1024 only with a right of root's
      1024 to 49151   registered  services of one program: 5432       from 1024 on everybody's
      49152 to 65535  dynamic     clients, while a connection lasts   the kernel chooses from 32768 to 60999
    """
    right = f"below {ports.free} only with a right of root's" if ports.free else "everybody's: no port needs a right"
    rows = (
        cells("0 to 1023", "well known", "services that all know: 80 is HTTP", right),
        cells("1024 to 49151", "registered", "services of one program: 5432", f"from {ports.free} on everybody's"),
        cells(
            "49152 to 65535",
            "dynamic",
            "clients, while a connection lasts",
            f"the kernel chooses from {ports.first} to {ports.last}",
        ),
    )
    head = ("ports", "called", "meant for", "what this kernel does")
    steady = "Three ranges of ports (RFC 6335), and what this kernel does"
    return Grid("Three ranges of ports (RFC 6335), and what this kernel does", head, rows, steady=steady)
