"""From the raw arguments of a call, and the memory copied at its stops, to decoded values with strace's text.

A function a kind; which argument is of which kind stands in the table of `calls.py`. Knows nothing of descriptors'
meaning, of processes or of the tracer: it gets numbers and bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from labkit.decode import messages, sockaddr, structs
from labkit.decode.calls import BY_NUMBER, Call, Parameter
from labkit.decode.flags import names, open_flags, signal_name
from labkit.decode.quoting import SHOWN, quoted
from labkit.model import Argument, Value

if TYPE_CHECKING:
    from labkit.capture.rawlog import Memory

AT_FDCWD = -100


@dataclass(frozen=True, slots=True)
class Stops:
    """A call as its two stops gave it: raw `args`, `result` (None: it never returned), memory `before` and `after`."""

    args: Sequence[int]
    result: int | None
    before: Sequence[Memory]
    after: Sequence[Memory]

    @property
    def succeeded(self) -> bool:
        """It returned, and no errno."""
        return self.result is not None and self.result >= 0

    def read(self, index: int) -> Memory | None:
        """The first piece copied for argument `index` at entry."""
        return next((piece for piece in self.before if piece.arg == index), None)

    def filled(self, index: int) -> Memory | None:
        """The first piece copied for argument `index` at exit."""
        return next((piece for piece in self.after if piece.arg == index), None)


Decoder = Callable[[Parameter, int, Stops], Argument | None]
_DECODERS: dict[str, Decoder] = {}
_PLAIN: dict[str, Callable[[Parameter, int], Argument]] = {}


def decode(
    number: int,
    args: Sequence[int],
    result: int | None,
    before: Sequence[Memory] = (),
    after: Sequence[Memory] = (),
) -> tuple[Argument, ...]:
    """The decoded arguments of call `number`, those it really takes: open without O_CREAT has no mode.

    `args` are the six registers, `result` the raw return value, None if the call never returned. A call that has no row
    in the table gets its six raw arguments.

    >>> [argument.text for argument in decode(8, (3, 2**64 - 10, 2, 0, 0, 0), 90)]
    ['3', '-10', 'SEEK_END']
    """
    call = BY_NUMBER.get(number)
    if call is None:
        return tuple(_pointer(_RAW[index], args[index]) for index in range(6))
    return decode_row(call, Stops(args, result, before, after))


_RAW = tuple(Parameter(f"arg{index + 1}", "hex") for index in range(6))


def decode_row(call: Call, stops: Stops) -> tuple[Argument, ...]:
    """The decoded arguments of a call by its row of the table."""
    decoded = []
    for index, parameter in enumerate(call.parameters):
        plain = _PLAIN.get(parameter.kind)
        if plain is not None:
            decoded.append(plain(parameter, stops.args[index]))
        else:
            argument = _DECODERS[parameter.kind](parameter, index, stops)
            if argument is not None:
                decoded.append(_filled_in(argument) if parameter.kind in _FILLED else argument)
    return tuple(decoded)


# Kinds of which the kernel fills in what the argument points to.
_FILLED = frozenset((
    "received", "cwd", "dirents", "iov_in", "message_in", "messages_in", "address_out", "sockopt_out", "fdpair",
    "epoll_events", "wait_status", "timespec_left", "stat", "statx", "statfs", "rlimit", "sigaction", "sigset",
    "itimerval", "itimerspec", "siginfo",
))  # fmt: skip


def _filled_in(argument: Argument) -> Argument:
    return Argument(argument.name, argument.kind, argument.value, argument.text, argument.size, True)


# ---- kinds that need only the register


def _int32(value: int) -> int:
    return (value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000


def _int64(value: int) -> int:
    return (value ^ 1 << 63) - (1 << 63)


def _plain(kind: str) -> Callable[[Callable[[Parameter, int], Argument]], Callable[[Parameter, int], Argument]]:
    def register(function: Callable[[Parameter, int], Argument]) -> Callable[[Parameter, int], Argument]:
        cached = lru_cache(maxsize=4096)(function)
        _PLAIN[kind] = cached
        return cached

    return register


@_plain("fd")
def _fd(parameter: Parameter, raw: int) -> Argument:
    value = _int32(raw)
    return Argument(parameter.name, "fd", value, str(value))


@_plain("dirfd")
def _dirfd(parameter: Parameter, raw: int) -> Argument:
    value = _int32(raw)
    return Argument(parameter.name, "fd", value, "AT_FDCWD" if value == AT_FDCWD else str(value))


@_plain("int")
def _int(parameter: Parameter, raw: int) -> Argument:
    value = _int32(raw)
    return Argument(parameter.name, "int", value, str(value))


@_plain("off")
def _off(parameter: Parameter, raw: int) -> Argument:
    value = _int64(raw)
    return Argument(parameter.name, "int", value, str(value))


@_plain("uint")
def _uint(parameter: Parameter, raw: int) -> Argument:
    return Argument(parameter.name, "int", raw, str(raw))


@_plain("id")
def _id(parameter: Parameter, raw: int) -> Argument:
    value = _int32(raw)
    return Argument(parameter.name, "int", value, str(value))


@_plain("hex")
@_plain("pointer")
def _pointer(parameter: Parameter, raw: int) -> Argument:
    zero = "NULL" if parameter.kind == "pointer" else "0"
    return Argument(parameter.name, "pointer", raw, f"{raw:#x}" if raw else zero)


@_plain("flags")
def _flags(parameter: Parameter, raw: int) -> Argument:
    value = raw & 0xFFFFFFFF
    return Argument(parameter.name, "flags", value, names(parameter.family, value))


@_plain("openflags")
def _openflags(parameter: Parameter, raw: int) -> Argument:
    value = raw & 0xFFFFFFFF
    return Argument(parameter.name, "flags", value, open_flags(value))


@_plain("openbits")
def _openbits(parameter: Parameter, raw: int) -> Argument:
    """Calls that take O_CLOEXEC and O_NONBLOCK alone: dup3, pipe2."""
    value = raw & 0xFFFFFFFF
    return Argument(parameter.name, "flags", value, names("open", value))


@_plain("pidfdflags")
def _pidfdflags(parameter: Parameter, raw: int) -> Argument:
    value = raw & 0xFFFFFFFF
    return Argument(parameter.name, "flags", value, "PIDFD_NONBLOCK" if value == 0x800 else names("open", value))


@_plain("cloneflags")
def _cloneflags(parameter: Parameter, raw: int) -> Argument:
    """Flags, and in the lowest byte the signal that tells the parent of the child's end (clone(2))."""
    flags, ends_with = raw & ~0xFF, raw & 0xFF
    words = ([names("clone", flags)] if flags else []) + ([signal_name(ends_with)] if ends_with else [])
    return Argument(parameter.name, "flags", raw, "|".join(words) or "0")


