"""safe-save: every order that leaves a whole note whenever the machine stops is right; a wrong one is told when not."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES
from labkit.exercises.touched import step_of

# 1 fsync(out)  2 rename  3 fopen("note")  4 fputs  5 fsync(folder)  6 fclose  7 fopen("note.new")  8 remove
# 9 open(".")  10 fflush  11 if (out == NULL)  12 close(folder)
LINES = EXERCISES["safe-save"].pieces.lines


@pytest.mark.parametrize(
    "order",
    [
        [7, 11, 4, 10, 1, 6, 2, 9, 5, 12],
        [9, 7, 11, 4, 10, 1, 6, 2, 5, 12],
        [7, 11, 9, 4, 10, 1, 2, 6, 5, 12],
        [7, 11, 4, 10, 1, 2, 9, 5, 12, 6],
        [7, 11, 4, 10, 1, 6, 2, 9, 5],
        "7 11 4 10 1 6 2 9 5 12",
        "\n".join(LINES[number - 1] for number in (7, 11, 4, 10, 1, 6, 2, 9, 5, 12)),
    ],
)
def test_right(order):
    feedback = labkit.check("safe-save", order)
    assert feedback.passed, feedback


WRONG = [
    ([3, 11, 4, 10, 1, 6, 9, 5, 12], "old-emptied", "From here on note is empty"),
    ([7, 11, 4, 10, 1, 6, 8, 2, 9, 5, 12], "old-removed", "there is no note"),
    ([7, 11, 4, 1, 10, 6, 2, 9, 5, 12], "synced-too-early", "still in the buffer"),
    ([7, 11, 4, 1, 6, 2, 9, 5, 12], "synced-too-early", "still in the buffer"),
    ([7, 11, 4, 10, 6, 2, 9, 5, 12], "never-synced", "in the page cache"),
    ([7, 11, 4, 10, 2, 1, 6, 9, 5, 12], "renamed-before-synced", "before storage has its text"),
    ([7, 11, 1, 4, 2, 10, 6, 9, 5, 12], "renamed-before-written", "when the new file gets the name"),
    ([7, 11, 4, 10, 6, 1, 2, 9, 5, 12], "closed-too-early", "EBADF"),
    ([7, 11, 4, 10, 1, 6, 9, 5, 12, 2], "folder-synced-too-early", "Sync it after"),
    ([7, 11, 4, 10, 1, 6, 2], "folder-never-synced", "sync the folder, too"),
    ([7, 11, 4, 10, 1, 6], "not-renamed", "takes the place of note"),
    ([7, 4, 10, 1, 6, 2, 9, 5, 12], "crash", "When note.new is a folder"),
    ([7, 11, 10, 1, 6, 2, 9, 5, 12], "bytes-missing", "note is empty"),
    ([4, 7, 11, 10, 1, 6, 2, 9, 5, 12], "does-not-compile", "'out' undeclared"),
    ([], "nothing-ordered", "no line"),
]


@pytest.mark.parametrize(("order", "cause", "words"), WRONG)
def test_wrong(order, cause, words):
    feedback = labkit.check("safe-save", order)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words.lower() in feedback.reason.lower()
    assert (feedback.step is None) == (feedback.recording is None)


@pytest.mark.parametrize(
    ("order", "call"),
    [
        ([3, 11, 4, 10, 1, 6, 9, 5], "openat"),
        ([7, 11, 4, 1, 10, 6, 2, 9, 5], "fsync"),
        ([7, 11, 4, 10, 2, 1, 6, 9, 5], "rename"),
        ([7, 11, 1, 4, 2, 10, 6, 9, 5], "write"),
    ],
)
def test_the_step_is_the_one_that_is_too_early_or_late(order, call):
    feedback = labkit.check("safe-save", order)
    events = [event for event in feedback.recording.calls(call) if event.place.line is not None]
    assert feedback.step == step_of(feedback.recording, events[0])
