"""both-close: who closes what after fork; who closes too little, too early or too much is told so."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["both-close"].starter
CHILD = "        if (child == 0)\n            return serve(client);\n"
assert CHILD in STARTER


def loop(child: str, parent: str = "        if (close(client) < 0)\n            return 1;\n", before: str = "") -> str:
    text = STARTER.replace(CHILD, f"        if (child == 0) {{ {child} return serve(client); }}\n{parent}")
    return text.replace("        pid_t child = fork();", f"{before}        pid_t child = fork();")


CLOSE = "close(listener);"
PARENT_FIRST = """
        if (child > 0)
            close(client);
        else {
            close(listener);
            return serve(client);
        }
"""
RIGHT = {
    "each closes": loop(CLOSE),
    "the parent in its own branch": loop(CLOSE, "        else {\n            close(client);\n        }\n"),
    "the child puts its connection in the listener's place": loop(
        "dup2(client, listener); close(client); client = listener;"
    ),
    "the child closes all but its own": loop("for (int fd = 3; fd < 64; fd++) if (fd != client) close(fd);"),
    "parent first": STARTER.replace(CHILD, PARENT_FIRST),
}
WRONG = {
    "no-end": STARTER,
    "no-end, only the child closes": loop(CLOSE, ""),
    "listener-lives": loop(""),
    "descriptors-left": loop("close(listener); int bad = serve(client); shutdown(client, SHUT_RDWR); return bad;", ""),
    "closed-too-early": loop(CLOSE, "", "        close(client);\n"),
    "listener-closed": loop(CLOSE, "        close(client);\n        close(listener);\n"),
    "cut-off": loop(CLOSE, "        shutdown(client, SHUT_RDWR);\n        close(client);\n"),
    "closed-too-early, the child closes its own": loop("close(client);"),
    "server-ended, the listener is shut down for all": loop("shutdown(listener, SHUT_RDWR); close(listener);"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("both-close", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("both-close", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
