"""The exercise of lecture 07 on clients that go away: a server that each of them takes along."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.serving import gets_back, serves_on
from labkit.exercises.situation import Other, Situation, told
from labkit.exercises.touched import number
from labkit.model import Event

_STARTER = """\
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

/* Read a name up to the end, and answer with a greeting. */
static int greet(int client)
{
    char name[64];
    ssize_t got, size = 0;
    while ((got = read(client, name + size, sizeof name - size)) > 0)
        size += got;
    if (got < 0)
        return fail("read");
    if (write(client, "hello, ", 7) != 7)
        return fail("write");
    if (write(client, name, size) != size)
        return fail("write");
    return 0;
}

int main(int argc, char **argv)
{
    struct addrinfo *own, wanted = { .ai_socktype = SOCK_STREAM };
    int client;
    if (argc != 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &own) != 0)
        return 2;
    int server = socket(own->ai_family, own->ai_socktype, own->ai_protocol);
    if (server < 0 || bind(server, own->ai_addr, own->ai_addrlen) < 0 || listen(server, 5) < 0)
        return fail("listen");
    freeaddrinfo(own);
    while ((client = accept(server, NULL, NULL)) >= 0) {
        if (greet(client) != 0)
            return 1;
        if (close(client) < 0)
            return fail("close");
    }
    return fail("accept");
}
"""

# It says its name and ends in order, without waiting for the greeting.
_HURRIED = """\
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo *to, wanted = {.ai_socktype = SOCK_STREAM};
    if (argc != 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &to) != 0)
        return 2;
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen) < 0)
        return 1;
    freeaddrinfo(to);
    return write(fd, "bob", 3) != 3 || close(fd) < 0;
}
"""


def _with(says: str, *clients: str | Other) -> Situation:
    return Situation(says, ("0",), after=clients, in_turn=True, signal="SIGTERM", seconds=1.2)


_ANA = "echo_client {port} ana"
_PATIENT = _with("With a client that waits for its greeting", _ANA)
_LEAVES = _with("After a client that left without its greeting", Other(_HURRIED, ("{port}",), "hurried_client"), _ANA)
_RESETS = _with("After a client that broke its connection off", "vanishing_client {port}", _ANA)


def _closes_each(observation: Observation) -> Finding | None:
    """What accept returned is closed before the next client is accepted, however it went with the one before."""
    left: Event | None = None
    for event in observation.calls("accept", "accept4", "close", "dup2"):
        if event.call in ("accept", "accept4"):
            if left is not None:
                says = (
                    f"the next client is waited for, and descriptor {left.result}, which accept returned for the one "
                    "before, is still open. With every client that goes away one more is lost, until there are none."
                )
                return Finding("never-closed", told(observation.situation, says), exactly(event))
            left = event if event.result is not None and event.result >= 0 else None
        elif left is not None and event.call == "close" and number(event, "fd") == left.result:
            left = None
    return None


GREETS_ON = Exercise(
    name="greets-on",
    lecture=7,
    topics=("assumptions", "server-proto"),
    kind="find and mend the fault",
    question=(
        "A server greets its clients. Some do not wait for the greeting, and that is the end of the server. Mend it: "
        "whatever a client does, the next one gets its greeting, and no descriptor is lost."
    ),
    done="An error on a connection was the end of that one only: the descriptor is closed, and the next client served.",
    starter=_STARTER,
    requirements=(
        Requirement("greets a client that waits", _PATIENT, all_of(gets_back(b"hello, ana"), serves_on)),
        Requirement("outlasts one that leaves", _LEAVES, all_of(serves_on, gets_back(b"hello, ana", 1))),
        Requirement("outlasts one that breaks off", _RESETS, all_of(serves_on, gets_back(b"hello, ana", 1))),
        Requirement("closes what accept returned, each time", _LEAVES, _closes_each),
        Requirement("closes what accept returned, each time", _RESETS, _closes_each),
    ),
)
