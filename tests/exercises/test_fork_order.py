"""fork-order: every order of the loop that works is right; a wrong one is told what its lines did."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

LINES = EXERCISES["fork-order"].pieces.lines
IF_CHILD, WAIT, CLOSE, FORK, SERVE, PARENT_CLOSES, CHILD_CLOSES, ACCEPT, CHILD_CLOSES_CLIENT = range(1, 10)
BEST = [ACCEPT, FORK, IF_CHILD, CHILD_CLOSES, SERVE, CLOSE]
RIGHT = {
    "as the lecture does it": BEST,
    "the parent is named": [ACCEPT, FORK, IF_CHILD, CHILD_CLOSES, SERVE, PARENT_CLOSES],
    "the parent first": [ACCEPT, FORK, PARENT_CLOSES, IF_CHILD, CHILD_CLOSES, SERVE],
    "as text": "\n".join(LINES[number - 1] for number in BEST),
    "as numbers in a text": "8, 4, 1, 7, 5, 3",
}
WRONG = {
    "no-end": [ACCEPT, FORK, IF_CHILD, CHILD_CLOSES, SERVE],
    "listener-lives": [ACCEPT, FORK, IF_CHILD, SERVE, CLOSE],
    "closed-too-early": [ACCEPT, CLOSE, FORK, IF_CHILD, CHILD_CLOSES, SERVE],
    "closed-too-early, for both": [ACCEPT, FORK, CLOSE, IF_CHILD, CHILD_CLOSES, SERVE],
    "closed-too-early, before it serves": [ACCEPT, FORK, IF_CHILD, CHILD_CLOSES, CHILD_CLOSES_CLIENT, SERVE, CLOSE],
    "waits-for-child": [ACCEPT, FORK, IF_CHILD, CHILD_CLOSES, SERVE, CLOSE, WAIT],
    "waits-for-child, before it closes": [ACCEPT, FORK, IF_CHILD, CHILD_CLOSES, SERVE, WAIT, CLOSE],
    "closed-too-early, nobody accepted": [FORK, IF_CHILD, CHILD_CLOSES, SERVE, ACCEPT, CLOSE],
    "does-not-compile": [ACCEPT, FORK, IF_CHILD, CHILD_CLOSES, CLOSE],
    "nothing-ordered": [],
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("fork-order", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("fork-order", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
