"""What getaddrinfo(3) answered to names, and which ports this kernel keeps for whom. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One answer to a `name`: an `address` of a `family` ("AF_INET", "AF_INET6"); or "" and why there is none.

    The name "" stands for none at all, "*" for none with AI_PASSIVE: any address of this machine.
    """

    name: str
    family: str
    address: str


@dataclass(frozen=True)
class Addresses:
    """What was asked and answered, in that order."""

    found: tuple[Found, ...]

    def __getitem__(self, name: str) -> str:
        """All addresses of `name`, or "none"; KeyError for one that was not asked.

        >>> Addresses((Found("a", "AF_INET6", "::1"), Found("a", "AF_INET", "127.0.0.1")))["a"]
        '::1, 127.0.0.1'
        """
        asked = [one for one in self.found if one.name == name]
        if not asked:
            raise KeyError(f"{name!r} was not asked for; asked were {', '.join({one.name: 1 for one in self.found})}")
        return ", ".join(one.address for one in asked if one.family) or "none"


@dataclass(frozen=True)
class Ports:
    """The kernel's own settings (ip(7)): from `free` on everybody may bind, and from `first` to `last` it chooses.

    It chooses for bind(2) to port 0, and for a socket that connects and was not bound.
    """

    free: int
    first: int
    last: int

    def of(self, port: int) -> str:
        """Whose choice this port is.

        >>> Ports(1024, 32768, 60999).of(40000), Ports(1024, 32768, 60999).of(80)
        ("from the kernel's own range", 'not from there')
        """
        return "from the kernel's own range" if self.first <= port <= self.last else "not from there"
