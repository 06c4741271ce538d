"""ask-a-command: every order that talks to the command is right; a wrong one is told what its lines did."""

import pytest

import labkit

# 1 close from[1]  2 hand over     3 dup2, wrong ends  4 if child   5 close to[1]   6 pipes   7 become   8 wait
# 9 close all     10 close to[0]  11 print            12 fork      13 dup2, right ends
CHILD = [4, 13, 9, 7]
RIGHT = {
    "closes, writes, closes, reads, waits": [6, 12, *CHILD, 10, 1, 2, 5, 11, 8],
    "closes the other way round": [6, 12, *CHILD, 1, 10, 2, 5, 11, 8],
    "closes one end late": [6, 12, *CHILD, 10, 2, 5, 1, 11, 8],
    "closes in between": [6, 12, *CHILD, 10, 2, 1, 5, 11, 8],
    "as text": "6 12 4 13 9 7 1 10 2 5 11 8",
}
WRONG = {
    "write-end-open": ([6, 12, *CHILD, 10, 1, 2, 11, 5, 8], "still has one open, descriptor 4"),
    "write-end-open, never closed": ([6, 12, *CHILD, 10, 1, 2, 11, 8], "still has one open, descriptor 4"),
    "write-end-open, of the answer": ([6, 12, *CHILD, 10, 2, 5, 11, 8], "the reader itself still has one open"),
    "write-end-open, of the command": ([6, 12, 4, 13, 7, 10, 1, 2, 5, 11, 8], "the reader itself still has one open"),
    "waits-too-early": ([6, 12, *CHILD, 10, 1, 2, 5, 8, 11], "First let it be read, then wait"),
    "read-end-open": ([6, 12, *CHILD, 1, 2, 5, 11, 8], "the writer itself still has a read end open"),
    "wrong-end": ([6, 12, 4, 3, 9, 7, 10, 1, 2, 5, 11, 8], "the wrong end"),
    "not-led": ([6, 12, 4, 9, 7, 10, 1, 2, 5, 11, 8], "descriptor 0 leads where it always did"),
    "closed-too-early": ([6, 12, 4, 9, 13, 7, 10, 1, 2, 5, 11, 8], "EBADF"),
    "closed-too-early, by the parent": ([6, 12, *CHILD, 10, 1, 5, 2, 11, 8], "EBADF"),
    "closed-too-early, before the child": ([6, 10, 12, *CHILD, 1, 2, 5, 11, 8], "EBADF"),
    "no-pipe-yet": ([12, *CHILD, 6, 10, 1, 2, 5, 11, 8], "no pipe yet"),
    "not-handed": ([6, 12, *CHILD, 10, 1, 5, 11, 8], "never handed over"),
    "not-waited": ([6, 12, *CHILD, 10, 1, 2, 5, 11], "nobody waits"),
    "bytes-missing": ([6, 12, *CHILD, 10, 1, 2, 5, 8], "printed nothing"),
    "does-not-compile": ([6, *CHILD, 10, 1, 2, 5, 11, 8], "'child' undeclared"),
    "nothing-ordered": ([], "no line"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("ask-a-command", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    order, words = WRONG[cause]
    feedback = labkit.check("ask-a-command", order)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.recording is not None:
        labkit.step(feedback.recording, at=feedback.step)
