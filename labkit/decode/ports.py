"""Ports of a recording by name: those the kernel chose differ in every run, those the program chose stay numbers.

Pure. A port is the kernel's choice when a socket has it that was bound to port 0, or never bound (ip(7)).
"""

from __future__ import annotations

from labkit.decode.replay import step_changes, steps
from labkit.model import Inode, Recording, Value


def split(address: str) -> tuple[str, int | None]:
    """Host and port of an address as `Socket` keeps it; no port when it is not of the internet.

    >>> split("127.0.0.1:8080"), split("[::1]:80"), split("/tmp/s")
    (('127.0.0.1', 8080), ('[::1]', 80), ('/tmp/s', None))
    """
    host, colon, port = address.rpartition(":")
    return (host, int(port)) if colon and host and port.isdigit() else (address, None)


def port_names(recording: Recording) -> dict[int, str]:
    """The names of the ports the kernel chose: "port A" where others are to come, "client port 1" for the rest."""
    asked, awaiting = _asked(recording)
    names: dict[int, str] = {}
    counts = {"port": 0, "client port": 0}

    def name(port: int | None, kind: str) -> None:
        if port and port not in asked and port not in names:
            counts[kind] += 1
            number = letters(counts[kind]) if kind == "port" else str(counts[kind])
            names[port] = f"{kind} {number}"

    # Whoever was refused may never tell its port; what it sent does.
    asking = [segment for segment in recording.segments if segment.flags == ("SYN",)]
    for step in steps(recording):
        event = recording.events[step.event]
        while asking and asking[0].moment < step.moment:
            name(split(asking.pop(0).source)[1], "client port")
        for change in step_changes(event, step):
            value = change.value
            if isinstance(value, Inode) and value.socket is not None:
                own = split(value.socket.local)[1]
                name(own, "port" if own in awaiting or value.socket.state == "LISTEN" else "client port")
                name(split(value.socket.peer)[1], "client port")
        for argument in event.args if step.part != "enters" else ():
            if argument.kind == "address" and argument.out:
                for port in _ports(argument.value):
                    name(port, "client port")
    return names


def _asked(recording: Recording) -> tuple[set[int], set[int]]:
    """The ports the program names itself, and those the kernel gave at bind(2): found by asking for the name later."""
    asked: set[int] = set()
    given: set[int] = set()
    local: set[int] = set()  # every port that is some socket's own
    for event in recording.events:
        if event.call == "bind" and len(event.args) > 1:  # a port that a socket had before is nobody's own number
            asked |= _ports(event.args[1].value) - {0} - local
        for change in event.entered + event.changes:
            if isinstance(change.value, Inode) and change.value.socket is not None:
                port = split(change.value.socket.local)[1]
                if port:
                    local.add(port)
                    if event.call == "bind":
                        given.add(port)
    for event in recording.calls("connect", "sendto"):
        for argument in event.args:
            if argument.kind == "address":
                asked |= _ports(argument.value) - local
    return asked, given - asked


def _ports(address: Value) -> set[int]:
    port = address.get("port") if isinstance(address, dict) else None
    return {port} if isinstance(port, int) else set()


def letters(number: int) -> str:
    """1 → A, 26 → Z, 27 → AA.

    >>> [letters(number) for number in (1, 2, 26, 27, 53)]
    ['A', 'B', 'Z', 'AA', 'BA']
    """
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