@_plain("prot")
def _prot(parameter: Parameter, raw: int) -> Argument:
    return Argument(parameter.name, "flags", raw, names("prot", raw) if raw else "PROT_NONE")


@_plain("mapflags")
def _mapflags(parameter: Parameter, raw: int) -> Argument:
    kind, rest = names("maptype", raw & 3), raw & ~3
    return Argument(parameter.name, "flags", raw, f"{kind}|{names('map', rest)}" if rest else kind)


@_plain("mode")
def _mode(parameter: Parameter, raw: int) -> Argument:
    value = raw & 0xFFFF
    return Argument(parameter.name, "mode", value, structs.octal(value))


@_plain("filemode")
def _filemode(parameter: Parameter, raw: int) -> Argument:
    return Argument(parameter.name, "mode", raw & 0xFFFF, structs.file_mode(raw & 0xFFFF))


@_plain("dev")
def _dev(parameter: Parameter, raw: int) -> Argument:
    return Argument(parameter.name, "int", raw, structs.device(raw) if raw else "0")


@_plain("accessmode")
def _accessmode(parameter: Parameter, raw: int) -> Argument:
    bits = [name for bit, name in ((4, "R_OK"), (2, "W_OK"), (1, "X_OK")) if raw & bit]
    return Argument(parameter.name, "flags", raw & 7, "|".join(bits) or "F_OK")


@_plain("signal")
def _signal(parameter: Parameter, raw: int) -> Argument:
    value = _int32(raw)
    return Argument(parameter.name, "signal", value, signal_name(value))


@_plain("socktype")
def _socktype(parameter: Parameter, raw: int) -> Argument:
    """The type, and SOCK_CLOEXEC and SOCK_NONBLOCK or-ed to it (socket(2))."""
    rest = raw & 0xFFFFFFF0
    kind = names("socktype", raw & 0xF)
    return Argument(parameter.name, "flags", raw, f"{kind}|{names('sockflag', rest)}" if rest else kind)


