"""The exercise of lecture 08 on the numbers of a forking server: what accept returns and what each side closes."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.predicted import Calls
from labkit.exercises.situation import Situation

_PROGRAM = """\
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int checked(int result)
{
    if (result < 0) {
        perror("server");
        exit(1);
    }
    return result;
}

static void serve(int client)
{
    char bytes[512];
    ssize_t n;
    while ((n = checked(read(client, bytes, sizeof bytes))) > 0)
        checked(send(client, bytes, n, MSG_NOSIGNAL));
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = checked(socket(AF_INET, SOCK_STREAM, 0));
    checked(bind(listener, (struct sockaddr *)&here, sizeof here));
    checked(listen(listener, 5));
    for (int i = 0; i < 2; i++) {
        int client = checked(accept(listener, NULL, NULL));
        if (checked(fork()) == 0) {
            checked(close(listener));
            serve(client);
            checked(close(client));
            exit(0);
        }
        checked(wait(NULL));
        if (i == 1)
            checked(close(client));
    }
    checked(close(listener));
    return 0;
}
"""

WHO_CLOSES = Exercise(
    name="who-closes",
    lecture=8,
    topics=("v2",),
    kind="predict a trace",
    question=(
        "Two clients come, say a word, and say that nothing more comes. Which descriptor does each call of `accept` "
        "make, and which does each `close` close? 0, 1 and 2 are open at the start. Write a line for each call, of "
        "parent and children alike, in the order in which they are made, as `accept = 9` or `close 9`."
    ),
    done="After fork each process has numbers of its own: who closes one frees it for itself, and for nobody else.",
    starter=_PROGRAM,
    calls=Calls(
        Situation("", after=("echo_client {port} one", "echo_client {port} two"), in_turn=True),
        ("accept", "accept4", "close"),
    ),
)
