"""Socket addresses: the bytes of struct sockaddr as a value, as strace's text, and short as host:port.

Sources: ip(7), ipv6(7), unix(7), netlink(7). Knows nothing of calls or sockets.
"""

import ipaddress
import struct
from functools import lru_cache

from labkit.decode.flags import names
from labkit.decode.quoting import quoted
from labkit.model import Value

UNIX, INET, INET6, NETLINK = 1, 2, 10, 16


@lru_cache(maxsize=1024)
def address(data: bytes) -> tuple[dict[str, Value], str]:
    """The address as a dict with "family" and its parts, and as strace prints it.

    >>> address(bytes([2, 0, 0x1F, 0x90, 127, 0, 0, 1]) + bytes(8))[1]
    '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}'
    >>> address(b"\\1\\0/tmp/s\\0")[0]
    {'family': 'AF_UNIX', 'path': '/tmp/s'}
    """
    if len(data) < 2:
        return {"family": "AF_UNSPEC"}, quoted(data)
    number = struct.unpack_from("<H", data)[0]
    family = names("domain", number)
    if number == INET and len(data) >= 8:
        port = struct.unpack_from(">H", data, 2)[0]
        host = str(ipaddress.IPv4Address(data[4:8]))
        text = f'{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr("{host}")}}'
        return {"family": family, "host": host, "port": port}, text
    if number == INET6 and len(data) >= 24:
        port, flow = struct.unpack_from(">HI", data, 2)
        host = str(ipaddress.IPv6Address(data[8:24]))
        scope = struct.unpack_from("<I", data, 24)[0] if len(data) >= 28 else 0
        text = (
            f"{{sa_family=AF_INET6, sin6_port=htons({port}), sin6_flowinfo=htonl({flow}), "
            f'inet_pton(AF_INET6, "{host}", &sin6_addr), sin6_scope_id={scope}}}'
        )
        return {"family": family, "host": host, "port": port, "scope": scope}, text
    if number == UNIX:
        return _unix(family, data[2:])
    if number == NETLINK and len(data) >= 12:
        pid, groups = struct.unpack_from("<II", data, 4)
        return {"family": family, "pid": pid, "groups": groups}, (
            f"{{sa_family=AF_NETLINK, nl_pid={pid}, nl_groups={groups:#010x}}}"
        )
    return {"family": family, "data": data[2:]}, f"{{sa_family={family}, sa_data={quoted(data[2:])}}}"


def _unix(family: str, path: bytes) -> tuple[dict[str, Value], str]:
    if not path:  # unix(7): an unnamed socket's address is the family alone
        return {"family": family, "path": ""}, "{sa_family=AF_UNIX}"
    if path[0] == 0:  # abstract: every byte counts, zeros too
        name = path[1:]
        return {
            "family": family,
            "path": "@" + _text(name),
        }, f"{{sa_family=AF_UNIX, sun_path=@{quoted(name, None, 108)}}}"
    name = path.split(b"\0")[0]
    return {"family": family, "path": _text(name)}, f"{{sa_family=AF_UNIX, sun_path={quoted(name, None, 108)}}}"


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def short(data: bytes | None) -> str:
    """The address in one word: host:port, [host]:port, a unix path, "@name"; "" for none.

    >>> short(bytes([2, 0, 0x1F, 0x90, 127, 0, 0, 1]))
    '127.0.0.1:8080'
    """
    if not data:
        return ""
    return in_short(address(data)[0])


def in_short(value: Value) -> str:
    """The same of an address as a value, as `address` gives it; "" for anything else.

    >>> in_short({"family": "AF_INET6", "host": "::1", "port": 80}), in_short(None)
    ('[::1]:80', '')
    """
    if not isinstance(value, dict) or "family" not in value:
        return ""
    if "port" in value:
        host, port = str(value["host"]), str(value["port"])
        return f"[{host}]:{port}" if value["family"] == "AF_INET6" else f"{host}:{port}"
    if "path" in value:
        return str(value["path"])
    return str(value["family"])