# ---- kinds that read the register together with others


def _kind(kind: str) -> Callable[[Decoder], Decoder]:
    def register(function: Decoder) -> Decoder:
        _DECODERS[kind] = function
        return function

    return register


def _address(parameter: Parameter, raw: int) -> Argument:
    return Argument(parameter.name, "pointer", raw, f"{raw:#x}" if raw else "NULL")


@_kind("createmode")
def _createmode(parameter: Parameter, index: int, stops: Stops) -> Argument | None:
    """The mode of open(2) exists only with O_CREAT or O_TMPFILE; else the register holds something left over."""
    flags = stops.args[index - 1]
    creates = flags & 0x40 or flags & 0x410000 == 0x410000
    return _mode(parameter, stops.args[index]) if creates else None


@_kind("protocol")
def _protocol(parameter: Parameter, index: int, stops: Stops) -> Argument:
    value = _int32(stops.args[index])
    internet = stops.args[0] & 0xFFFFFFFF in (sockaddr.INET, sockaddr.INET6)
    return Argument(parameter.name, "int", value, names("protocol", value) if internet else str(value))


@_kind("sockopt_level")
def _sockopt_level(parameter: Parameter, index: int, stops: Stops) -> Argument:
    value = _int32(stops.args[index])
    return Argument(parameter.name, "flags", value, {41: "SOL_IPV6"}.get(value) or names("sol", value))


@_kind("sockopt_name")
def _sockopt_name(parameter: Parameter, index: int, stops: Stops) -> Argument:
    value = _int32(stops.args[index])
    family = {0: "ip", 1: "so", 6: "tcp", 41: "ipv6"}.get(_int32(stops.args[index - 1]))
    return Argument(parameter.name, "flags", value, names(family, value) if family else str(value))


# ---- kinds that read memory


@_kind("path")
def _path(parameter: Parameter, index: int, stops: Stops) -> Argument:
    piece = stops.read(index)
    if piece is None or not stops.args[index]:
        return _address(parameter, stops.args[index])
    text = quoted(piece.data, None, 4096)
    return Argument(parameter.name, "path", piece.data.decode("utf-8", "surrogateescape"), text)


def _data(parameter: Parameter, piece: Memory, size: int) -> Argument:
    return _short_data(parameter, piece.data, size) if len(piece.data) <= SHOWN else _bytes(parameter, piece.data, size)


def _bytes(parameter: Parameter, data: bytes, size: int) -> Argument:
    whole = None if size <= len(data) else size
    return Argument(parameter.name, "bytes", data, quoted(data[: SHOWN + 1], size), whole)


_short_data = lru_cache(maxsize=4096)(_bytes)


@_kind("sent")
def _sent(parameter: Parameter, index: int, stops: Stops) -> Argument:
    piece = stops.read(index)
    if piece is None:
        return _address(parameter, stops.args[index])
    return _data(parameter, piece, stops.args[parameter.length])


@_kind("received")
def _received(parameter: Parameter, index: int, stops: Stops) -> Argument:
    piece = stops.filled(index)
    if stops.result == 0 and stops.args[index]:
        return Argument(parameter.name, "bytes", b"", '""')
    if piece is None or stops.result is None or stops.result < 0:
        return _address(parameter, stops.args[index])
    # With MSG_TRUNC recv returns more than the buffer holds: piece.total is what was there to copy.
    return _data(parameter, piece, max(piece.total, len(piece.data)))


@_kind("cwd")
def _cwd(parameter: Parameter, index: int, stops: Stops) -> Argument:
    piece = stops.filled(index)
    if piece is None or not stops.succeeded:
        return _address(parameter, stops.args[index])
    path = piece.data.rstrip(b"\0")  # getcwd(2), the system call: the length counts the NUL
    return Argument(parameter.name, "path", path.decode("utf-8", "surrogateescape"), quoted(path, None, 4096))


@_kind("strings")
def _strings(parameter: Parameter, index: int, stops: Stops) -> Argument:
    pieces = [piece for piece in stops.before if piece.arg == index]
    if not pieces:
        return _address(parameter, stops.args[index])
    strings = sorted(
        (piece for piece in pieces if piece.part in ("str", "strv", "data")), key=lambda piece: piece.index
    )
    texts = [quoted(piece.data) for piece in strings]
    if any(piece.part == "more" for piece in pieces):
        texts.append("...")
    values: tuple[Value, ...] = tuple(piece.data.decode("utf-8", "surrogateescape") for piece in strings)
    return Argument(parameter.name, "strings", values, f"[{', '.join(texts)}]")


