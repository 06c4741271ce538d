"""Judges of servers and clients that were recorded together: what the other side got, and who had to be ended.

Each sees the learner's share of a recording; none looks at the program's text.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.decode.text import quoted
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, exactly
from labkit.exercises.situation import told
from labkit.exercises.touched import WRITING, data, number, own_calls, touched
from labkit.model import Event, Recording

READING = ("read", "recvfrom", "recvmsg", "readv")
SENDING = ("write", "sendto", "sendmsg", "writev")


def gets_back(wanted: bytes, client: int = 0) -> Judge:
    """The client of this number, of those in the situation, prints exactly these bytes."""

    def judge(observation: Observation) -> Finding | None:
        other = observation.other(client)
        if other is None:
            says = "no client can connect: nobody listens on a TCP socket, or not any more."
            return Finding("nobody-listens", told(observation.situation, says))
        said = other.output(1)
        if said == wanted:
            return None
        got = quoted(said, 24) if said else "nothing"
        says = f"a client should get {quoted(wanted, 24)} back, and got {got}."
        return Finding("other-answer", told(observation.situation, says), last_sent)

    return judge


def serves_on(observation: Observation) -> Finding | None:
    """It is still there when all its clients have ended, ready for the next one."""
    status = observation.status
    if status is None:
        return None
    said = f" It said {quoted(observation.errors)}." if observation.errors else ""
    says = f"it ended with status {status}; a server goes on and waits for the next client.{said}"
    return Finding("serves-no-more", told(observation.situation, says))


def sends_what_it_read(observation: Observation) -> Finding | None:
    """What it sends is neither more than the read before it brought, nor cut off at a byte that is 0."""
    for got, event in _pairs(observation.recording):
        asked, there = number(event, "count") or len(data(event)), got.result or 0
        if asked > there:
            says = (
                f"read brought {there:,} bytes and {event.call} was told {asked:,}: the rest is left in the buffer "
                "from before. What read brings is no string: it puts no zero behind it. Send as many bytes as it "
                "returned."
            )
            return Finding("left-over", told(observation.situation, says), exactly(event))
        if asked < there and data(got)[asked : asked + 1] == b"\0":
            says = (
                f"read brought {there:,} bytes and {event.call} was told {asked:,}: up to the first byte that is 0. "
                "A byte that is 0 is a byte like any other; the number is what read returned."
            )
            return Finding("stops-at-nul", told(observation.situation, says), exactly(event))
    return None


def reads_to_the_end(observation: Observation) -> Finding | None:
    """It goes on reading each connection until read says that the other side will send no more."""
    last: dict[int, Event] = {}
    for event in on_connections(observation.recording, *READING):
        last[touched(observation.recording)[event.index].inode.id] = event  # type: ignore[union-attr]
    for event in last.values():
        if (event.result or 0) > 0:
            says = (
                f"one {event.call} brought {event.result:,} bytes, and the program took them for all there is. A "
                "stream has no messages: what was sent at once may come in pieces. The end is when read returns 0."
            )
            return Finding("one-read", told(observation.situation, says), exactly(event))
    return None


def on_connections(recording: Recording, *names: str) -> Iterator[Event]:
    """The program's own calls of these names on connected sockets."""
    seen = touched(recording)
    for event in own_calls(recording, *names):
        hit = seen[event.index]
        if hit is not None and hit.inode.socket is not None and hit.inode.socket.backlog is None:
            yield event


def _pairs(recording: Recording) -> Iterator[tuple[Event, Event]]:
    """Each first write after a read that brought something, with that read."""
    read: dict[int, Event] = {}
    for event in on_connections(recording, *READING, *SENDING):
        if event.call in READING and (event.result or 0) > 0:
            read[event.pid] = event
        elif event.call in SENDING and event.pid in read:
            yield read.pop(event.pid), event


def last_sent(recording: Recording) -> Event | None:
    """The last thing it sent, or its last call if it sent nothing."""
    own = own_calls(recording)
    sent = [event for event in own if event.call in (*WRITING, *SENDING)]
    return next((found[-1] for found in (sent, own) if found), None)
