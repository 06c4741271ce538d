"""which-writes: a prediction is read however it is written; a wrong one is told where it parts from the run."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

RIGHT = "write 1 = 8\nwrite 2 = 6\nwrite 1 = 5\nwrite 1 = 8\nwrite 1 = 6"
CALLS = RIGHT.splitlines()


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        RIGHT.replace("write 1 = ", "write(1, text, ").replace("write 2 = ", "write(2, text, ").replace("\n", ")\n")
        + ")",
        RIGHT.replace(" = ", " -> "),
        "\n".join(f"{number}. {call}" for number, call in enumerate(CALLS, 1)),
        'write(1, "one two\\n", 8) = 8\n' + "\n".join(CALLS[1:]) + "\n// and nothing of `eight`",
    ],
)
def test_right(answer):
    feedback = labkit.check("which-writes", answer)
    assert feedback.passed, feedback


@pytest.mark.parametrize(
    ("answer", "cause", "words"),
    [
        ("write 1 = 4\nwrite 1 = 4", "other-count", 'it returned 8. write(1) = 8, "one two↵", line 9.'),
        ("\n".join([*CALLS[:3], "write 1 = 3"]), "other-count", '"four six"'),
        ("\n".join([CALLS[0], "write 1 = 6"]), "other-descriptor", "it was descriptor 2"),
        ("\n".join(CALLS[:4]), "too-short", "After your 4 calls the program makes another: write(1) = 6, line 17"),
        (CALLS[0], "too-short", "After your call the program"),
        ("\n".join([*CALLS, "write 1 = 5"]), "extra-call", "the program makes 5 of these calls"),
        ("write 1", "no-count", "how many bytes does it move? Write the descriptor"),
        ("write 2 = 8", "other-descriptor", "it was descriptor 1"),
        ("write", "no-count", "how many bytes"),
        ("printf 1 = 8", "unreadable", "no system call"),
        ("", "nothing-predicted", "no call in your prediction"),
        ("read 0 = 8", "other-call", "what comes here is write(1) = 8"),
    ],
)
def test_wrong(answer, cause, words):
    feedback = labkit.check("which-writes", answer)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words in feedback.reason


def test_the_program_keeps_eight_for_itself():
    output = labkit.run(labkit.build(EXERCISES["which-writes"].starter)).output(1)
    assert output == b"one two\nfive\nfour sixseven\n"
