"""The connection picture says what ss(8) says at the same step: queues and their limits, peers, and who holds what.

The program runs ss itself, so that nothing else moves; the shell and ss inherit its sockets, and so hold them, too.
Where it is allowed that is in a network of its own (wire=True): on a busy machine ss has much to say of others.
"""

import re
import shutil
from pathlib import Path

import pytest

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.draw.connections.scene import connections

pytestmark = [
    pytest.mark.ptrace,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        shutil.which("ss") is None, reason="NOT TESTED against ss: there is none (sudo apt install iproute2)"
    ),
]

TALK = (Path(__file__).parent / "programs" / "talk.c").read_text()
ASK = "ss -Htxanpe"
STATE = {"ESTABLISHED": "ESTAB", "FIN_WAIT1/2": "FIN-WAIT", "CLOSE_WAIT": "CLOSE-WAIT", "CLOSE": "UNCONN"}
USER = re.compile(r'\(".*?",pid=(\d+),fd=(\d+)\)')

SCRIPTS = {
    "queues": "s4 1 b1 l1 3 s4 2 c2 1 s4 3 c3 1 a1 4 w2 5 s6 5 b5 l5 1 s6 6 c6 5 !",
    "a shared connection": "s4 1 b1 l1 3 s4 2 c2 1 a1 3 f x3 w2 9 !",
    "names and pairs": "s1 1 b1 l1 2 s1 2 c2 1 s1 3 c3 1 a1 4 p5 6 f w5 3 !",
    "half closed": "s4 1 b1 l1 3 s4 2 c2 1 a1 3 h2 s4 4 !",
}


@pytest.fixture(scope="module")
def program():
    return build(TALK, flags=("-Wall", "-Wextra"), name="talk")


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_picture_says_what_ss_says(program, name):
    recording = record(program, (SCRIPTS[name], ASK), wire=True, env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"})
    assert recording.status == 0
    kernel, drawn = told(recording.output().partition(b"@@\n")[2].decode()), seen(recording, answered(recording))
    unused = {ino for ino, (state, _, _) in drawn.items() if state == "UNCONN"}  # in no table of the kernel: not told
    assert drawn and drawn.keys() - unused <= kernel.keys() & sockets(recording) <= drawn.keys()
    for ino, words in [(ino, words) for ino, words in drawn.items() if ino in kernel]:
        assert words == kernel[ino], f"inode {ino}\n{connections(recording).text(answered(recording))}"
    assert any(holders > 2 for _, _, holders in drawn.values())


def answered(recording):
    """The step at which ss had asked about everything: its first line of output."""
    return next(
        number
        for number, (step, _, after) in enumerate(replay(recording).walk())
        if recording.events[step.event].call == "write"
        and recording.events[step.event].pid in after.processes
        and after.processes[recording.events[step.event].pid].name == "ss"
    )


def sockets(recording):
    """The inodes of all sockets that the program made."""
    return {
        change.value.ino
        for event in recording.events
        for change in event.entered + event.changes
        if change.what == "inodes" and change.value is not None and change.value.kind == "socket"
    }


def told(text):
    """By inode what ss says: state, queue (of a listening socket with its limit), how many descriptors lead to it."""
    found = {}
    for line in text.splitlines():
        kind, state, queue, limit, *rest = line.split()
        ino = int(rest[1]) if kind == "u_str" else int((re.findall(r"\bino:(\d+)", line) or "0")[0])
        fin = state in ("CLOSE-WAIT", "LAST-ACK") and int(queue) > 0  # the FIN counts as a byte
        state = "FIN-WAIT" if state.startswith("FIN-WAIT") else state
        found[ino] = (state, (int(queue), int(limit)) if state == "LISTEN" else int(queue) - fin,
                      len(set(USER.findall(line))))  # fmt: skip
    return found


def seen(recording, step):
    """The same of the picture's text."""
    called, state = names(recording), replay(recording).state(step)
    inodes = {called.inode(inode.id): inode for inode in state.inodes.values() if inode.socket is not None}
    found = {}
    lines = connections(recording).text(step).split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        socket = re.search(r": (socket [A-Z]+)((?:, [^;]*)?)(?:; (.*))?$", line)
        if not socket:
            continue
        name, words, holders = socket[1], socket[2].split(", "), socket[3] or ""
        said = next((word for word in words if re.fullmatch("[A-Z_12/]+", word)), "")
        joined = "↔" in line or "↔" in below
        inode = inodes[name]
        plain = ("ESTAB" if joined else "UNCONN") if inode.socket.family == "AF_UNIX" else STATE.get(said, said)
        count = re.search(r"(\d+) of (\d+) to be accepted", line)
        bytes_there = re.search(r"(\d+) bytes? to read", line)
        queue = (int(count[1]), int(count[2])) if count else int(bytes_there[1]) if bytes_there else 0
        more = re.search(r"and (\d+) more", holders)
        held = len(re.findall(r"P\d+ fd \d+", holders)) + (int(more[1]) if more else 0)
        found[inode.ino] = ("LISTEN" if said == "LISTEN" else plain, queue, held)
    return found
