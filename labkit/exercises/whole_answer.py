"""The exercise of lecture 07 on the client: look up, connect, send all, and take the answer to its end."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.serving import READING, SENDING, on_connections, reads_to_the_end
from labkit.exercises.situation import Other, Situation, told
from labkit.exercises.touched import data, number

_STARTER = """\
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) // HOST PORT TEXT
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT TEXT\\n", argv[0]);
        return 2;
    }
    // 1. Look HOST and PORT up, and connect to the first address that lets you.

    // 2. Send TEXT, and let the server know that there is no more.

    // 3. Print what comes back, until there is no more.

    return 0;
}
"""

# What both servers of ours begin with: one client, all that it says.
_SERVER = """\
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo *own, wanted = {.ai_socktype = SOCK_STREAM};
    char bytes[512];
    ssize_t got, size = 0;
    if (argc != 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &own) != 0)
        return 2;
    int server = socket(own->ai_family, own->ai_socktype, own->ai_protocol);
    if (server < 0 || bind(server, own->ai_addr, own->ai_addrlen) < 0 || listen(server, 5) < 0)
        return 1;
    freeaddrinfo(own);
    int client = accept(server, NULL, NULL);
    while ((got = read(client, bytes + size, sizeof bytes - size)) > 0)
        size += got;
    ANSWER
    return got < 0 || close(client) < 0 || close(server) < 0;
}
"""
_PIECES = _SERVER.replace(
    "ANSWER",
    """for (ssize_t i = 0; i < size; i += 3) {
        ssize_t piece = size - i < 3 ? size - i : 3;
        if (write(client, bytes + i, piece) != piece || usleep(5000) < 0)
            return 1;
    }""",
)
_ZEROS = _SERVER.replace("ANSWER", 'if (write(client, "no\\0string\\0at all", 16) != 16)\n        return 1;')
_HELLO = ("127.0.0.1", "{port}", "hello")
_AT_ONCE = Situation("With an echo server", _HELLO, before=("echo_server 0",), in_turn=True, seconds=1.0)
_IN_PIECES = Situation(
    "When the answer comes in pieces",
    ("127.0.0.1", "{port}", "in several pieces"),
    before=(Other(_PIECES, ("0",), "answers_in_pieces"),),
    in_turn=True,
    seconds=1.0,
)
_WITH_ZEROS = Situation(
    "When the answer has bytes that are 0",
    _HELLO,
    before=(Other(_ZEROS, ("0",), "answers_with_zeros"),),
    in_turn=True,
    seconds=1.0,
)
_BY_NAME = Situation(
    "With the name localhost", ("localhost", "{port}", "hello"), before=("echo_server 0",), in_turn=True, seconds=1.0
)
_NOBODY = Situation("When nobody listens at the port", ("127.0.0.1", "1", "hello"), recorded=True, seconds=1.0)


def _connects(observation: Observation) -> Finding | None:
    calls = observation.calls("connect")
    if any(not event.errno for event in calls):
        return None
    failed = [event for event in calls if event.errno]
    if failed:
        says = f"connect failed with {failed[-1].errno}, although the server is there."
        return Finding("wrong-address", told(observation.situation, says), exactly(failed[-1]))
    return Finding("never-connects", told(observation.situation, "it never connects to the server."))


def _looks_up(observation: Observation) -> Finding | None:
    """A name was given, and the program has not found its address."""
    if any(not event.errno for event in observation.calls("connect")):
        return None
    says = (
        "it does not get to the server: localhost is a name, no address. getaddrinfo(3) looks up both, and gives "
        "addresses that connect takes as they are."
    )
    return Finding("no-lookup", told(observation.situation, says))


def _waits_for_each_other(observation: Observation) -> Finding | None:
    """Both read: the server waits for the end of the text, the client for the answer."""
    waits = [e for e in on_connections(observation.recording, *READING) if e.end is None]
    if not waits or observation.calls("shutdown"):
        return None
    says = (
        "it waits in read for the end of the answer, and the server waits for the end of the text: nobody told it that "
        "no more is coming. shutdown(2) ends one direction and leaves the other."
    )
    return Finding("no-shutdown", told(observation.situation, says), exactly(waits[-1]))


def _shuts_both(observation: Observation) -> Finding | None:
    """It ended both directions where only its own was done."""
    for event in observation.calls("shutdown"):
        if next(argument.text for argument in event.args if argument.name == "how") != "SHUT_WR":
            says = "here the direction in which the answer comes is ended, too. SHUT_WR ends only one's own."
            return Finding("shuts-both", told(observation.situation, says), exactly(event))
    return None


def _prints_what_it_read(observation: Observation) -> Finding | None:
    """It read all of the answer, and did not print all of it."""
    reads = [e for e in on_connections(observation.recording, *READING) if (e.result or 0) > 0]
    came = b"".join(data(event)[: event.result] for event in reads)
    said = observation.seen.output(1)
    if came == said or not reads:
        return None
    if b"\0" in came and said == came.replace(b"\0", b"")[: len(said)]:
        says = (
            f"read brought {len(came)} bytes and {len(said)} were printed: as a string, up to a byte that is 0. What "
            "comes over a connection is bytes; fwrite(3) or write(2) take their number."
        )
        return Finding("stops-at-nul", told(observation.situation, says), exactly(reads[0]))
    if len(said) > len(came):
        says = f"read brought {len(came)} bytes and {len(said)} were printed: more than came."
        return Finding("left-over", told(observation.situation, says), exactly(reads[-1]))
    return None


def _sends_all(observation: Observation) -> Finding | None:
    sent = list(on_connections(observation.recording, *SENDING))
    text = observation.situation.args[-1].encode()
    out = b"".join(data(event) for event in sent)
    if out.rstrip(b"\0") != text or out == text:
        return None
    says = f"it sends {number(sent[-1], 'count')} bytes, one more than the text has: the zero at the end of a string."
    return Finding("sends-the-zero", told(observation.situation, says), exactly(sent[-1]))


_STUCK = (_waits_for_each_other,)
_PRINTS = (_shuts_both, _sends_all, reads_to_the_end, _prints_what_it_read)

WHOLE_ANSWER = Exercise(
    name="whole-answer",
    lecture=7,
    topics=("client-proto", "assumptions", "namespaces"),
    kind="complete a program",
    question=(
        "A client: `whole HOST PORT TEXT` connects to the server at HOST and PORT, sends the text, and prints what "
        "comes back, no byte more or fewer, however it comes. HOST may be a name or an address. The server answers "
        "when it knows that the text is complete."
    ),
    done="Looked up, connected, sent, ended in one direction, and read to the end in the other.",
    starter=_STARTER,
    requirements=(
        Requirement("connects to the server", _AT_ONCE, _connects, stuck=_STUCK),
        Requirement("prints what comes back", _AT_ONCE, all_of(ends_well, prints(b"hello")), _PRINTS, _STUCK),
        Requirement("goes on until the end", _IN_PIECES, prints(b"in several pieces"), _PRINTS, _STUCK),
        Requirement("prints every byte", _WITH_ZEROS, prints(b"no\0string\0at all"), _PRINTS, _STUCK),
        Requirement("looks names up", _BY_NAME, all_of(_looks_up, prints(b"hello")), _PRINTS, _STUCK),
        Requirement(
            "reports a connection that it does not get",
            _NOBODY,
            fails_aloud("failed-connect-ignored", "connect", "ECONNREFUSED"),
        ),
    ),
)
