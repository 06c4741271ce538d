"""web-one-answer: whoever reads and answers is right, in any way; each mistake is told by its own name."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["web-one-answer"].starter
TODO = "    (void)client;\n    return 0;\n"
TEXT = '"HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n"'
READ = """    char request[4096];
    if (read(client, request, sizeof request) <= 0)
        return 1;
"""
SEND = f"    const char *text = {TEXT};\n    return write(client, text, strlen(text)) != (ssize_t)strlen(text);\n"
CLOSE = '        if (close(client) < 0)\n            return fail("close");\n'
SIMPLE = STARTER.replace(TODO, READ + SEND)
UNTIL_EMPTY = STARTER.replace(
    TODO,
    """    char request[4097];
    size_t size = 0;
    while (size < 4096) {
        ssize_t got = recv(client, request + size, 4096 - size, 0);
        if (got <= 0)
            return 1;
        request[size += got] = '\\0';
        if (strstr(request, "\\r\\n\\r\\n"))
            break;
    }
"""
    + SEND.replace("write(client, text, strlen(text))", "send(client, text, strlen(text), MSG_NOSIGNAL)"),
)
STREAMS = STARTER.replace(
    TODO,
    f"""    char line[1000];
    FILE *in = fdopen(dup(client), "r");
    if (in == NULL)
        return 1;
    while (fgets(line, sizeof line, in) && strcmp(line, "\\r\\n") != 0)
        ;
    fclose(in);
    return dprintf(client, {TEXT}) < 0;
""",
)
FORKS = (
    SIMPLE.replace("#include <stdio.h>", "#include <signal.h>\n#include <stdio.h>")
    .replace(
        "        if (serve(client) != 0)\n",
        "        if (fork() == 0)\n            return serve(client);\n        if (0)\n",
    )
    .replace("    for (;;) {\n", "    signal(SIGCHLD, SIG_IGN);\n    for (;;) {\n")
)
HALF_CLOSES = SIMPLE.replace(
    SEND, SEND.replace("    return write", "    int bad = write") + "    return shutdown(client, SHUT_WR) < 0 || bad;\n"
)
RIGHT = {"simple": SIMPLE, "until the empty line": UNTIL_EMPTY, "streams": STREAMS, "forks": FORKS, "half": HALF_CLOSES}
WRONG = {
    "no-answer": (STARTER, "nothing came back"),
    "no-answer, on its own output": (SIMPLE.replace("write(client, text", "write(1, text"), "nothing came back"),
    "bare-newline": (SIMPLE.replace("\\r\\n", "\\n"), "end with \\n alone"),
    "no-empty-line": (SIMPLE.replace("6\\r\\n\\r\\nhello", "6\\r\\nhello"), "ends with an empty line"),
    "no-status-line": (SIMPLE.replace("HTTP/1.1 200 OK\\r\\n", ""), "begins with a status line"),
    "no-status-line, a word": (SIMPLE.replace("HTTP/1.1 200 OK", "HTTP/1.1 OK"), "first line should be like"),
    "no-length": (SIMPLE.replace("Content-Length: 6\\r\\n", ""), "Content-Length"),
    "length-wrong": (SIMPLE.replace("Content-Length: 6", "Content-Length: 5"), "5 bytes, and 6 came"),
    "content-wrong": (SIMPLE.replace("hello\\n", "Hello\\n"), "should be"),
    "status-wrong": (SIMPLE.replace("200 OK", "404 Not Found"), "should be 200, not 404"),
    "not-closed": (SIMPLE.replace(CLOSE, ""), "not closed"),
    "leak": (HALF_CLOSES.replace(CLOSE, ""), "never closed"),
    "ends-after-one": (SIMPLE.replace(CLOSE, "        return 0;\n"), "nobody listens any more"),
    "all-addresses": (SIMPLE.replace("INADDR_LOOPBACK", "INADDR_ANY"), "every address"),
    "does-not-listen": (SIMPLE.replace("listen(door, 16)", "(door - door)"), "ended with status 1"),
    "own-port": (SIMPLE.replace("htons(atoi(argv[1]))", "htons(20000 + getpid() % 10000)"), "not the one that argv[1]"),
    "reset": (SIMPLE.replace("request, sizeof request)", "request, 10)"), "broken off"),
    "answers-unasked": (
        STARTER.replace(TODO, SEND.replace("    return write", "    int bad = write") + READ + "    return bad;\n"),
        "before it has read",
    ),
    "crash": (SIMPLE.replace("strlen(text))", "strlen(NULL))", 1), "crashes"),
}  # fmt: skip


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("web-one-answer", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer not in RIGHT.values()
    feedback = labkit.check("web-one-answer", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