@_kind("iov_out")
def _iov_out(parameter: Parameter, index: int, stops: Stops) -> Argument:
    return _iov(parameter, index, stops, stops.before, None)


@_kind("iov_in")
def _iov_in(parameter: Parameter, index: int, stops: Stops) -> Argument:
    if not stops.succeeded:
        return _address(parameter, stops.args[index])
    return _iov(parameter, index, stops, stops.after, stops.result)


def _iov(parameter: Parameter, index: int, stops: Stops, copied: Sequence[Memory], filled: int | None) -> Argument:
    decoded = messages.iovec([piece for piece in copied if piece.arg == index], filled)
    if decoded is None:
        return _address(parameter, stops.args[index])
    return Argument(parameter.name, "iovec", *decoded)


@_kind("message_out")
def _message_out(parameter: Parameter, index: int, stops: Stops) -> Argument:
    return _message(parameter, index, stops, stops.before, None)


@_kind("message_in")
def _message_in(parameter: Parameter, index: int, stops: Stops) -> Argument:
    if not stops.succeeded:
        return _address(parameter, stops.args[index])
    return _message(parameter, index, stops, stops.after, stops.result)


def _message(parameter: Parameter, index: int, stops: Stops, copied: Sequence[Memory], filled: int | None) -> Argument:
    decoded = messages.message([piece for piece in copied if piece.arg == index], filled)
    if decoded is None:
        return _address(parameter, stops.args[index])
    return Argument(parameter.name, "message", *decoded)


@_kind("messages_out")
def _messages_out(parameter: Parameter, index: int, stops: Stops) -> Argument:
    return _messages(parameter, index, stops, stops.before, None)


@_kind("messages_in")
def _messages_in(parameter: Parameter, index: int, stops: Stops) -> Argument:
    if not stops.succeeded:
        return _address(parameter, stops.args[index])
    return _messages(parameter, index, stops, stops.after, stops.result)


def _messages(parameter: Parameter, index: int, stops: Stops, copied: Sequence[Memory], count: int | None) -> Argument:
    decoded = messages.several([piece for piece in copied if piece.arg == index], count)
    if decoded is None:
        return _address(parameter, stops.args[index])
    return Argument(parameter.name, "messages", *decoded)


@_kind("address")
def _sockaddr(parameter: Parameter, index: int, stops: Stops) -> Argument:
    return _sockaddr_of(parameter, stops.args[index], stops.read(index))


@_kind("address_out")
def _sockaddr_out(parameter: Parameter, index: int, stops: Stops) -> Argument:
    return _sockaddr_of(parameter, stops.args[index], stops.filled(index) if stops.succeeded else None)


def _sockaddr_of(parameter: Parameter, raw: int, piece: Memory | None) -> Argument:
    if piece is None or len(piece.data) < 2:
        return _address(parameter, raw)
    value, text = sockaddr.address(piece.data)
    return Argument(parameter.name, "address", dict(value), text)


@_kind("length_out")
def _length_out(parameter: Parameter, index: int, stops: Stops) -> Argument:
    """A length that goes in and comes out changed: [in => out]."""
    before, after = stops.read(index), stops.filled(index)
    if before is None or len(before.data) < 4:
        return _address(parameter, stops.args[index])
    first = struct.unpack_from("<i", before.data)[0]
    second = struct.unpack_from("<i", after.data)[0] if after and len(after.data) >= 4 and stops.succeeded else first
    return Argument(parameter.name, "int", second, f"[{first} => {second}]" if first != second else f"[{first}]")


@_kind("sockopt_in")
def _sockopt_in(parameter: Parameter, index: int, stops: Stops) -> Argument:
    return _sockopt(parameter, index, stops, stops.read(index))


@_kind("sockopt_out")
def _sockopt_out(parameter: Parameter, index: int, stops: Stops) -> Argument:
    return _sockopt(parameter, index, stops, stops.filled(index) if stops.succeeded else None)


def _sockopt(parameter: Parameter, index: int, stops: Stops, piece: Memory | None) -> Argument:
    if piece is None:
        return _address(parameter, stops.args[index])
    decoded = structs.socket_option(_int32(stops.args[1]), _int32(stops.args[2]), piece.data)
    return Argument(parameter.name, "struct", *decoded)


