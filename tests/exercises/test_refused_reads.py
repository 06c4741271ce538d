"""refused-reads: a prediction is read however it is written; of the first that is wrong, it is told why."""

import pytest

import labkit

PLAIN = "10\n0\nEBADF\nEISDIR\nEINVAL\nEFAULT\nEBADF\nEBADF"
RIGHT = {
    "plain": PLAIN,
    "as calls": "\n".join(f"read = {word}" for word in PLAIN.split()),
    "numbered, with remarks": "\n".join(f"{n}. {word} // so" for n, word in enumerate(PLAIN.split(), 1)),
    "as errno": "10\n0\n-9\n-21\n-22\n-14\n-9\n-9",
    "as strace": "\n".join(f"read(3, bytes, 16) = {'-1 ' if w.startswith('E') else ''}{w}" for w in PLAIN.split()),
}


def row(number, word):
    words = PLAIN.split()
    words[number - 1] = word
    return "\n".join(words)


WRONG = {
    "other-number": (row(1, "16"), "there are 10 bytes"),
    "other-number, at the end": (row(2, "-1"), "which is no error"),
    "refused": (row(2, "EIO"), "which is no error"),
    "not-refused": (row(4, "0"), "A folder may be opened for reading"),
    "other-error": (row(7, "EFAULT"), "The mode is looked at before the buffer"),
    "other-error, no method": (row(5, "EBADF"), "its table of operations has no read"),
    "other-error, no struct file": (row(8, "EINVAL"), "vfs_read is not even entered"),
    "not-refused, a buffer": (row(6, "0"), "before anybody asks how many bytes"),
    "too-short": (PLAIN.removesuffix("\nEBADF"), "you foresee 7"),
    "extra-call": (PLAIN + "\n0", "calls read 8 times"),
    "unreadable": ("no idea\n" + PLAIN, "neither a number nor an error"),
    "nothing-predicted": ("\n", "nothing in your prediction"),
}


@pytest.mark.parametrize("form", RIGHT)
def test_right(form):
    feedback = labkit.check("refused-reads", RIGHT[form])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("refused-reads", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)


def test_a_list_is_no_prediction():
    with pytest.raises(labkit.LabkitError, match="asks for a prediction"):
        labkit.check("refused-reads", [1, 2])
