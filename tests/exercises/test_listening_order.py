"""server-order: every order that works is right; who comes too early, or to the wrong socket, is told which call."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

LINES = EXERCISES["server-order"].pieces.lines
ACCEPT, LISTEN, READ_SERVER, LOOK_UP, CLOSE, CONNECT, SOCKET, ECHO, BIND, CLOSE_SERVER = range(1, 11)
BEST = [LOOK_UP, SOCKET, BIND, LISTEN, ACCEPT, ECHO, CLOSE, CLOSE_SERVER]
RIGHT = {
    "as the lecture does it": BEST,
    "the listening socket is closed at once": [LOOK_UP, SOCKET, BIND, LISTEN, ACCEPT, CLOSE_SERVER, ECHO, CLOSE],
    "closed in the other order": [LOOK_UP, SOCKET, BIND, LISTEN, ACCEPT, ECHO, CLOSE_SERVER, CLOSE],
    "left open to the end": [LOOK_UP, SOCKET, BIND, LISTEN, ACCEPT, ECHO],
    "as text": "\n".join(LINES[number - 1] for number in BEST),
}
WRONG = {
    "accept-before-listen": ([LOOK_UP, SOCKET, BIND, ACCEPT, LISTEN, ECHO, CLOSE, CLOSE_SERVER], "no queue to take"),
    "accept-before-listen, at once": ([LOOK_UP, SOCKET, ACCEPT, BIND, LISTEN, ECHO, CLOSE], "does not listen yet"),
    "not-bound": ([LOOK_UP, SOCKET, LISTEN, BIND, ACCEPT, ECHO, CLOSE, CLOSE_SERVER], "First bind, then listen"),
    "not-bound, never": ([LOOK_UP, SOCKET, LISTEN, ACCEPT, ECHO, CLOSE], "on every address of the machine"),
    "reads-listening": ([LOOK_UP, SOCKET, BIND, LISTEN, ACCEPT, READ_SERVER, CLOSE], "no end of a channel"),
    "reads-listening, without accept": ([LOOK_UP, SOCKET, BIND, LISTEN, READ_SERVER], "no end of a channel"),
    "connects": ([LOOK_UP, SOCKET, CONNECT, ECHO, CLOSE], "the client's call"),
    "connects, as well": ([LOOK_UP, SOCKET, BIND, LISTEN, CONNECT, ACCEPT, ECHO, CLOSE], "the client's call"),
    "never-listens": ([LOOK_UP, SOCKET, BIND], "no client can connect"),
    "no-accept": ([LOOK_UP, SOCKET, BIND, LISTEN], "when the program ends, it is gone"),
    "no-echo": ([LOOK_UP, SOCKET, BIND, LISTEN, ACCEPT, CLOSE, CLOSE_SERVER], "never reads"),
    "closed-too-early": ([LOOK_UP, SOCKET, BIND, LISTEN, ACCEPT, CLOSE, ECHO], "EBADF"),
    "closed-too-early, the server": ([LOOK_UP, SOCKET, BIND, LISTEN, CLOSE_SERVER, ACCEPT, ECHO], "EBADF"),
    "closed-too-early, none yet": ([LOOK_UP, BIND, SOCKET, LISTEN, ACCEPT, ECHO], "or not made yet"),
    "crash": ([SOCKET, LOOK_UP, BIND, LISTEN, ACCEPT, ECHO, CLOSE], "SIGSEGV"),
    "nothing-ordered": ([], "no line in your answer"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("server-order", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("server-order", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
