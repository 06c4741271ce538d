"""left-to-right: every order of the plumbing that works is right; a wrong one is told what its lines did."""

import pytest

import labkit

# 1 fork right   2 close      3 if left        4 dup2(p[0]→0)   5 dup2(p[0]→1)  6 wait left   7 become right
# 8 pipe         9 close left 10 dup2(p[1]→1) 11 if right      12 wait right   13 close right
# 14 fork left  15 become left
LEFT, RIGHT_ONE = [14, 3, 10, 9, 15], [1, 11, 4, 13, 7]
RIGHT = {
    "left first": [8, *LEFT, *RIGHT_ONE, 2, 6, 12],
    "right first": [8, *RIGHT_ONE, *LEFT, 2, 6, 12],
    "waits the other way round": [8, *LEFT, *RIGHT_ONE, 2, 12, 6],
    "right first, waits the other way round": [8, *RIGHT_ONE, *LEFT, 2, 12, 6],
    "as text": "8 14 3 10 9 15 1 11 4 13 7 2 6 12",
    "waits for the left before it closes": [8, *LEFT, *RIGHT_ONE, 6, 2, 12],
}
WRONG = {
    "write-end-open": ([8, *LEFT, *RIGHT_ONE, 12, 2, 6], "the first process still has one open"),
    "write-end-open, of the reader": ([8, *LEFT, 1, 11, 4, 7, 2, 6, 12], "the reader itself still has one open"),
    "write-end-open, never closed": ([8, *LEFT, *RIGHT_ONE, 6, 12], "the first process still has one open"),
    "waits-too-early": ([8, *LEFT, 6, *RIGHT_ONE, 2, 12], "before it starts the other"),
    "closed-too-early": ([8, 14, 3, 9, 10, 15, *RIGHT_ONE, 2, 6, 12], "EBADF"),
    "closed-too-early, by the parent": ([8, 2, *LEFT, *RIGHT_ONE, 6, 12], "EBADF"),
    "no-pipe-yet": ([14, 3, 10, 9, 15, 8, *RIGHT_ONE, 2, 6, 12], "no pipe yet"),
    "wrong-end": ([8, 14, 3, 5, 9, 15, *RIGHT_ONE, 2, 6, 12], "the other end"),
    "left-not-led": ([8, 14, 3, 9, 15, *RIGHT_ONE, 2, 6, 12], "descriptor 1 still leads"),
    "right-not-led": ([8, *LEFT, 1, 11, 13, 7, 2, 6, 12], "descriptor 0 still leads"),
    "not-waited": ([8, *LEFT, *RIGHT_ONE, 2, 12], "waits for the left"),
    "not-waited, for the right": ([8, *LEFT, *RIGHT_ONE, 2, 6], "waits for the right"),
    "handed-on": ([8, 14, 3, 10, 15, *RIGHT_ONE, 2, 6, 12], "also gets descriptor"),
    "does-not-compile": ([8, *RIGHT_ONE, 2, 6, 12], "'left' undeclared"),
    "nothing-ordered": ([], "no line"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("left-to-right", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    order, words = WRONG[cause]
    feedback = labkit.check("left-to-right", order)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.recording is not None:
        labkit.step(feedback.recording, at=feedback.step)
