"""Addresses of sockets compared: which listening socket serves an address, which two addresses are the same. Pure."""

from __future__ import annotations

from labkit.decode.ports import split

_MAPPED = "[::ffff:"
_EVERY = ("0.0.0.0", "[::]")  # noqa: S104  # INADDR_ANY: names every address, binds nothing here


def plain(address: str) -> str:
    """An address as an IPv4 socket has it, if it is one of IPv4 in IPv6's clothes (ipv6(7)).

    >>> plain("[::ffff:127.0.0.1]:80"), plain("[::1]:80"), plain("/tmp/s")
    ('127.0.0.1:80', '[::1]:80', '/tmp/s')
    """
    if address.startswith(_MAPPED):
        host, port = split(address)
        return f"{host.removeprefix(_MAPPED).rstrip(']')}:{port}"
    return address


def serves(own: str, address: str) -> bool:
    """Whether a listening socket bound to `own` gets connections to `address`.

    >>> serves("0.0.0.0:80", "127.0.0.1:80"), serves("[::]:80", "127.0.0.1:80"), serves("127.0.0.1:80", "[::1]:80")
    (True, True, False)
    >>> serves("/tmp/s", "/tmp/s"), serves("", "")
    (True, False)
    """
    if not own or not address:
        return False
    if plain(own) == plain(address):
        return True
    host, port = split(own)
    return host in _EVERY and port is not None and port == split(address)[1]
