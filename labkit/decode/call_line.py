"""A call on one line for people: as strace(1) writes it, but the same in every run of a program that does the same.

Pids become the names of processes, paths relative, addresses and what is random or timed "…". Knows the kinds of
arguments (`labkit.decode.arguments`); of calls only which of their numbers are pids, random or times.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.decode.calls import CALLS
from labkit.decode.strace import result_text
from labkit.decode.text import visible
from labkit.model import Argument, Event, Value

if TYPE_CHECKING:
    from labkit.decode.names import Names

_PIDS = frozenset(("pid", "pgid", "tid", "tgid", "pid1", "pid2", "id"))  # arguments of kind int
_GIVE_PIDS = frozenset((
    "fork", "vfork", "clone", "clone3", "wait4", "getpid", "getppid", "gettid", "setsid", "getpgid", "getpgrp",
    "getsid",
))  # fmt: skip
_GIVE_ADDRESSES = frozenset(("mmap", "mremap", "brk", "shmat"))
_GIVE_LENGTHS = frozenset(("getcwd", "readlink", "readlinkat"))  # of a path: of the scratch folder's, chance
_GROUP_REQUESTS = frozenset(("TIOCGPGRP", "TIOCSPGRP", "TIOCGSID", "F_SETOWN", "F_GETOWN"))
# What differs from run to run: random bytes, the time that is left, blocks free on a file system.
_VARYING = frozenset((
    ("getrandom", "buf"), ("nanosleep", "rem"), ("clock_nanosleep", "rem"), ("timerfd_gettime", "value"),
    ("timerfd_settime", "old"), ("getitimer", "value"), ("setitimer", "old"), ("statfs", "buf"), ("fstatfs", "buf"),
))  # fmt: skip
_SMALL = 1 << 32  # an address of a relocatable program is larger; flags and offsets given in hex are not
_ADDRESS = re.compile(r"0x[0-9a-f]{7,}")
_PID_IN_STRUCT = re.compile(r"\b(si_pid|l_pid|pid)=(\d+)")
_TERMINAL_NUMBER = re.compile(r"makedev\(0x88, 0x[0-9a-f]+\)")
_EPOLL_DATA = re.compile(r"data=\{u32=\d+, u64=(\d{10,})\}")
_MOST = 32  # characters of each string


def call_line(names: Names, event: Event) -> str:
    """Name, arguments and result."""
    group = any(argument.text in _GROUP_REQUESTS for argument in event.args)
    words = [
        names.pid(argument.value)
        if group and argument.name == "arg" and isinstance(argument.value, int)
        else value_line(names, argument, event.call)
        for argument in event.args
    ]
    return names.steady(event, f"{event.call}({', '.join(words)}) = {result_line(names, event)}")


def value_line(names: Names, argument: Argument, call: str) -> str:
    """One argument of `call`."""
    if (call, argument.name) in _VARYING and argument.text not in ("NULL", "0"):
        return "…"
    show = _BY_KIND.get(argument.kind)
    return show(names, argument, call) if show else _scrubbed(names, argument.text)


def result_line(names: Names, event: Event) -> str:
    """What it returned; "?" when it never did."""
    if event.result is None or event.errno:
        return result_text(event)
    if event.call in _GIVE_PIDS or (event.call == "fcntl" and event.args[1].text == "F_GETOWN"):
        # The parent of the first process, and its session, are labkit's own.
        return names.pid(event.result) if event.result in names.processes or not event.result else _thread(names, event)
    if event.call in _GIVE_LENGTHS and any(argument.out and names.inside(argument.value) for argument in event.args):
        return "…"
    if event.call in _GIVE_ADDRESSES or (event.call not in CALLS and event.result >= _SMALL):
        return "…"
    return _scrubbed(names, result_text(event))


def _thread(names: Names, event: Event) -> str:
    assert event.result is not None
    name = names.pid(event.result)
    return name if name != str(event.result) else "…"


def _scrubbed(names: Names, text: str) -> str:
    text = _ADDRESS.sub("…", text)
    text = _PID_IN_STRUCT.sub(lambda found: f"{found[1]}={names.pid(int(found[2]))}", text)
    text = _TERMINAL_NUMBER.sub("makedev(0x88, …)", text)
    return _EPOLL_DATA.sub("data=…", text)


def _as_int(names: Names, argument: Argument, call: str) -> str:
    if argument.name in _PIDS and isinstance(argument.value, int):
        return names.pid(argument.value)
    return argument.text


def _as_pointer(names: Names, argument: Argument, call: str) -> str:
    """A pointer is "…"; a number that the table only shows in hex, such as an offset, stays."""
    if not argument.value:
        return argument.text
    parameters = CALLS[call].parameters if call in CALLS else ()
    kind = next((parameter.kind for parameter in parameters if parameter.name == argument.name), "hex")
    return argument.text if kind == "hex" and int(str(argument.value)) < _SMALL else "…"


def _as_path(names: Names, argument: Argument, call: str) -> str:
    path = names.path(str(argument.value)).replace('"', '\\"')
    return f'"{path}"'


def _as_bytes(names: Names, argument: Argument, call: str) -> str:
    assert isinstance(argument.value, bytes)
    if call.startswith("readlink"):
        return _link(names, argument.value)
    return names.data(argument.value, argument.size, _MOST)


_NUMBERED = re.compile(rb"(pipe|socket|anon_inode):\[\d+\]")


def _link(names: Names, data: bytes) -> str:
    """What readlink found: a path, or in /proc/…/fd a kind and a number of this run."""
    shown = names.path(_NUMBERED.sub(rb"\1:[...]", data).decode("utf-8", "surrogateescape"))
    return '"' + shown.replace('"', '\\"') + '"'


def _as_strings(names: Names, argument: Argument, call: str) -> str:
    values = argument.value if isinstance(argument.value, tuple) else ()
    return "[" + ", ".join(names.word(str(value)) for value in values) + "]"


def _as_iovec(names: Names, argument: Argument, call: str) -> str:
    return f"[{_pieces(names, argument.value)}]"


def _pieces(names: Names, value: Value) -> str:
    values = value if isinstance(value, tuple) else ()
    return ", ".join(names.data(piece) for piece in values if isinstance(piece, bytes))


def _as_message(names: Names, argument: Argument, call: str) -> str:
    values = argument.value if isinstance(argument.value, tuple) else (argument.value,)
    shown = [_message(names, value) for value in values if isinstance(value, dict)]
    return shown[0] if argument.kind == "message" and shown else f"[{', '.join(shown)}]"


def _message(names: Names, value: dict[str, Value]) -> str:
    words = [_pieces(names, value.get("iov"))]
    if isinstance(address := value.get("name"), dict):
        words.append(socket_address(names, address))
    if isinstance(rights := value.get("rights"), tuple) and rights:
        words.append(f"descriptors {', '.join(map(str, rights))}")
    return "{" + ", ".join(word for word in words if word) + "}"


def _as_address(names: Names, argument: Argument, call: str) -> str:
    return socket_address(names, argument.value) if isinstance(argument.value, dict) else argument.text


def socket_address(names: Names, address: dict[str, Value]) -> str:
    """A decoded socket address (`labkit.decode.sockaddr`): host and port, a path in quotes, else its family."""
    if isinstance(port := address.get("port"), int):
        host = str(address.get("host"))
        return names.address(f"[{host}]:{port}" if address["family"] == "AF_INET6" else f"{host}:{port}")
    if isinstance(path := address.get("path"), str):
        return f'"{names.path(path)}"' if path else "an unnamed socket"
    return visible(str(address.get("family", "")))


_BY_KIND: dict[str, Callable[[Names, Argument, str], str]] = {
    "int": _as_int,
    "pointer": _as_pointer,
    "path": _as_path,
    "bytes": _as_bytes,
    "strings": _as_strings,
    "iovec": _as_iovec,
    "message": _as_message,
    "messages": _as_message,
    "address": _as_address,
}
