"""The exercise of lecture 08 on the loop of a forking server: accept, fork, and who closes what, to be put in order."""

from __future__ import annotations

from labkit.exercises.all_at_once import EIGHT, REVERSE, SERVER, TWO
from labkit.exercises.both_close import SERVER_ENDED, goes_on_serving, listens_no_more
from labkit.exercises.bouts import (
    answers_all,
    bad_descriptor,
    closes_again,
    ends_its_children,
    of_bout,
    sees_the_end,
)
from labkit.exercises.exercise import Exercise
from labkit.exercises.pieces import Pieces
from labkit.exercises.requirement import Requirement

_PIECES = Pieces(
    before=SERVER
    + """\
    int client = -1;
    pid_t child = -1;
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
        return 1;
    for (;;) {
""",
    lines=(
        "    if (child == 0) {",
        "    if (child > 0) waitpid(child, NULL, 0);",
        "    if (close(client) < 0) return 1;",
        "    child = fork(); if (child < 0) return 1;",
        "        return serve(client); }",
        "    if (child > 0 && close(client) < 0) return 1;",
        "        if (close(listener) < 0) return 1;",
        "    client = accept(listener, NULL, NULL); if (client < 0) return 1;",
        "        if (close(client) < 0) return 1;",
    ),
    after="""\
    }
}
""",
)
FORK_ORDER = Exercise(
    name="fork-order",
    lecture=8,
    topics=("v2", "v3"),
    kind="put lines in order",
    question=(
        "The loop of a server with a process for each connection, in which nobody waits for anybody. Parent and child "
        "each close what is the other's. Put the lines in order; there are three more than are needed. Every order "
        "that works is right."
    ),
    done="accept, fork; the child closes the listener and serves, the parent closes the connection and accepts.",
    pieces=_PIECES,
    requirements=(
        Requirement("answers one client after the other", TWO, of_bout(answers_all), (bad_descriptor,)),
        Requirement("nobody waits for anybody", REVERSE, of_bout(answers_all), (bad_descriptor,)),
        Requirement("who ends sees the end", TWO, of_bout(sees_the_end("A", "A ends")), (bad_descriptor,)),
        Requirement("the parent closes the connections", EIGHT, of_bout(closes_again)),
        Requirement("the children end", EIGHT, of_bout(ends_its_children)),
        Requirement("a child serves to the end", SERVER_ENDED, of_bout(goes_on_serving)),
        Requirement("the children close the listening socket", SERVER_ENDED, of_bout(listens_no_more)),
    ),
)
