"""The short words of a ladder: a call with what matters about it, what it gave back, a segment. Pure."""

from __future__ import annotations

from labkit.decode.call_line import socket_address
from labkit.decode.names import Names
from labkit.decode.text import literal
from labkit.decode.transfers import transfers
from labkit.model import Argument, Event, Segment

_MOST = 14  # characters of data
_NAMED = {"how", "optname", "backlog", "type", "cmd", "request"}  # arguments shown as they are written in C


def asked(called: Names, event: Event) -> str:
    """The call with its descriptor, its address or its data, as it was made."""
    return f"{event.call}({', '.join(word for a in event.args if (word := _argument(called, event, a)))})"


def _argument(called: Names, event: Event, argument: Argument) -> str:
    if argument.kind == "fd":
        return str(argument.value)
    if argument.name in _NAMED:
        return argument.text
    if argument.kind == "address" and not argument.out and isinstance(argument.value, dict):
        return socket_address(called, argument.value)
    sent = [moved for moved in transfers(event) if moved.into]
    return _data(sent[0].data, sent[0].size) if sent and argument.kind in ("bytes", "iovec", "message") else ""


def given(called: Names, event: Event) -> str:
    """What the call returned: "= 5 "hello"", "fails: ECONNREFUSED", "never returns"."""
    if event.end is None or event.result is None:
        return "never returns"
    if event.errno:
        return f"fails: {event.errno}"
    got = [moved for moved in transfers(event) if not moved.into]
    return f"= {called.result(event)}" + (f" {_data(got[0].data, got[0].size)}" if got and got[0].data else "")


def _data(data: bytes, size: int) -> str:
    return literal(data, size, _MOST)


def carried(segment: Segment) -> str:
    """The flags of a segment and how many bytes it carries.

    >>> carried(Segment(0.0, 0, "a:1", "b:2", ("PSH", "ACK"), 1, 1, 5))
    'PSH, ACK · 5 bytes'
    """
    size = f" · {segment.length:,} byte{'' if segment.length == 1 else 's'}" if segment.length else ""
    return ", ".join(segment.flags) + size


def numbered(numbers: tuple[int, int | None]) -> str:
    """Its relative numbers.

    >>> numbered((0, None)), numbered((1, 65484))
    ('seq 0', 'seq 1, ack 65,484')
    """
    seq, ack = numbers
    return f"seq {seq:,}" + ("" if ack is None else f", ack {ack:,}")
