"""What /proc/net/tcp, tcp6 and unix say of the sockets of a recording, held against the connection picture's text.

The program itself (programs/talk.c) printed those files at the very step; nothing of labkit.decode.connections is used.
"""

import re
import socket
import struct
from collections import Counter
from dataclasses import dataclass

from labkit.decode.names import names
from labkit.decode.replay import replay

MARK = b"@@\n"
STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
          "LAST_ACK", "LISTEN", "CLOSING")  # fmt: skip
_TOLD = {*STATES, "FIN_WAIT1/2"} - {"", "CLOSE", "SYN_SENT"}
LISTENING_UNIX = 0x10000  # __SO_ACCEPTCON
CONNECTED_UNIX = 3  # SS_CONNECTED


@dataclass(frozen=True)
class Line:
    """One line of /proc/net/tcp: addresses as labkit writes them."""

    local: str
    peer: str
    state: str
    unsent: int
    queue: int
    ino: int


def checkpoints(recording):
    """The step of each mark the program printed, with what it printed behind it."""
    told = recording.output().split(MARK)[1:]
    steps = [
        number
        for number, (step, _, _) in enumerate(replay(recording).walk())
        if recording.events[step.event].call == "write"
        and recording.events[step.event].argument("buf") == MARK
        and step.part != "enters"
    ]
    assert len(steps) == len(told)
    return list(zip(steps, told, strict=True))


def check(recording, scene, step, told):
    """At this step the picture says of every TCP connection what the kernel said; gives back how many lines."""
    called = names(recording)
    lines = list(_tcp(told))
    ends, listeners, unix = _drawn(scene.text(step))
    expected = Counter(
        (called.address(line.local), called.address(line.peer), _settled(line.state), _queue(line))
        for line in lines
        if line.state not in ("LISTEN", "SYN_SENT")
    )
    assert Counter(ends) == expected, f"step {step + 1}: {_apart(Counter(ends), expected)}\n{scene.text(step)}"
    asked = Counter(called.address(line.peer) for line in lines if line.state == "SYN_SENT")
    said = Counter(re.findall(r"TCP to ([^:]*(?:::1\])?[^:]*): [^;\n]*, SYN_SENT", scene.text(step)))
    assert said == asked, f"step {step + 1}: {said}, {asked}\n{scene.text(step)}"
    queues = Counter((called.address(line.local), line.queue) for line in lines if line.state == "LISTEN")
    assert Counter(listeners) == queues, f"step {step + 1}: {listeners}, {queues}"
    _unix(recording, step, told, unix)
    return len(lines) + len(unix)


def _settled(state):
    """FIN_WAIT1 becomes FIN_WAIT2 when the FIN is acknowledged, at once or some milliseconds later."""
    return "FIN_WAIT1/2" if state in ("FIN_WAIT1", "FIN_WAIT2") else state


def _queue(line):
    """The bytes to read. In /proc a FIN that has come counts as one of them until the end of file is read."""
    return max(0, line.queue - (line.state in ("CLOSE_WAIT", "LAST_ACK", "CLOSING")))


def _apart(drawn, expected):
    return f"drawn and not told {list((drawn - expected).elements())}, told and not drawn {list((expected - drawn).elements())}"  # noqa: E501


def _tcp(told):
    text = told.decode()
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        found = re.search(rf"^/proc/net/{name}\n(.*?)(?=^/proc/net/|\Z)", text, re.DOTALL | re.MULTILINE)
        for line in found[1].splitlines():
            row = line.split()
            unsent, queue = (int(part, 16) for part in row[4].split(":"))
            yield Line(_address(row[1], family), _address(row[2], family), STATES[int(row[3], 16)], unsent, queue,
                       int(row[9]))  # fmt: skip


def _address(text, family):
    host, port = text.split(":")
    words = [struct.pack("=I", int(host[start : start + 8], 16)) for start in range(0, len(host), 8)]
    name = socket.inet_ntop(family, b"".join(words))
    return f"[{name}]:{int(port, 16)}" if family == socket.AF_INET6 else f"{name}:{int(port, 16)}"


_LEFT = re.compile(r"^    (TCP|UNIX stream) (.*?): (?=[a-z])(.*)$")
_RIGHT = re.compile(r"^      ↔ (.*?): (?=[a-z])(.*)$")
_LISTENER = re.compile(r"^  (TCP|UNIX stream) (.*?): (socket [A-Z]+)(?:, LISTEN, (\d+) of |(?=[,;]))")


def _drawn(text):
    """The ends of TCP connections (own address, the other's, state, bytes), the listeners, the UNIX sockets."""
    ends, listeners, unix = [], [], {}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        listener = _LISTENER.match(line)
        if listener and listener[1] == "TCP":
            listeners += [(listener[2], int(listener[4]))] if listener[4] else []
        elif listener:
            unix[listener[3]] = "LISTEN" if listener[4] else "ALONE"
        left = _LEFT.match(line)
        if not left:
            continue
        right = _RIGHT.match(lines[number + 1]) if number + 1 < len(lines) else None
        if left[1] == "TCP" and right:
            ends += _end(left[2], right[1], left[3]) + _end(right[1], left[2], right[2])
        elif left[1] != "TCP":
            for words in (left[3], right[2] if right else ""):
                if words.startswith("socket "):
                    unix[re.split("[,;]", words)[0]] = "CONNECTED" if right else "ALONE"
    return ends, listeners, unix


def _end(own, other, words):
    said = words.partition(";")[0].split(", ")
    state = next((word for word in said if word in _TOLD), "")
    found = re.search(r"([\d,]+) (?:bytes? )?to read", words)
    queue = int(found[1].replace(",", "")) if found else 0
    return [(own, other, state, queue)] if state else []


def _unix(recording, step, told, drawn):
    """Every UNIX socket that the picture shows is in /proc/net/unix, and is what that says."""
    called, state = names(recording), replay(recording).state(step)
    kernel = {}
    for line in told.decode().partition("/proc/net/unix\n")[2].splitlines()[1:]:
        row = line.split()
        kernel[int(row[6])] = (
            "LISTEN" if int(row[3], 16) & LISTENING_UNIX else "CONNECTED" if int(row[5]) == CONNECTED_UNIX else "ALONE"
        )
    held = {
        called.inode(inode.id): kernel[inode.ino]
        for inode in state.inodes.values()
        if inode.socket is not None and inode.socket.family == "AF_UNIX"
    }
    assert drawn == held, f"step {step + 1}: drawn {drawn}, kernel {held}"


def held(scene, step, groups, state, called):
    """Every socket that a descriptor leads to has its box, by name; the drawing says what the text says."""
    text = scene.text(step)
    drawn = [group.words for group in groups if len(group.words) == 4 and group.words[0]]
    for inode in state.inodes.values():
        socket_there = inode.socket is not None and inode.socket.family in ("AF_UNIX", "AF_INET", "AF_INET6")
        if socket_there and not re.search(r"\d+ ×|\d+ more", text):
            name = called.inode(inode.id)
            assert [words[0] for words in drawn].count(name) == 1, f"step {step + 1}: {name} in {drawn}"
            said = re.findall(rf"^(?!  wait).*: {name}\b", text, re.MULTILINE)
            assert len(said) == 1, f"step {step + 1}: {name} in {text}"
    for name, told, _, content in drawn:
        head, _, tail = content.partition("…")
        assert name in text and told in text and head in text and tail in text, f"step {step + 1}: {name}, {content}"
