"""The exercise of lecture 07 on the numbers of sockets: what socket and accept return while connections come and go."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.predicted import Calls
from labkit.exercises.situation import Situation

_PROGRAM = """\
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int checked(int result)
{
    if (result < 0) {
        perror("accepting");
        exit(1);
    }
    return result;
}

int main(void)
{
    struct addrinfo *own, wanted = { .ai_socktype = SOCK_STREAM };
    if (getaddrinfo("127.0.0.1", "0", &wanted, &own) != 0)
        return 2;
    int server = checked(socket(own->ai_family, own->ai_socktype, own->ai_protocol));
    checked(bind(server, own->ai_addr, own->ai_addrlen));
    checked(listen(server, 5));
    int first = checked(accept(server, NULL, NULL));
    int second = checked(accept(server, NULL, NULL));
    checked(close(first));
    int third = checked(accept(server, NULL, NULL));
    checked(close(server));
    int copy = checked(dup(second));
    checked(close(second));
    checked(close(third));
    checked(close(copy));
    return 0;
}
"""

WHICH_SOCKET = Exercise(
    name="which-socket",
    lecture=7,
    topics=("setup", "five-tuple"),
    kind="predict a trace",
    question=(
        "A server and three clients. Which descriptor does each call make or close? 0, 1 and 2 are open at the start. "
        "Write a line for each call of socket, accept, dup and close in the order in which they are made, as "
        "`socket = 3` or `close 3`."
    ),
    done="A socket is a descriptor like any other, and accept makes a new one each time.",
    starter=_PROGRAM,
    calls=Calls(
        Situation("", after=("wait_for_word {port}",) * 3, in_turn=True),
        ("socket", "accept", "accept4", "dup", "close"),
    ),
)
