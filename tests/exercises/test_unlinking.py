"""reads-on: the prediction is read however it is written, and the first thing that went otherwise is explained."""

import pytest

import labkit

PLAIN = "open = 3\nopen = 4\nread 4 = 4\nclose 3\nunlink\nread 4 = 3\nopen = -1\nopen = 3\nread 3 = 0\nclose 4\nclose 3"
RIGHT = {
    "as asked": PLAIN,
    "as the recorder says it": (
        'openat(AT_FDCWD, "other", O_RDONLY) = 3\nopenat(AT_FDCWD, "notes", O_RDONLY) = 4\nread(4, "lett", 4) = 4\n'
        'close(3) = 0\nunlink("notes") = 0\nread(4, "er\\n", 4) = 3\nopenat(AT_FDCWD, "notes", O_RDONLY) = -1\n'
        'openat(AT_FDCWD, "notes", O_RDWR|O_CREAT, 0644) = 3\nread(3, "", 4) = 0\nclose(4) = 0\nclose(3) = 0'
    ),
    "counts only": PLAIN.replace("read 4 =", "read =").replace("read 3 =", "read ="),
    "without equals signs": PLAIN.replace(" = ", " "),
    "with arrows and remarks": PLAIN.replace(" = ", " -> ").replace("unlink", "unlink notes // the name goes"),
    "all in one": PLAIN.replace("\n", "; "),
}
WRONG = {
    "other-number": (PLAIN.replace("open = -1", "open = 3"), "failed with ENOENT: no file has that name now"),
    "other-number, of the second": (PLAIN.replace("open = 3\nread 3", "open = 5\nread 3"), "had freed it"),
    "other-count": (PLAIN.replace("read 4 = 3", "read 4 = -1"), "it returned 3"),
    "other-count, of the new one": (PLAIN.replace("read 3 = 0", "read 3 = 4"), "it returned 0"),
    "other-descriptor": (PLAIN.replace("read 3 = 0", "read 4 = 0"), "it was descriptor 3"),
    "no-count": (PLAIN.replace("read 4 = 4", "read 4"), "how many bytes"),
    "missing-call": (PLAIN.replace("open = -1\n", ""), "it returned -1"),
    "too-short": (PLAIN.removesuffix("\nclose 3"), "After your 10 calls"),
    "extra-call": (PLAIN + "\nclose 5", "makes 11 of these calls"),
    "nothing-predicted": ("", "no call in your prediction"),
}
WRONG["other-number, a call left out"] = WRONG.pop("missing-call")
WRONG["missing-call"] = (PLAIN.replace("unlink\n", ""), "that you left out, unlink")


@pytest.mark.parametrize("form", RIGHT)
def test_right(form):
    feedback = labkit.check("reads-on", RIGHT[form])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("reads-on", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
