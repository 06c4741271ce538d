"""The exercise of lecture 07 on the server's calls: socket, bind, listen, accept and the rest, to be put in order."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import ends_well
from labkit.exercises.pieces import Pieces
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.serving import gets_back
from labkit.exercises.situation import Situation, told

_PIECES = Pieces(
    before="""\
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv)
{
    struct addrinfo *own = NULL, wanted = { .ai_socktype = SOCK_STREAM };
    int server = -1, client = -1;
    char text[512];
    ssize_t n = 0;
    if (argc != 2)
        return 2;
""",
    lines=(
        'client = accept(server, NULL, NULL); if (client < 0) return fail("accept");',
        'if (listen(server, 5) < 0) return fail("listen");',
        "while ((n = read(server, text, sizeof text)) > 0) if (write(server, text, n) != n) return 1;",
        'if (getaddrinfo("127.0.0.1", argv[1], &wanted, &own) != 0) return fail("getaddrinfo");',
        'if (close(client) < 0) return fail("close");',
        'if (connect(server, own->ai_addr, own->ai_addrlen) < 0) return fail("connect");',
        'server = socket(own->ai_family, own->ai_socktype, 0); if (server < 0) return fail("socket");',
        "while ((n = read(client, text, sizeof text)) > 0) if (write(client, text, n) != n) return 1;",
        'if (bind(server, own->ai_addr, own->ai_addrlen) < 0) return fail("bind");',
        'if (close(server) < 0) return fail("close the server");',
    ),
    after="""\
    freeaddrinfo(own);
    return n < 0 ? fail("read") : 0;
}
""",
)
_HELLO = Situation(
    "With a client that says hello", ("0",), after=("echo_client {port} hello",), in_turn=True, seconds=1.0
)


def _refused(observation: Observation) -> Finding | None:
    """The first call that came too early or to the wrong socket, and what it lacked."""
    listens = bound = False
    for event in observation.calls(
        "socket", "bind", "listen", "accept", "accept4", "connect", "read", "write", "close"
    ):
        if event.call == "connect":
            says = "connect is the client's call: it goes to a server. A server waits to be found: listen, accept."
            return Finding("connects", told(observation.situation, says), exactly(event))
        if event.call == "listen" and not event.errno and not bound:
            says = (
                "here it listens, and had no address yet: the kernel gave it any port, on every address of the "
                "machine. First bind, then listen."
            )
            return Finding("not-bound", told(observation.situation, says), exactly(event))
        if event.errno in ("EBADF", "EINVAL", "ENOTCONN", "ENOTSOCK"):
            cause, says = _WHY.get((event.call, event.errno), _TOO_EARLY[event.errno == "EBADF"])
            return Finding(cause, told(observation.situation, says.format(call=event.call)), exactly(event))
        listens |= event.call == "listen" and not event.errno
        bound |= event.call == "bind" and not event.errno
    if not listens:
        says = "it never listens, so that no client can connect."
        return Finding("never-listens", told(observation.situation, says))
    return None


_WHY = {
    ("accept", "EINVAL"): (
        "accept-before-listen",
        "accept was refused with EINVAL: this socket does not listen yet, so there is no queue to take a connection "
        "from.",
    ),
    ("read", "ENOTCONN"): (
        "reads-listening",
        "read was refused with ENOTCONN: a listening socket is no end of a channel. What a client sends comes at the "
        "socket that accept returned.",
    ),
}
_TOO_EARLY = (
    ("too-early", "{call} was refused: what it needs has not been done yet."),
    (
        "closed-too-early",
        "{call} failed with EBADF: that descriptor is not open here. Is it closed already, or not made yet?",
    ),
)


def _accepts(observation: Observation) -> Finding | None:
    if observation.calls("accept", "accept4"):
        return None
    says = (
        "the client is connected, for the kernel does that as soon as a socket listens; but nobody accepts the "
        "connection, and when the program ends, it is gone."
    )
    return Finding("no-accept", told(observation.situation, says))


def _closes_the_client_last(observation: Observation) -> Finding | None:
    """It answers: reads what comes on the connection and writes it there."""
    if observation.calls("read"):
        return None
    return Finding("no-echo", told(observation.situation, "it accepts the connection and never reads what comes."))


SERVER_ORDER = Exercise(
    name="server-order",
    lecture=7,
    topics=("server-proto", "setup"),
    kind="put lines in order",
    question=(
        "An echo server for one client: it makes a socket at the port it is given, waits for a client, sends back what "
        "comes until the client has no more, and ends. Put the lines in order; there are two more than are needed. "
        "Every order that works is right."
    ),
    done="socket, bind, listen, accept: each needs the one before; and what comes is read at the socket from accept.",
    pieces=_PIECES,
    requirements=(
        Requirement("each call comes when it can succeed", _HELLO, _refused),
        Requirement("accepts the connection", _HELLO, _accepts),
        Requirement("reads what comes", _HELLO, _closes_the_client_last),
        Requirement("ends with status 0", _HELLO, ends_well),
        Requirement("sends back what comes", _HELLO, gets_back(b"hello")),
    ),
)
