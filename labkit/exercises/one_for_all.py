"""The exercise of lecture 08 on many connections in one thread: by poll, select or epoll."""

from __future__ import annotations

from labkit.exercises.all_at_once import REVERSE, TWO, with_clients
from labkit.exercises.bouts import answers_all, closes_again, of_bout
from labkit.exercises.exercise import Exercise
from labkit.exercises.requirement import Finding, Requirement
from labkit.exercises.touched import own_calls
from labkit.model import Bout, Event, Recording

_STARTER = """\
#include <ctype.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Answers once; 0 when the client has left. */
static int serve_once(int client)
{
    char bytes[512];
    ssize_t n = read(client, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++)
        bytes[i] = toupper((unsigned char)bytes[i]);
    return n > 0 && send(client, bytes, n, MSG_NOSIGNAL) == n;
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
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            return 1;
        while (serve_once(client))
            ;
        if (close(client) < 0)
            return 1;
    }
}
"""
_COMING_AND_GOING = with_clients(
    "When clients come, leave and vanish while others are served",
    "A B C connect\nB says one\nB leaves\nC says two\nD connects\nD says three\nA says four\nC vanishes\nD says five\n"
    "A says six\nA D leave",
    "three_clients {port}",
)
_TWENTY = with_clients(
    "With twenty clients at once",
    "1-20 connect\n20-1 speak\n1-20 leave\nlast connects\nlast speaks\nlast leaves",
    "three_clients {port}",
)
_NAPS = ("nanosleep", "clock_nanosleep")


def _one_task(bout: Bout) -> Finding | None:
    for moment in bout:
        if moment.threads > 1:
            what = "processes" if moment.processes > 1 else "threads"
            count = moment.processes if moment.processes > 1 else moment.threads
            says = f"after `{moment.move.line}` it has {count} {what}. One process with one thread is to serve all."
            return Finding("more-tasks", says, _started)
    return None


def _sleeps(bout: Bout) -> Finding | None:
    """When nobody wants anything, it sleeps until somebody does: in no call that ends by itself after a moment."""
    for moment in bout:
        if not moment.alive or moment.waiting:
            continue
        if not moment.asleep:
            says = (
                f"after `{moment.move.line}` nobody wants anything, and it runs on and on. It should sleep until a "
                "descriptor can be read. (A connection whose end has been read stays readable until it is closed.)"
            )
            return Finding("spins", says)
        if moment.asleep[0].call in _NAPS:
            says = "it looks again and again whether somebody wants something, and naps in between. Sleep in poll."
            return Finding("naps", says)
    return None


def _started(recording: Recording) -> Event | None:
    started = own_calls(recording, "fork", "vfork", "clone", "clone3")
    return started[0] if started else None


ONE_FOR_ALL = Exercise(
    name="one-for-all",
    lecture=8,
    topics=("beyond-v3",),
    kind="complete a program",
    question=(
        "One process with one thread is to serve all clients at once. It must not sleep in a call for one of them: let "
        "it sleep in `poll`, `select` or `epoll_wait` until any of them has said something or a new one comes, and "
        "then answer that one. Clients leave, or vanish with a reset, without taking others along. There are never "
        "more than 60 of them."
    ),
    done="It sleeps for all of them in one call, and in none for one of them.",
    starter=_STARTER,
    requirements=(
        Requirement("serves one client after the other", TWO, of_bout(answers_all)),
        Requirement("nobody waits for anybody", REVERSE, of_bout(answers_all)),
        Requirement("in one process with one thread", REVERSE, of_bout(_one_task)),
        Requirement("clients come, leave and vanish", _COMING_AND_GOING, of_bout(answers_all)),
        Requirement("sleeps when nobody wants anything", _COMING_AND_GOING, of_bout(_sleeps)),
        Requirement("serves twenty at once", _TWENTY, of_bout(answers_all)),
        Requirement("closes the connection of who has left", _TWENTY, of_bout(closes_again)),
    ),
)
