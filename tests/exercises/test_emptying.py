"""nothing-or-end: the seven reads, however they are written down; a wrong one is told why it was answered so."""

import pytest

import labkit

RIGHT = {
    "numbers": "8\n3\nEAGAIN\n1\n0\n0\nEBADF\n",
    "calls": "read = 8\nread = 3\nread = -1 EAGAIN\nread = 1\nread = 0\nread = 0\nread = -1 EBADF",
    "numbered": "1. 8\n2. 3\n3. EAGAIN\n4. 1\n5. 0\n6. 0\n7. EBADF",
    "remarked": "8 // of eleven\n\n3\nEAGAIN // not the end\n1\n0\n0 // again\nEBADF // closed",
    "with arguments": "\n".join(
        f"read(3, bytes, 8) = {result}" for result in ("8", "3", "EAGAIN", "1", "0", "0", "EBADF")
    ),
}
WRONG = {
    "other-number": ("5\n6\nEAGAIN\n1\n0\n0\nEBADF", "no borders"),
    "other-number, all at once": ("11\n0\nEAGAIN\n1\n0\n0\nEBADF", "holds 8"),
    "not-refused": ("8\n3\n0\n1\n0\n0\nEBADF", "not the end"),
    "other-number, gone with the end": ("8\n3\nEAGAIN\n0\n0\n0\nEBADF", "still in the queue"),
    "refused": ("8\n3\nEAGAIN\n1\nEAGAIN\n0\nEBADF", "that is the end"),
    "refused, the second time": ("8\n3\nEAGAIN\n1\n0\nEPIPE\nEBADF", "as often as you like"),
    "other-error": ("8\n3\nEAGAIN\n1\n0\n0\nEPIPE", "no such descriptor"),
    "too-short": ("8\n3\nEAGAIN", "you foresee 3"),
    "extra-call": ("8\n3\nEAGAIN\n1\n0\n0\nEBADF\n0", "you foresee 8"),
    "unreadable": ("8\nit waits", "neither a number nor an error"),
    "nothing-predicted": ("\n", "nothing in your prediction"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("nothing-or-end", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("nothing-or-end", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
