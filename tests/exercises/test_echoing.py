"""echo-exactly: whoever sends back every byte until the end is right; each way to lose or add some has its name."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["echo-exactly"].starter
BODY = """\
    if (read(client, bytes, sizeof bytes) < 0)
        return fail("read");
    if (write(client, bytes, strlen(bytes)) < 0)
        return fail("write");
"""
assert BODY in STARTER


def answering(body: str, text: str = STARTER) -> str:
    return text.replace(BODY, body)


LOOP = """\
    ssize_t got;
    while ((got = read(client, bytes, sizeof bytes)) > 0)
        if (write(client, bytes, got) != got)
            return fail("write");
    if (got < 0)
        return fail("read");
"""
ALL = "write(client, bytes, got) != got"
PLAIN = answering(LOOP)
RIGHT = {
    "plain": PLAIN,
    "a byte at a time": answering(LOOP).replace("bytes[1024]", "bytes[1]"),
    "until all is written": answering(
        LOOP.replace(
            "        if (write(client, bytes, got) != got)\n",
            "        for (ssize_t done = 0, n; done < got; done += n)\n"
            "            if ((n = write(client, bytes + done, got - done)) < 0)\n    ",
        )
    ),
    "recv and send": answering(
        LOOP.replace("read(client, bytes, sizeof bytes)", "recv(client, bytes, sizeof bytes, 0)").replace(
            "write(client, bytes, got)", "send(client, bytes, got, MSG_NOSIGNAL)"
        )
    ),
    "a loop without end": answering(
        "    for (;;) {\n        ssize_t got = read(client, bytes, sizeof bytes);\n"
        "        if (got == 0)\n            break;\n"
        '        if (got < 0 || write(client, bytes, got) != got)\n            return fail("echo");\n    }\n'
    ),
    "everything first": answering(
        "    ssize_t got, all = 0;\n"
        "    while ((got = read(client, bytes + all, sizeof bytes - all)) > 0)\n        all += got;\n"
        '    if (got < 0 || write(client, bytes, all) != all)\n        return fail("echo");\n'
    ).replace("bytes[1024]", "bytes[1 << 16]"),
}
COUNTED = answering(
    "    ssize_t got = read(client, bytes, sizeof bytes);\n    if (got < 0 || write(client, bytes, got) != got)\n"
    '        return fail("echo");\n'
)
WRONG = {
    "left-over": (STARTER, "puts no zero behind it"),
    "left-over, the whole buffer": (PLAIN.replace(ALL, "write(client, bytes, sizeof bytes) < 0"), "left in the buffer"),
    "one-read": (COUNTED, "took them for all there is"),
    "one-read, cleared before": (
        answering("    memset(bytes, 0, sizeof bytes);\n" + BODY),
        "took them for all there is",
    ),
    "stops-at-nul": (
        PLAIN.replace(ALL, "bytes[got] = 0, write(client, bytes, strlen(bytes)) < 0").replace(
            "sizeof bytes)) > 0)", "sizeof bytes - 1)) > 0)"
        ),
        "up to the first byte that is 0",
    ),
    "never-closed": (
        PLAIN.replace('return close(client) < 0 ? fail("close") : 0;', "return 0;"),
        "has not closed the connection",
    ),
    "serves-no-more": (
        PLAIN.replace('    return fail("accept");\n', "    return 0;\n").replace(
            "while ((client = accept(server, NULL, NULL)) >= 0)",
            "for (int i = 0; i < 2 && (client = accept(server, NULL, NULL)) >= 0; i++)",
        ),
        "waits for the next client",
    ),
    "other-answer": (answering(LOOP.replace("        if (write", "        if (bytes[0] ^= 32, write")), "should get"),
    "does-not-compile": (STARTER.replace("static char", "static chars"), "Line"),
    "crash": (answering(LOOP + "    *(volatile int *)0 = 1;\n"), "SIGSEGV"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("echo-exactly", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer != PLAIN
    feedback = labkit.check("echo-exactly", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
