"""The exercise of lecture 08 from version 1 to version 3: a process for each client, nobody waits, nothing is left."""

from __future__ import annotations

from labkit.exercises.bouts import (
    answers_all,
    closes_again,
    ends_its_children,
    leaves_no_zombies,
    of_bout,
    sees_the_end,
)
from labkit.exercises.exercise import Exercise
from labkit.exercises.requirement import Finding, Requirement
from labkit.exercises.situation import Situation
from labkit.model import Bout

SERVER = """\
#include <ctype.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int serve(int client)
{
    char bytes[512];
    ssize_t n;
    while ((n = read(client, bytes, sizeof bytes)) > 0) {
        if (memchr(bytes, '!', n) != NULL)
            abort();
        for (ssize_t i = 0; i < n; i++)
            bytes[i] = toupper((unsigned char)bytes[i]);
        if (send(client, bytes, n, MSG_NOSIGNAL) != n)
            return 1;
    }
    return n < 0;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    here.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, 64) < 0) {
        perror("listener");
        return 1;
    }
"""
_STARTER = (
    SERVER
    + """\
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) {
            perror("accept");
            return 1;
        }
        serve(client);
        if (close(client) < 0)
            return 1;
    }
}
"""
)


def with_clients(says: str, script: str, *after: str) -> Situation:
    """A server at its own speed under `script`; the clients `after` it take their place where it is recorded."""
    return Situation(says, ("0",), script=script, after=after, in_turn=True, signal="SIGTERM", seconds=1.2)


HELLO = "echo_client {port} hello"
TWO = with_clients(
    "With two clients, one after the other",
    "A connects\nA speaks\nA ends\nA leaves\nB connects\nB speaks\nB ends\nB leaves",
    HELLO,
)
_CRASH = with_clients(
    "When the handler of A crashes and B is connected",
    "A B connect\nA says crash!\nB speaks\nB leaves\nC connects\nC speaks\nC leaves",
    "echo_client {port} crash!",
)
REVERSE = with_clients(
    "When A, B and C are connected and speak in the order C, B, A",
    "A B C connect\nC speaks\nB speaks\nA speaks\nA B C leave",
    "three_clients {port}",
)
EIGHT = with_clients(
    "With eight clients at once and one more",
    "1-8 connect\n8-1 speak\n1-8 leave\nlast connects\nlast speaks\nlast leaves",
    "three_clients {port}",
    HELLO,
)


def _survives_the_crash(bout: Bout) -> Finding | None:
    crash = bout["A says"]
    if not crash.alive:
        says = (
            f"the whole server is gone with it ({bout.ending}), and with it every other client. A signal ends a "
            "process: only in a process of its own is a crash nobody else's."
        )
        return Finding("crash-takes-all", says)
    for client in "BC":
        if client not in bout.order:
            return Finding("not-answered", f"{client} is not answered any more.")
    return None


ALL_AT_ONCE = Exercise(
    name="all-at-once",
    lecture=8,
    topics=("v1", "v2", "v3"),
    kind="complete a program",
    question=(
        "This is version 1. Make it serve every client at once, each in a process of its own, so that nobody waits for "
        "anybody and a crash is nobody else's. When the clients have left, nothing may be left of them: no zombies, no "
        "descriptors. `serve` stays as it is."
    ),
    done="Every client has its own process, the parent is always back in accept, and nothing is left.",
    starter=_STARTER,
    requirements=(
        Requirement("serves one client after the other", TWO, of_bout(answers_all)),
        Requirement("a crash is nobody else's", _CRASH, of_bout(_survives_the_crash)),
        Requirement("nobody waits for anybody", REVERSE, of_bout(answers_all)),
        Requirement("who ends sees the end", TWO, of_bout(sees_the_end("A", "A ends"))),
        Requirement("serves eight at once", EIGHT, of_bout(answers_all)),
        Requirement("closes the connections in the parent, too", EIGHT, of_bout(closes_again)),
        Requirement("ends the children", EIGHT, of_bout(ends_its_children)),
        Requirement("leaves no zombies", EIGHT, of_bout(leaves_no_zombies(1))),
    ),
)
