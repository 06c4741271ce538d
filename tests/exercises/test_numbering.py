"""lowest-free: a prediction is read however it is written, and the first thing that went otherwise is explained."""

import pytest

import labkit
from labkit.exercises.predicted import guesses

# open a = 3, open b = 4, close 3, dup(4) = 3, open a = 5, close 0, dup(5) = 0, dup2(0, 4) = 4, close 3
PLAIN = "open = 3\nopen = 4\nclose 3\ndup = 3\nopen = 5\nclose 0\ndup = 0\ndup2 = 4\nclose 3"
RIGHT = {
    "as asked": PLAIN,
    "as the recorder says it": (
        'openat(AT_FDCWD, "a", O_RDONLY) = 3\nopenat(AT_FDCWD, "b", O_RDONLY) = 4\nclose(3) = 0\ndup(4) = 3\n'
        'openat(AT_FDCWD, "a", O_RDONLY) = 5\nclose(0) = 0\ndup(5) = 0\ndup2(0, 4) = 4\nclose(3) = 0\n'
    ),
    "with arrows and remarks": (
        "open a -> 3 // the first free\nopen b → 4\n\nclose(3)\ndup 4 -> 3\nopen a -> 5\nclose(0)\ndup 5 -> 0\n"
        "dup2 0 4 -> 4\nclose(3)"
    ),
    "numbered, in one breath": "1. open 3\n2. open 4\n3. close 3\n4. dup 3, open 5, close 0, dup 0; dup2(0, 4) close 3",
    "without equals signs": PLAIN.replace(" = ", " "),
    "as C": PLAIN.replace("close 3", "close(3);").replace("dup = 3", "dup(4) = 3;"),
}
WRONG = {
    "other-number": (PLAIN.replace("dup = 3", "dup = 5"), "close in line 19 had freed it"),
    "other-number, from the top": (PLAIN.replace("open = 3", "open = 0", 1), "all below it were taken"),
    "other-number, of dup2": (PLAIN.replace("dup2 = 4", "dup2 = 5"), "that it was asked for"),
    "other-descriptor": (PLAIN.replace("close 0", "close 4"), "it was descriptor 0"),
    "other-descriptor, of dup": (PLAIN.replace("dup = 3", "dup(3) = 3"), "dup(4) = 3"),
    "missing-call": (PLAIN.replace("close 3\n", ""), "that you left out, close(3) = 0"),
    "extra-call": (PLAIN.replace("dup = 0\n", "dup = 0\nclose 5\n"), "no such call is made here"),
    "extra-call, at the end": (PLAIN + "\nclose 4", "makes 9 of these calls"),
    "other-call": (PLAIN.replace("dup2 = 4\nclose 3", "fork\nfork"), "what comes here is dup2(0, 4) = 4"),
    "too-short": (PLAIN.removesuffix("\nclose 3"), "After your 8 calls"),
    "no-number": (PLAIN.replace("open = 4", "open"), "which number does it return"),
    "no-number, of close": (PLAIN.replace("close 3", "close"), "of which descriptor"),
    "unreadable": ("printf\n" + PLAIN, "no system call"),
    "nothing-predicted": ("\n", "no call in your prediction"),
}


@pytest.mark.parametrize("form", RIGHT)
def test_right(form):
    feedback = labkit.check("lowest-free", RIGHT[form])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("lowest-free", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)


def test_who_has_not_tried_is_not_shown_the_answer():
    assert labkit.check("lowest-free", "\n").recording is None
    assert labkit.check("lowest-free", "open = 4").recording is not None


def test_names_alone():
    assert [guess.name for guess in guesses("openat write close")] == ["open", "write", "close"]
    assert [guess.name for guess in guesses("fork\nwaitpid\n_exit(0)")] == ["fork", "wait", "exit"]


def test_a_list_is_no_prediction():
    with pytest.raises(labkit.LabkitError, match="asks for a prediction"):
        labkit.check("lowest-free", [1, 2])
