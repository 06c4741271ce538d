"""The exercise of lecture 07 on the echo server: it takes what it reads for a string, and one read for all."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.serving import READING, gets_back, on_connections, reads_to_the_end, sends_what_it_read, serves_on
from labkit.exercises.situation import Other, Situation, told
from labkit.exercises.touched import touched

_STARTER = """\
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int answer(int client)
{
    static char bytes[1024];
    if (read(client, bytes, sizeof bytes) < 0)
        return fail("read");
    if (write(client, bytes, strlen(bytes)) < 0)
        return fail("write");
    return close(client) < 0 ? fail("close") : 0;
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
    while ((client = accept(server, NULL, NULL)) >= 0)
        if (answer(client) != 0)
            return 1;
    return fail("accept");
}
"""

# A client that sends its words with pauses between them, or with a zero behind each, and prints what comes back.
_CLIENT = """\
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo *to, wanted = {.ai_socktype = SOCK_STREAM};
    char bytes[512];
    ssize_t got;
    if (argc < 3 || getaddrinfo("127.0.0.1", argv[1], &wanted, &to) != 0)
        return 2;
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen) < 0)
        return 1;
    freeaddrinfo(to);
    for (int i = 2; i < argc; i++) {
        ssize_t size = strlen(argv[i]) + ZERO;
        if (send(fd, argv[i], size, MSG_NOSIGNAL) != size)
            break;
        usleep(20000);
    }
    if (shutdown(fd, SHUT_WR) < 0)
        return 1;
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        fwrite(bytes, 1, got, stdout);
    return close(fd) < 0;
}
"""
_PIECES = Other(_CLIENT.replace("ZERO", "0"), ("{port}", "one ", "two ", "three"), "sends_in_pieces")
_ZEROS = Other(_CLIENT.replace("ZERO", "1"), ("{port}", "one", "two"), "sends_zeros")


def _with(says: str, *clients: str | Other) -> Situation:
    return Situation(says, ("0",), after=clients, in_turn=True, signal="SIGTERM", seconds=1.2)


_HELLO = _with("With a client that says hello", "echo_client {port} hello")
_SHORTER = _with("With a shorter text after a longer one", "echo_client {port} hello", "echo_client {port} hi")
_IN_PIECES = _with("When the text comes in pieces", _PIECES)
_WITH_ZEROS = _with("When the text has bytes that are 0", _ZEROS)
_LONG = "0123456789" * 300
_LONGER = _with("With 3,000 bytes", f"echo_client {{port}} {_LONG}")


def _never_closes(observation: Observation) -> Finding | None:
    """The client waits for the end of the answer, which comes when the server closes the connection."""
    waiting = [event for event in observation.calls("accept", "accept4", *READING) if event.end is None]
    recording = observation.recording
    seen = touched(recording)
    done = {
        hit.inode.id
        for event in on_connections(recording, *READING)
        if event.result == 0 and (hit := seen[event.index]) is not None
    }
    closed = {hit.inode.id for event in observation.calls("close") if (hit := seen[event.index]) is not None}
    if done - closed and waiting:
        says = (
            "the server goes on to the next client and has not closed the connection to this one, which waits for the "
            "end of the answer."
        )
        return Finding("never-closed", told(observation.situation, says), exactly(waiting[-1]))
    return None


_CAUSES = (sends_what_it_read, reads_to_the_end)
_STUCK = (_never_closes,)


def _echoes(wants: str, situation: Situation, *wanted: bytes) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(wants, situation, gets_back(text, number), _CAUSES, _STUCK) for number, text in enumerate(wanted)
    )


ECHO_EXACTLY = Exercise(
    name="echo-exactly",
    lecture=7,
    topics=("echo", "assumptions", "server-proto"),
    kind="find and mend the fault",
    question=(
        "This echo server works, with most texts, most of the time. Mend it, so that every client gets back exactly "
        "the bytes that it sent, however they come, until it sends no more."
    ),
    done="Every read is sent on with its own number of bytes, until read returns 0.",
    starter=_STARTER,
    requirements=(
        *_echoes("sends back what comes", _HELLO, b"hello"),
        *_echoes("sends back no more than that", _SHORTER, b"hello", b"hi"),
        *_echoes("goes on until the client sends no more", _IN_PIECES, b"one two three"),
        *_echoes("sends back bytes that are 0", _WITH_ZEROS, b"one\0two\0"),
        *_echoes("sends back long texts", _LONGER, _LONG.encode()),
        Requirement("serves the next client, too", _SHORTER, serves_on),
    ),
)
