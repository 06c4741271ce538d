"""who-closes: the numbers that each side closes, foretold in any usual spelling; the first difference is explained."""

import pytest

import labkit

BEST = ["accept = 4", "close 3", "close 4", "accept = 5", "close 3", "close 5", "close 5", "close 3"]
RIGHT = {
    "as asked": "\n".join(BEST),
    "as C": "accept() = 4\nclose(3)\nclose(4)\naccept() = 5\nclose(3)\nclose(5)\nclose(5)\nclose(3)",
    "with arrows": "\n".join(line.replace("=", "->") for line in BEST),
    "in one line": " ".join(BEST),
    "accept4": "\n".join(line.replace("accept", "accept4") for line in BEST),
}


def changed(place: int, line: str) -> str:
    return "\n".join([*BEST[:place], line, *BEST[place + 1 :]])


WRONG = {
    "other-number": changed(3, "accept = 4"),
    "other-descriptor": changed(1, "close 4"),
    "other-descriptor, of the second": changed(5, "close 4"),
    "too-short": "\n".join(BEST[:-1]),
    "extra-call": "\n".join([*BEST, "close 4"]),
    "extra-call, the parent closes the first": "\n".join([*BEST[:3], "close 4", *BEST[3:]]),
    "nothing-predicted": "",
    "no-number": changed(0, "accept"),
    "unreadable": "answer 4",
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("who-closes", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("who-closes", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
