"""whole-answer: whoever looks up, sends, ends one direction and reads to the end is right, by whatever calls."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["whole-answer"].starter
FAIL = "static int fail(const char *what)\n{\n    perror(what);\n    return 1;\n}\n\n"
CONNECT = """\
    struct addrinfo *list, *one, wanted = { .ai_socktype = SOCK_STREAM };
    int fd = -1;
    if (getaddrinfo(argv[1], argv[2], &wanted, &list) != 0)
        return fail("getaddrinfo");
    for (one = list; one != NULL; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0)
            break;
        perror("connect");
        close(fd);
    }
    freeaddrinfo(list);
    if (one == NULL)
        return 1;
"""
SEND = """\
    ssize_t size = strlen(argv[3]), got;
    if (write(fd, argv[3], size) != size || shutdown(fd, SHUT_WR) < 0)
        return fail("write");
"""
PRINT = """\
    char bytes[512];
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        if (fwrite(bytes, 1, got, stdout) != (size_t)got)
            return fail("fwrite");
    if (got < 0 || close(fd) < 0)
        return fail("read");
"""


def whole(connect: str = CONNECT, send: str = SEND, answer: str = PRINT) -> str:
    head, rest = STARTER.replace("int main", FAIL + "int main").split("    // 1.")
    return head + connect + send + answer + rest.partition("there is no more.\n\n    return")[1][-10:] + " 0;\n}\n"


PLAIN = whole()
LOOP, WRITE = PRINT.splitlines(keepends=True)[1], "if (fwrite(bytes, 1, got, stdout) != (size_t)got)"
BY_HAND = """\
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])) };
    to.sin_addr.s_addr = inet_addr(argv[1]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return fail("connect");
"""
INCLUDES = "#include <arpa/inet.h>\n#include <stdlib.h>\n"
RIGHT = {
    "plain": PLAIN,
    "a byte at a time": whole(answer=PRINT.replace("bytes[512]", "bytes[1]")),
    "with send and recv": whole(
        send=SEND.replace("write(fd, argv[3], size)", "send(fd, argv[3], size, MSG_NOSIGNAL)"),
        answer=PRINT.replace("read(fd, bytes, sizeof bytes)", "recv(fd, bytes, sizeof bytes, 0)"),
    ),
    "all of it at once": whole(
        answer=PRINT.replace("read(fd, bytes, sizeof bytes)", "recv(fd, bytes, 512, MSG_WAITALL)")
    ),
    "with a stream": whole(
        answer='    FILE *in = fdopen(fd, "r");\n    (void)got;\n'
        "    for (int c; (c = getc(in)) != EOF;)\n        putchar(c);\n"
        "    if (fclose(in) != 0)\n        return 1;\n"
    ),
    "write to descriptor 1": whole(
        answer=PRINT.replace("fwrite(bytes, 1, got, stdout) != (size_t)got", "write(STDOUT_FILENO, bytes, got) != got")
    ),
    "gethostbyname": INCLUDES
    + whole(
        connect=BY_HAND.replace(
            "    to.sin_addr.s_addr = inet_addr(argv[1]);\n",
            "    struct hostent *found = gethostbyname(argv[1]);\n    if (found == NULL)\n        return 1;\n"
            "    to.sin_addr = *(struct in_addr *)found->h_addr_list[0];\n",
        )
    ),
}
WRONG = {
    "never-connects": (STARTER, "never connects"),
    "wrong-address": (PLAIN.replace("argv[2], &wanted", '"1", &wanted'), "although the server is there"),
    "no-shutdown": (whole(send=SEND.replace(" || shutdown(fd, SHUT_WR) < 0", "")), "nobody told it"),
    "shuts-both": (whole(send=SEND.replace("SHUT_WR", "SHUT_RDWR")), "SHUT_WR ends only"),
    "one-read": (
        whole(answer=PRINT.replace("    while ((got", "    if ((got").replace("if (got < 0 || ", "if (")),
        "took them for all there is",
    ),
    "one-read, until one is not full": (
        PLAIN.replace(LOOP, "    do {\n        got = read(fd, bytes, sizeof bytes);\n").replace(
            'return fail("fwrite");\n', 'return fail("fwrite");\n    } while (got == sizeof bytes);\n'
        ),
        "took them for all there is",
    ),
    "stops-at-nul": (
        PLAIN.replace(LOOP, LOOP.replace("sizeof bytes)", "sizeof bytes - 1)")).replace(
            WRITE, "if ((bytes[got] = 0, fputs(bytes, stdout)) == EOF)"
        ),
        "take their number",
    ),
    "left-over": (PLAIN.replace(WRITE, "if (fwrite(bytes, 1, sizeof bytes, stdout) == 0)"), "more than came"),
    "sends-the-zero": (whole(send=SEND.replace("strlen(argv[3])", "strlen(argv[3]) + 1")), "the zero at the end"),
    "no-lookup": (INCLUDES + whole(connect=BY_HAND), "getaddrinfo(3) looks up both"),
    "failed-connect-ignored": (
        PLAIN.replace("    if (one == NULL)\n        return 1;\n", "    if (one == NULL)\n        return 0;\n"),
        "ended with status 0",
    ),
    "silent": (whole(connect=CONNECT.replace('        perror("connect");\n', "")), "said nothing"),
    "does-not-compile": (whole(answer=PRINT.replace("char bytes[512];", "char bytes[512]")), "Line"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("whole-answer", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer != PLAIN
    feedback = labkit.check("whole-answer", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
