"""update-record: every order that works is right; a wrong one is told which record it wrote instead."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

# 1 fwrite  2 "w+b"  3 fseek to N  4 add  5 "r+b"  6 fread  7 fseek back  8 if NULL  9 "a+b"  10 rewind
LINES = EXERCISES["update-record"].pieces.lines
RIGHT = [
    [5, 8, 3, 6, 4, 7, 1],
    [5, 8, 3, 6, 7, 4, 1],
    [5, 8, 10, 3, 6, 4, 7, 1],
    [5, 8, 10, 3, 6, 7, 4, 1],
    "5 8 3 6 4 7 1",
    "\n".join(f"{number:>2}  {LINES[number - 1]}" for number in (5, 8, 3, 6, 7, 4, 1)),
]
WRONG = [
    ([2, 8, 3, 6, 4, 7, 1], "emptied", "there is nothing left to read"),
    ([9, 8, 3, 6, 4, 7, 1], "appends", "goes to the end of the file"),
    ([5, 8, 3, 6, 4, 1], "next-overwritten", "record 3 was overwritten, not record 2"),
    ([5, 8, 6, 4, 7, 1], "wrong-place", "record 0 was overwritten, not record 2"),
    ([5, 8, 3, 6, 4, 10, 1], "wrong-place", "where was the stream"),
    ([5, 8, 6, 3, 4, 1], "wrong-record", "what was in r"),
    ([5, 8, 3, 4, 1], "wrong-record", "record 2 was overwritten with something else"),
    ([5, 8, 3, 6, 7, 1, 4], "not-changed", "nothing in points has changed"),
    ([5, 8, 3, 6, 4, 7], "not-changed", "should have ten points more"),
    ([5, 8, 3, 6, 4, 7, 1, 10], "failed-write-ignored", "rewind returns nothing"),
    ([5, 3, 6, 4, 7, 1], "crash", "When there is no file points, it crashes"),
    ([8, 5, 3, 6, 4, 7, 1], "does-not-compile", "'f' undeclared"),
    ([5, 2, 8, 3], "does-not-compile", "redefinition of"),
]


@pytest.mark.parametrize("order", RIGHT)
def test_right(order):
    feedback = labkit.check("update-record", order)
    assert feedback.passed, feedback


@pytest.mark.parametrize(("order", "cause", "words"), WRONG)
def test_wrong(order, cause, words):
    feedback = labkit.check("update-record", order)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words in feedback.reason
    if feedback.recording is not None:
        labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_write_to_the_wrong_place():
    feedback = labkit.check("update-record", [5, 8, 3, 6, 4, 1])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert (event.call, event.result) == ("write", 16)
