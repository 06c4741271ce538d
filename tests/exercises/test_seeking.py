"""few-reads: a prediction of what each read returns is set against the run, and told why it brought what it did."""

import pytest

import labkit

PLAIN = "read = 1024\nread = 452\nread = 0\nread = 1024\nread = 1024"
RIGHT = {
    "as asked": PLAIN,
    "without equals signs": PLAIN.replace(" = ", " "),
    "as the recorder says it": "\n".join(f'read(3, "...", 1024) = {n}' for n in (1024, 452, 0, 1024, 1024)),
    "numbered, with arrows": "\n".join(f"{i}. read -> {n}" for i, n in enumerate((1024, 452, 0, 1024, 1024), 1)),
    "in one breath": "read 1024, read 452, read 0, read 1024; read 1024 // that is all",
}
WRONG = {
    "other-number": ("read = 1\n" * 5, "what comes here is read = 1024, made by fgetc, line 8"),
    "other-number, of what is left": (PLAIN.replace("452", "1024"), "there were no more than 452 up to the end"),
    "other-number, at the end": (PLAIN.replace("= 0", "= 1024"), "tells that the end has been reached"),
    "other-number, of all": (PLAIN + "\nread = 452", "What is in the buffer already needs no call."),
    "too-short": ("read = 1024\nread = 452", "makes another: read = 0, made by fgetc"),
    "extra-call": (PLAIN + "\nread = 0", "the program makes 5 of these calls"),
    "other-call": ("read = 1024\nlseek = 0\nlseek = 2048", "what comes here is"),
    "no-number": ("read", "what does it return? Write read = and the number."),
    "unreadable": ("fgetc = 1", "no system call"),
    "nothing-predicted": ("", "no call in your prediction"),
}
WRONG["extra-call, why"] = WRONG.pop("other-number, of all")


@pytest.mark.parametrize("form", RIGHT)
def test_right(form):
    feedback = labkit.check("few-reads", RIGHT[form])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("few-reads", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