@_kind("fdpair")
def _fdpair(parameter: Parameter, index: int, stops: Stops) -> Argument:
    piece = next((piece for piece in stops.after if piece.arg == index and len(piece.data) >= 8), None)
    if piece is None or not stops.succeeded:
        return _address(parameter, stops.args[index])
    pair = struct.unpack_from("<ii", piece.data)
    return Argument(parameter.name, "fds", pair, f"[{pair[0]}, {pair[1]}]")


@_kind("offset")
def _offset(parameter: Parameter, index: int, stops: Stops) -> Argument:
    piece = stops.read(index)
    if piece is None or len(piece.data) < 8:
        return _address(parameter, stops.args[index])
    value = struct.unpack_from("<q", piece.data)[0]
    return Argument(parameter.name, "int", value, f"[{value}]")


@_kind("pollfds")
def _pollfds(parameter: Parameter, index: int, stops: Stops) -> Argument:
    before, after = stops.read(index), stops.filled(index)
    if before is None:
        return _address(parameter, stops.args[index])
    decoded = structs.pollfds(before.data, after.data if after and stops.succeeded else None)
    return Argument(parameter.name, "struct", *decoded)


@_kind("fd_set")
def _fd_set(parameter: Parameter, index: int, stops: Stops) -> Argument:
    """Asked and, after the arrow, found: select(2) changes the set in place."""
    before, after = stops.read(index), stops.filled(index)
    if before is None:
        return _address(parameter, stops.args[index])
    count = _int32(stops.args[0])
    asked, text = structs.fd_set(before.data, count)
    if after is None or not stops.succeeded:
        return Argument(parameter.name, "struct", {"asked": asked}, text)
    ready, ready_text = structs.fd_set(after.data, count)
    return Argument(parameter.name, "struct", {"asked": asked, "ready": ready}, f"{text} => {ready_text}")


@_kind("epoll_event")
def _epoll_event(parameter: Parameter, index: int, stops: Stops) -> Argument:
    piece = stops.read(index)
    if piece is None or len(piece.data) < 12:
        return _address(parameter, stops.args[index])
    value, text = structs.epoll_events(piece.data[:12])
    assert isinstance(value, tuple)
    return Argument(parameter.name, "struct", value[0], text[1:-1])


@_kind("epoll_events")
def _epoll_events(parameter: Parameter, index: int, stops: Stops) -> Argument:
    if not stops.succeeded:
        return _address(parameter, stops.args[index])
    piece = stops.filled(index)
    return Argument(parameter.name, "struct", *structs.epoll_events(piece.data if piece else b""))


@_kind("dirents")
def _dirents(parameter: Parameter, index: int, stops: Stops) -> Argument:
    if not stops.succeeded:
        return _address(parameter, stops.args[index])
    piece = stops.filled(index)
    value, text = structs.dirents(piece.data if piece else b"")
    whole = stops.result if piece and stops.result and stops.result > len(piece.data) else None
    return Argument(parameter.name, "struct", value, f"{stops.args[index]:#x} {text}", whole)


@_kind("fcntl")
def _fcntl(parameter: Parameter, index: int, stops: Stops) -> Argument | None:
    """The third argument of fcntl(2), whose type its command decides."""
    raw, command = stops.args[index], names("fcntl", stops.args[index - 1] & 0xFFFFFFFF)
    if command in ("F_GETFD", "F_GETFL", "F_GETOWN", "F_GETSIG", "F_GETLEASE", "F_GETPIPE_SZ", "F_GET_SEALS"):
        return None
    if command in ("F_GETLK", "F_SETLK", "F_SETLKW", "F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW"):
        answer = stops.filled(index) if command.endswith("GETLK") and stops.succeeded else stops.read(index)
        decoded = structs.flock(answer.data) if answer else None
        return Argument(parameter.name, "struct", *decoded) if decoded else _address(parameter, raw)
    if command == "F_SETFD":
        return Argument(parameter.name, "flags", raw, names("fd", raw))
    if command == "F_SETFL":
        return Argument(parameter.name, "flags", raw, open_flags(raw))
    if command == "F_ADD_SEALS":
        return Argument(parameter.name, "flags", raw, names("seal", raw))
    if command == "F_SETSIG":
        return _signal(parameter, raw)
    if command == "F_SETLEASE":
        return Argument(parameter.name, "flags", raw, names("locktype", raw))
    if command in ("F_DUPFD", "F_DUPFD_CLOEXEC", "F_SETPIPE_SZ", "F_SETOWN", "F_DUPFD_QUERY"):
        return _int(parameter, raw)
    return _address(parameter, raw)


