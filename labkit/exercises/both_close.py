"""The exercise of lecture 08 on what parent and child have to close after fork, and what happens if they do not."""

from __future__ import annotations

from labkit.exercises.all_at_once import EIGHT, HELLO, REVERSE, SERVER, TWO, with_clients
from labkit.exercises.bouts import answers_all, bad_descriptor, closes_again, forks, of_bout, sees_the_end
from labkit.exercises.exercise import Exercise
from labkit.exercises.requirement import Finding, Requirement
from labkit.model import Bout

_STARTER = (
    SERVER
    + """\
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
        return 1;
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            return 1;
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0)
            return serve(client);
    }
}
"""
)
SERVER_ENDED = with_clients(
    "When the server is told to end while A is being served",
    "A connects\nA says one\nthe server is told to end\nA says two\nB connects\nA leaves",
    HELLO,
)


def listens_no_more(bout: Bout) -> Finding | None:
    """When the first process is gone, nobody can connect any more."""
    comes = bout["B connects"]
    if comes.lost or not comes.queue:
        return None
    says = (
        "the server is gone, and B can still connect: the child of A keeps the listening socket open, so that it goes "
        "on listening, and nobody accepts. The child has to close it."
    )
    return Finding("listener-lives", says, forks)


def goes_on_serving(bout: Bout) -> Finding | None:
    """When the first process is gone, the child of A serves A as before."""
    if bout["A says two"].answered:
        return None
    return Finding("cut-off", "A is not answered any more; its child should serve it to the end.")


BOTH_CLOSE = Exercise(
    name="both-close",
    lecture=8,
    topics=("v2", "v3"),
    kind="find and mend the fault",
    question=(
        "A process for each connection, and nobody waits. It answers, and yet: a client that has said all waits for "
        "ever for the end; when the server has been ended and a client is still being served, others can still "
        "connect, and nobody answers them. Mend both. `serve` stays as it is."
    ),
    done="The parent closes the connection, the child the listening socket: each what is the other's.",
    starter=_STARTER,
    requirements=(
        Requirement("answers", TWO, of_bout(answers_all), (bad_descriptor,)),
        Requirement("answers all at once", REVERSE, of_bout(answers_all)),
        Requirement("who ends sees the end", TWO, of_bout(sees_the_end("A", "A ends"))),
        Requirement("leaves no descriptors in the parent", EIGHT, of_bout(closes_again)),
        Requirement("serves A to the end when the server is gone", SERVER_ENDED, of_bout(goes_on_serving)),
        Requirement("nobody listens when the server is gone", SERVER_ENDED, of_bout(listens_no_more)),
    ),
)
