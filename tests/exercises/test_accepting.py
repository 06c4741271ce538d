"""which-socket: the numbers of sockets are those of any descriptor; where a prediction goes wrong, it is said why."""

import pytest

import labkit

# socket 3; accept 4, 5; close 4; accept 4; close 3; dup(5) = 3; close 5, 4, 3
PLAIN = "socket = 3\naccept = 4\naccept = 5\nclose 4\naccept = 4\nclose 3\ndup = 3\nclose 5\nclose 4\nclose 3"
RIGHT = {
    "as asked": PLAIN,
    "as C": PLAIN.replace("close 4", "close(4);").replace("accept = 5", "accept(3, NULL, NULL) = 5"),
    "with arrows": PLAIN.replace("=", "->"),
    "accept4": PLAIN.replace("accept = 5", "accept4 = 5"),
    "numbered": "\n".join(f"{n}. {line}" for n, line in enumerate(PLAIN.splitlines(), 1)),
}
WRONG = {
    "other-number": (PLAIN.replace("accept = 4", "accept = 3", 1), "all below it were taken"),
    "other-number, of the third": (PLAIN.replace("close 4\naccept = 4", "close 4\naccept = 6"), "had freed it"),
    "other-number, of the copy": (PLAIN.replace("dup = 3", "dup = 6"), "had freed it"),
    "other-descriptor": (PLAIN.replace("close 3\ndup", "close 5\ndup"), "it was descriptor 3"),
    "missing-call": (PLAIN.replace("close 4\n", "", 1), "that you left out"),
    "extra-call": (PLAIN + "\nclose 0", "makes 10 of these calls"),
    "too-short": (PLAIN.removesuffix("\nclose 3"), "After your 9 calls"),
    "no-number": (PLAIN.replace("accept = 5", "accept"), "which number does it return"),
    "nothing-predicted": ("\n", "no call in your prediction"),
    "unreadable": ("listening\n" + PLAIN, "no system call"),
}


@pytest.mark.parametrize("form", RIGHT)
def test_right(form):
    feedback = labkit.check("which-socket", RIGHT[form])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("which-socket", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