_IOCTL_IN = {"TCSETS": "termios", "TCSETSW": "termios", "TCSETSF": "termios", "TIOCSWINSZ": "winsize"} | dict.fromkeys(
    ("FIONBIO", "FIOASYNC", "TIOCSPGRP", "TIOCPKT", "TIOCSPTLCK"), "int"
)
_IOCTL_OUT = {"TCGETS": "termios", "TIOCGWINSZ": "winsize"} | dict.fromkeys(
    ("FIONREAD", "TIOCOUTQ", "TIOCGPGRP", "TIOCGSID", "TIOCGPTN", "TIOCGPTLCK", "SIOCATMARK", "TIOCGETD", "FIGETBSZ"),
    "int",
)


@_kind("ioctl")
def _ioctl(parameter: Parameter, index: int, stops: Stops) -> Argument:
    """The third argument of ioctl(2), whose type its request decides; unknown ones stay a number."""
    raw, request = stops.args[index], names("ioctl", stops.args[index - 1] & 0xFFFFFFFF)
    piece, layout = None, _IOCTL_IN.get(request)
    if layout:
        piece = stops.read(index)
    elif stops.succeeded and (layout := _IOCTL_OUT.get(request)):
        piece = stops.filled(index)
    if piece is None or layout is None:
        return _address(parameter, raw)
    if layout == "int":
        if len(piece.data) < 4:
            return _address(parameter, raw)
        value = struct.unpack_from("<i", piece.data)[0]
        return Argument(parameter.name, "int", value, f"[{value}]")
    decoded = structs.termios(piece.data) if layout == "termios" else structs.winsize(piece.data)
    return Argument(parameter.name, "struct", *decoded) if decoded else _address(parameter, raw)


def _struct(parse: Callable[[bytes], structs.Decoded | None], *, entry: bool) -> Decoder:
    """A decoder for a pointer to one structure, read at entry, or filled in by a call that succeeded."""

    def decoder(parameter: Parameter, index: int, stops: Stops) -> Argument:
        piece = stops.read(index) if entry else stops.filled(index) if stops.succeeded else None
        decoded = parse(piece.data) if piece is not None and stops.args[index] else None
        if decoded is None:
            return _address(parameter, stops.args[index])
        return Argument(parameter.name, "struct", *decoded)

    return decoder


_IN = {"open_how": structs.open_how, "clone_args": structs.clone_args, "rlimit_in": structs.rlimit,
       "sigaction_in": structs.sigaction, "sigset_in": structs.sigset, "itimerval_in": structs.itimerval,
       "itimerspec_in": structs.itimerspec, "timespec_in": structs.timespec, "timeval_in": structs.timeval,
       "utimens": structs.utimens}  # fmt: skip
_OUT = {"stat": structs.stat, "statx": structs.statx, "statfs": structs.statfs, "rlimit": structs.rlimit,
        "sigaction": structs.sigaction, "sigset": structs.sigset, "itimerval": structs.itimerval,
        "itimerspec": structs.itimerspec, "siginfo": structs.siginfo}  # fmt: skip
_DECODERS |= {kind: _struct(parse, entry=True) for kind, parse in _IN.items()}
_DECODERS |= {kind: _struct(parse, entry=False) for kind, parse in _OUT.items()}


@_kind("wait_status")
def _wait_status(parameter: Parameter, index: int, stops: Stops) -> Argument:
    """Written only when a child was found: wait4 with WNOHANG may return 0."""
    piece = stops.filled(index) if stops.result is not None and stops.result > 0 else None
    decoded = structs.wait_status(piece.data) if piece else None
    return Argument(parameter.name, "struct", *decoded) if decoded else _address(parameter, stops.args[index])


@_kind("timespec_left")
def _timespec_left(parameter: Parameter, index: int, stops: Stops) -> Argument:
    """Filled in only when a signal cut the sleep short (nanosleep(2))."""
    piece = stops.filled(index) if stops.result is not None and stops.result < 0 else None
    decoded = structs.timespec(piece.data) if piece and stops.args[index] else None
    return Argument(parameter.name, "struct", *decoded) if decoded else _address(parameter, stops.args[index])
