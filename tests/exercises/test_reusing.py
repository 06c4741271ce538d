"""same-port: whoever gets the port again without taking a word away is right, with an option or by manners."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["same-port"].starter
MADE = "    if (server < 0)\n        return -1;\n"
assert STARTER.count(MADE) == 1


def with_option(option: str, where: str = MADE, text: str = STARTER) -> str:
    set_it = f"    if (setsockopt(server, SOL_SOCKET, {option}, &(int){{ 1 }}, sizeof(int)) < 0)\n        return -1;\n"
    return text.replace(where, where + set_it)


PLAIN = with_option("SO_REUSEADDR")
LAST = '    return close(client) < 0 ? fail("close") : 0;\n'
RIGHT = {
    "SO_REUSEADDR": PLAIN,
    "SO_REUSEPORT": with_option("SO_REUSEPORT"),
    "both options": with_option("SO_REUSEPORT", text=PLAIN),
    "after a look whether it is new": PLAIN.replace("if (setsockopt", "if (1 && setsockopt"),
}
RIGHT["with a variable"] = PLAIN.replace("&(int){ 1 }, sizeof(int)", "&on, sizeof on").replace(
    "    socklen_t size", "    int on = 1;\n    socklen_t size"
)
BIND = "    if (bind(server, (struct sockaddr *)&own, size) < 0)\n        return -1;\n"
assert BIND in STARTER
WRONG = {
    "in-use": (STARTER, "stays in TIME_WAIT"),
    "other-option": (with_option("SO_KEEPALIVE"), "Which one allows it"),
    "other-option, switched off": (PLAIN.replace("{ 1 }", "{ 0 }"), "Which one allows it"),
    "set-after-bind": (with_option("SO_REUSEADDR", BIND), "only after bind"),
    "reuse-too-late": (
        PLAIN.replace("    if (setsockopt", "    if (own.sin_port != 0 && setsockopt"),
        "from the first start on",
    ),
    "other-port": (STARTER.replace(BIND, "    own.sin_port = 0;\n" + BIND), "at another port"),
    "in-use, ignored": (
        STARTER.replace(BIND, '    if (bind(server, (struct sockaddr *)&own, size) < 0)\n        perror("bind");\n'),
        "stays in TIME_WAIT",
    ),
    "reset": (
        STARTER.replace(
            LAST,
            "    struct linger at_once = { .l_onoff = 1 };\n"
            "    if (setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) < 0)\n"
            "        return 1;\n" + LAST,
        ),
        "was reset",
    ),
    "not-started-again": (PLAIN.replace("i < 2", "i < 1"), "it did so once"),
    "no-welcome": (PLAIN.replace('"welcome", 7) != 7', '"welc", 4) != 4'), "should get `welcome`"),
    "status": (PLAIN.replace("    }\n    return 0;\n}", "    }\n    return 3;\n}"), "status 0"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("same-port", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer != PLAIN
    feedback = labkit.check("same-port", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
