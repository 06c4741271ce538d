"""The first stage of the learner's web server: whoever asks, gets one and the same answer."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import told
from labkit.exercises.touched import own_calls, touched
from labkit.exercises.web_answers import answers, asking, has, last_of, served, visits

_STARTER = """\
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

/* To do: read what the client asks, and answer: status 200, and the six bytes "hello\\n". */
static int serve(int client)
{
    (void)client;
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (argc < 2)
        return 2;
    at.sin_port = htons(atoi(argv[1])); // 0: the kernel chooses
    int door = socket(AF_INET, SOCK_STREAM, 0);
    if (door < 0 || bind(door, (struct sockaddr *)&at, sizeof at) < 0 || listen(door, 16) < 0)
        return fail("listen");
    for (;;) {
        int client = accept(door, NULL, NULL);
        if (client < 0)
            return fail("accept");
        if (serve(client) != 0)
            fprintf(stderr, "a client was not served\\n");
        if (close(client) < 0)
            return fail("close");
    }
}
"""
_HELLO = b"hello\n"
_DESCRIPTORS = 5  # 0, 1, 2, the listening socket, and one more for whoever wants it
ONCE = asking("Asked once", *visits("/"))
THREE = asking("Asked by three clients, one after another", *visits("/", "/else", "/"))
RECORDED = asking("Asked once", *visits("/"), recorded=True)


def closes_connections(observation: Observation) -> Finding | None:
    """It has no more descriptors open after its clients than before them."""
    open_now = served(observation).descriptors
    if open_now <= _DESCRIPTORS:
        return None
    says = (
        f"when its clients have gone, the server still has {open_now} descriptors open: some are never closed. One day "
        "there are no more to be had."
    )
    return Finding("leak", told(observation.situation, says), last_of("accept", "accept4", "open", "openat"))


def asks_for_the_port(observation: Observation) -> Finding | None:
    """It binds to the port it was given, 0, and does not insist on one of its own."""
    for event in own_calls(observation.recording, "bind"):
        address = " ".join(argument.text for argument in event.args)
        if "sin_port=htons(0)" not in address and "sin6_port=htons(0)" not in address:
            says = (
                "its port is not the one that argv[1] tells. Two of it, or another user's, would fall over each other."
            )
            return Finding("own-port", told(observation.situation, says), exactly(event))
    return None


def reads_before_it_answers(observation: Observation) -> Finding | None:
    """It has read something from a connection before it writes to it."""
    recording = observation.recording
    seen = touched(recording)
    asked: set[int] = set()
    for event in own_calls(recording):
        hit = seen[event.index]
        if hit is None or hit.inode.kind != "socket":
            continue
        if event.call in ("read", "recvfrom", "recvmsg", "readv") and (event.result or 0) > 0:
            asked.add(hit.inode.id)
        if event.call in ("write", "sendto", "sendmsg", "writev", "sendfile") and hit.inode.id not in asked:
            says = "it answers before it has read what is asked. The request comes first: read it up to the empty line."
            return Finding("answers-unasked", told(observation.situation, says), exactly(event))
    return None


WEB_ONE_ANSWER = Exercise(
    name="web-one-answer",
    lecture=8,
    topics=("web-server",),
    kind="complete a program",
    question=(
        "A web server, first stage. It listens already. Write `serve`: read the request, and send a status line, the "
        "field Content-Length, an empty line, and the content `hello` with a newline. Each line of the head ends with "
        "`\\r\\n`. A browser and curl must be content with it."
    ),
    done="Every client gets a whole answer, and curl and browsers understand it.",
    starter=_STARTER,
    requirements=(
        Requirement("answers a request, and closes", ONCE, answers(0, "GET /", has(200, _HELLO))),
        Requirement("goes on with the next client", THREE, answers(1, "the second client", has(200, _HELLO))),
        Requirement("goes on with the next client", THREE, answers(2, "the third client", has(200, _HELLO))),
        Requirement("closes what it opened", THREE, closes_connections),
        Requirement("takes the port it is given", RECORDED, asks_for_the_port),
        Requirement("reads before it answers", RECORDED, reads_before_it_answers),
    ),
)
