"""cold-read: every order that a recorded read allows is right; what comes too late is shown at its step."""

import pytest

import labkit
from labkit.exercises.cold_read import COLD_READ
from labkit.exercises.path_order import first_out_of_order, places

KEYS = [stage.key for stage in COLD_READ.order.stages]
ORDER = [
    "struct-file",
    "checks",
    "page-cache",
    "request",
    "driver",
    "sleep",
    "interrupt",
    "completion",
    "wake-up",
    "copy",
]


def numbers(*keys):
    return [KEYS.index(key) + 1 for key in keys]


def moved(key, before):
    """The order of the recording with one stage moved in front of another."""
    rest = [one for one in ORDER if one != key]
    rest.insert(rest.index(before), key)
    return numbers(*rest)


LINES = COLD_READ.pieces.lines
RIGHT = {
    "a list": numbers(*ORDER),
    "a tuple": tuple(numbers(*ORDER)),
    "text": ", ".join(map(str, numbers(*ORDER))),
    "the lines": "\n".join(LINES[number - 1] for number in numbers(*ORDER)),
    "the lines with their numbers": "\n".join(f" {n}  {LINES[n - 1]}" for n in numbers(*ORDER)),
}
WRONG = {
    "sleep-too-late": (moved("interrupt", "sleep"), "only an interrupt will wake it"),
    "driver-too-late": (moved("sleep", "driver"), "after that it may sleep"),
    "request-too-late": (moved("driver", "request"), "in its own system call"),
    "page-cache-too-late": (moved("request", "page-cache"), "whether a request is needed"),
    "struct-file-too-late": (moved("checks", "struct-file"), "Without the struct file"),
    "interrupt-too-late": (moved("completion", "interrupt"), "begins with the interrupt"),
    "wake-up-too-late": (moved("copy", "wake-up"), "before it is woken"),
    "completion-too-late": (moved("wake-up", "completion"), "has anybody to be woken"),
    "checks-too-late": (moved("page-cache", "checks"), "The generic layer looks"),
    "lines-missing": (numbers(*ORDER[:-1]), "where is line"),
    "line-twice": (numbers(*ORDER, "copy"), "is there twice"),
    "no-such-line": ([*numbers(*ORDER), 11], "There is no line 11"),
    "nothing-ordered": ([], "no line in your answer yet"),
}


@pytest.fixture
def graph(boxed):
    order = COLD_READ.order
    return labkit.box().path(order.program, order.args, asleep=True)


@pytest.mark.box
@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize("form", RIGHT)
def test_right(form):
    feedback = labkit.check("cold-read", RIGHT[form])
    assert feedback.passed, feedback


@pytest.mark.box
@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("cold-read", answer)
    assert (feedback.passed, feedback.cause) == (False, cause), feedback
    assert words.lower() in feedback.reason.lower()
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)


@pytest.mark.box
@pytest.mark.usefixtures("boxed")
def test_the_recording_itself_is_the_measure(graph):
    order = COLD_READ.order
    at = sorted(range(1, 11), key=lambda number: places(order.stages[number - 1], graph)[0])
    assert first_out_of_order(order, at, graph) is None
