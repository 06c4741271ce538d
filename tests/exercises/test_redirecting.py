"""redirect-both: every order that works is right, however it is written; a wrong one is told what its lines did."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

# 1 dup2(1→2)  2 execvp  3 close  4 dup2(2→1)  5 open  6 dup2(fd→2)  7 if (fd < 0)  8 dup2(fd→1)
LINES = EXERCISES["redirect-both"].pieces.lines
RIGHT = [
    [5, 7, 8, 1, 3, 2],
    [5, 7, 8, 3, 1, 2],
    [5, 7, 8, 6, 3, 2],
    [5, 7, 6, 8, 3, 2],
    [5, 7, 6, 4, 3, 2],
    [5, 7, 6, 3, 4, 2],
    "5 7 8 1 3 2",
    "5, 7, 8,\n1, 3, 2",
    "\n".join(f"   {LINES[number - 1]}  " for number in (5, 7, 8, 1, 3, 2)),
    "\n".join(f"{number:>2}  {LINES[number - 1]}" for number in (5, 7, 8, 1, 3, 2)),
    "\n".join(LINES[number - 1].replace(" ", "") for number in (5, 7, 6, 4, 3, 2)),
]
WRONG = [
    ([5, 7, 1, 8, 3, 2], "copied-too-early", "does not follow it afterwards"),
    ([5, 7, 4, 6, 3, 2], "copied-too-early", "When 1 became a copy of 2"),
    ([5, 7, 3, 8, 1, 2], "closed-too-early", "EBADF"),
    ([5, 7, 2, 8, 1, 3], "nothing-redirected", "After execvp no further line"),
    ([5, 7, 8, 3, 2], "stderr-not-redirected", "only 1 leads there"),
    ([5, 7, 6, 3, 2], "stdout-not-redirected", "only 2 leads there"),
    ([5, 7, 8, 1, 2, 3], "handed-on", "also gets descriptor 3"),
    ([5, 7, 8, 1, 3], "not-started", "never starts"),
    ([7, 5, 8, 1, 3, 2], "does-not-compile", "'fd' undeclared"),
    ([5, 8, 1, 3, 2], "silent", "said nothing on stderr"),
    ([5, 7, 8, 8, 3, 2], "line-twice", "Line 8"),
    ([5, 7, 8, 9], "no-such-line", "There is no line 9"),
    ("int fd = 3;", "no-such-line", "none of the lines"),
    ([], "nothing-ordered", "no line"),
]


@pytest.mark.parametrize("order", RIGHT)
def test_right(order):
    feedback = labkit.check("redirect-both", order)
    assert feedback.passed, feedback


@pytest.mark.parametrize(("order", "cause", "words"), WRONG)
def test_wrong(order, cause, words):
    feedback = labkit.check("redirect-both", order)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words in feedback.reason
    if feedback.recording is not None:
        labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_copy_made_too_early():
    feedback = labkit.check("redirect-both", [5, 7, 1, 8, 3, 2])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.argument("oldfd"), event.argument("newfd")) == ("dup2", 1, 2)


def test_a_program_is_no_order():
    with pytest.raises(labkit.LabkitError, match="lines in order"):
        labkit.check("redirect-both", labkit.build("pause"))
