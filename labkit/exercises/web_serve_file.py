"""The second stage of the learner's web server: what is asked for is a file, and its bytes are the answer."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Requirement
from labkit.exercises.situation import told
from labkit.exercises.touched import injected, number
from labkit.exercises.web_answers import answers, asking, has, last_of, refused, visits
from labkit.exercises.web_one_answer import closes_connections
from labkit.model import Fault

LISTENING = """\
int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (argc < 2)
        return 2;
    at.sin_port = htons(atoi(argv[1]));
    int door = socket(AF_INET, SOCK_STREAM, 0);
    if (door < 0 || bind(door, (struct sockaddr *)&at, sizeof at) < 0 || listen(door, 16) < 0)
        return fail("listen");
    for (;;) {
        int client = accept(door, NULL, NULL);
        if (client < 0)
            return fail("accept");
        if (serve(client) != 0)
            fprintf(stderr, "a client was not served\\n");
        if (close(client) < 0)
            return fail("close");
    }
}
"""
_STARTER = (
    """\
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int send_text(int client, const char *text)
{
    for (size_t done = 0, size = strlen(text); done < size;) {
        ssize_t put = write(client, text + done, size - done);
        if (put < 0)
            return fail("write");
        done += put;
    }
    return 0;
}

static int missing(int client)
{
    return send_text(client, "HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n");
}

/* To do: answer 200 with the bytes of the file, all of them and only them, or `missing` if there is no such file. */
static int answer_file(int client, const char *path)
{
    (void)path;
    return missing(client);
}

static int serve(int client)
{
    char request[4096], path[1000];
    ssize_t got = read(client, request, sizeof request - 1);
    if (got < 0)
        return fail("read");
    request[got] = '\\0';
    if (sscanf(request, "GET /%999s", path) != 1)
        return missing(client);
    return answer_file(client, path);
}

"""
    + LISTENING
)
_BYTES = b"7 bytes" + bytes(range(256)) * 40  # no block of a usual size ends before a 0
_LARGE = b"".join(b"%06d\n" % number for number in range(80_000))
FILES = (("notes.txt", b"a few words\n"), ("every-byte", _BYTES), ("empty", b""), ("large", _LARGE))
_SHORTLY = tuple(Fault(call, 1, length=1000, onwards=True) for call in ("write", "sendto"))


NOTES = asking("", *visits("/notes.txt"), files=FILES)
ALL = asking("", *visits("/every-byte", "/empty", "/large", "/none", "/notes.txt"), files=FILES)
MANY = asking("Asked twelve times", *visits(*["/notes.txt", "/every-byte"] * 6), files=FILES)
PARTS = asking("When a write takes only part", *visits("/every-byte"), files=FILES, recorded=True, faults=_SHORTLY)


def _goes_on(observation: Observation) -> Finding | None:
    """After a write that took only part it sends the rest."""
    judge: Judge = answers(0, "GET /every-byte", has(200, _BYTES))
    found = judge(observation)
    if found is None:
        return None
    cut = injected(observation.recording, "write", "sendto")
    short = next(
        (event for event in cut if (event.result or 0) < max(number(event, "count"), number(event, "len"))), None
    )
    if short is None:
        return found
    says = (
        f"{short.call} took {short.result or 0:,} bytes and not all, which it may, and the rest was never sent. Go on "
        "until all are."
    )
    return Finding("short-write", told(observation.situation, says), last_of("write", "sendto"))


WEB_SERVE_FILE = Exercise(
    name="web-serve-file",
    lecture=8,
    topics=("web-server",),
    kind="complete a program",
    question=(
        "A web server, second stage. The path is cut out of the request already: write `answer_file`. It sends the "
        "file's bytes, whatever they are and however many, with their number in Content-Length; 404 if there is no "
        "such file. Who sends no file must not keep it open either."
    ),
    done="Files of any size and content come whole, and the missing are said to be missing.",
    starter=_STARTER,
    requirements=(
        Requirement("sends a file", NOTES, answers(0, "GET /notes.txt", has(200, b"a few words\n"))),
        Requirement("sends bytes of every kind", ALL, answers(0, "GET /every-byte", has(200, _BYTES))),
        Requirement("sends an empty file", ALL, answers(1, "GET /empty", has(200, b""))),
        Requirement("sends a large file", ALL, answers(2, "GET /large", has(200, _LARGE))),
        Requirement("says 404 for a file that is not there", ALL, answers(3, "GET /none", refused(404))),
        Requirement("goes on after that", ALL, answers(4, "GET /notes.txt", has(200, b"a few words\n"))),
        Requirement("closes what it opened", MANY, closes_connections),
        Requirement("sends the rest after a short write", PARTS, _goes_on),
    ),
)
