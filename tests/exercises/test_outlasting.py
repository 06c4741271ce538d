"""greets-on: whoever ignores the signal and goes on, in whatever way, is right; half of it is named."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["greets-on"].starter
ENDS = "        if (greet(client) != 0)\n            return 1;\n"
LISTENS = "    freeaddrinfo(own);\n    while"
assert STARTER.count(ENDS) == STARTER.count(LISTENS) == 1
IGNORED = STARTER.replace(LISTENS, "    signal(SIGPIPE, SIG_IGN);\n" + LISTENS)
ON = '        if (greet(client) != 0)\n            fprintf(stderr, "on to the next\\n");\n'
PLAIN = IGNORED.replace(ENDS, ON)
SENT = STARTER.replace('write(client, "hello, ", 7)', 'send(client, "hello, ", 7, MSG_NOSIGNAL)').replace(
    "write(client, name, size)", "send(client, name, size, MSG_NOSIGNAL)"
)
CLOSES = '        if (close(client) < 0)\n            return fail("close");\n'
GREET_AND_CLOSE = (
    "static int greet(int client)\n{\n    int bad = answer(client);\n    return close(client) < 0 || bad;\n}\n\n"
)
FIRST = '"hello, ", 7) != 7)\n        return fail("write");'
TWO = FIRST.replace('fail("write")', 'fail("write") + 1')  # a client that left is an error less than one that broke off
READ = 'return fail("read")'
assert CLOSES in STARTER and FIRST in STARTER and READ in STARTER
RIGHT = {
    "signal ignored": PLAIN,
    "nothing said": IGNORED.replace(ENDS, "        greet(client);\n"),
    "no signal asked for": SENT.replace(ENDS, ON),
    "sigaction": STARTER.replace(ENDS, ON).replace(
        LISTENS, "    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);\n" + LISTENS
    ),
    "a handler that does nothing": STARTER.replace(ENDS, ON)
    .replace(LISTENS, "    signal(SIGPIPE, nothing);\n" + LISTENS)
    .replace("int main", "static void nothing(int number)\n{\n    (void)number;\n}\n\nint main"),
    "closed in greet": PLAIN.replace(CLOSES, "")
    .replace("static int greet(int client)", "static int answer(int client)")
    .replace("int main", GREET_AND_CLOSE + "int main"),
}
WRONG = {
    "crash": (STARTER, "SIGPIPE"),
    "crash, though it goes on after errors": (STARTER.replace(ENDS, ON), "SIGPIPE"),
    "serves-no-more": (IGNORED, "a server goes on"),
    "serves-no-more, no signal": (SENT, "a server goes on"),
    "serves-no-more, after a reset": (
        IGNORED.replace(ENDS, "        if (greet(client) > 1)\n            return 1;\n")
        .replace(FIRST, TWO)
        .replace(READ, READ + " + 1"),
        "After a client that broke its connection off",
    ),
    "never-closed": (
        IGNORED.replace(ENDS, "        if (greet(client) != 0)\n            continue;\n"),
        "one more is lost",
    ),
    "other-answer": (PLAIN.replace('"hello, ", 7) != 7', '"hallo, ", 7) != 7'), "should get"),
    "hangs": (PLAIN.replace(CLOSES, ""), "it waits for"),
    "does-not-compile": (PLAIN.replace("int client;", "int clients;"), "Line"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("greets-on", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer != PLAIN
    feedback = labkit.check("greets-on", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
