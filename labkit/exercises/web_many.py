"""The fourth stage of the learner's web server: clients that are slow, silent, gone, and several at once."""

from __future__ import annotations

from labkit.exercises.clients import Act, visit
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Requirement
from labkit.exercises.situation import told
from labkit.exercises.web_answers import answer_of, answers, asking, get, has, last_of, listens, served, visits
from labkit.exercises.web_one_answer import closes_connections

_STARTER = """\
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int seconds; // that a client is given to ask

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int send_all(int client, const char *data, size_t size)
{
    for (ssize_t put; size > 0; data += put, size -= put)
        if ((put = write(client, data, size)) < 0)
            return fail("write");
    return 0;
}

static int answer_file(int client, const char *path)
{
    static const char missing[] = "HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n";
    char head[200], block[4096];
    struct stat about;
    int file = strchr(path, '/') ? -1 : open(path, O_RDONLY), bad = 0;
    if (file < 0)
        return send_all(client, missing, sizeof missing - 1);
    if (fstat(file, &about) < 0)
        bad = fail("fstat");
    long long length = about.st_size;
    int size = snprintf(head, sizeof head, "HTTP/1.1 200 OK\\r\\nContent-Length: %lld\\r\\n\\r\\n", length);
    bad = bad || send_all(client, head, size);
    for (ssize_t got; !bad && (got = read(file, block, sizeof block)) != 0;)
        bad = got < 0 ? fail("read") : send_all(client, block, got);
    return close(file) < 0 || bad;
}

/* Reads a request up to its empty line into `request`; 0, or 1 if none came. */
static int read_request(int client, char *request, size_t size)
{
    ssize_t got = read(client, request, size - 1);
    if (got <= 0)
        return 1;
    request[got] = '\\0';
    return 0;
}

static int serve(int client)
{
    char request[4096], path[1000];
    if (read_request(client, request, sizeof request) != 0 || sscanf(request, "GET /%999s", path) != 1)
        return 1;
    return answer_file(client, path);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (argc < 3)
        return 2;
    at.sin_port = htons(atoi(argv[1]));
    seconds = atoi(argv[2]);
    int door = socket(AF_INET, SOCK_STREAM, 0);
    if (door < 0 || bind(door, (struct sockaddr *)&at, sizeof at) < 0 || listen(door, 16) < 0)
        return fail("listen");
    for (;;) {
        int client = accept(door, NULL, NULL);
        if (client < 0)
            return fail("accept");
        serve(client);
        if (close(client) < 0)
            return fail("close");
    }
}
"""
_NOTES = b"a few words\n"
_LARGE = bytes(6 << 20)  # more than the buffers of a connection hold
_FILES = (("notes.txt", _NOTES), ("large", _LARGE))
_GET = get("/notes.txt")
_GIVEN = 1  # second
_MOST = 3.0  # by when even a slow machine has given up on a client
_ZOMBIES = 2  # a server that looks for ended children when the next client comes may have that many
_IN_PIECES = tuple(_GET[at : at + 12] for at in range(0, len(_GET), 12))
_PIECES = asking("", visit(0, *_IN_PIECES), args=("0", str(_GIVEN * 10)), files=_FILES)
_SILENT = asking(
    "While another client says nothing",
    (Act(0, "come"), Act(1, "come"), Act(1, "say", _GET), Act(1, "hear", seconds=1.5)),
    (Act(0, "say", _GET), Act(0, "hear")),
    args=("0", str(_GIVEN * 10)),
    files=_FILES,
)
_REVERSE = asking(
    "When three clients come and speak in reverse order",
    tuple(Act(number, "come") for number in range(3)),
    *((Act(number, "say", _GET), Act(number, "hear")) for number in (2, 1, 0)),
    args=("0", str(_GIVEN * 10)),
    files=_FILES,
)
_HALF = asking(
    "When a client sends half a request and no more",
    (Act(0, "come"), Act(0, "say", b"GET /no"), Act(0, "hear", seconds=_MOST)),
    args=("0", str(_GIVEN)),
    files=_FILES,
)
_DRIP = asking(
    "When a client sends a byte now and then",
    (Act(0, "come"), Act(0, "say", b"GET /")),
    *((Act(0, "rest", seconds=0.2), Act(0, "say", b"n")) for _ in range(15)),  # a gap far below what it is given
    (Act(0, "hear", seconds=0.05),),  # who gives up a second after the last byte has not given up by now
    args=("0", str(_GIVEN)),
    files=_FILES,
)
_GONE = asking(
    "When a client goes away in the middle of its answer",
    (Act(0, "come"), Act(0, "say", get("/large")), Act(0, "take")),
    (Act(0, "end"), Act(0, "vanish"), Act(0, "rest", seconds=0.2)),  # after its FIN, the reset makes EPIPE of a write
    visit(1, _GET),
    args=("0", str(_GIVEN * 10)),
    files=_FILES,
)
_SIX = asking("When six clients have been served", *visits(*["/notes.txt"] * 6), args=("0", "10"), files=_FILES)


def _reads_on(observation: Observation) -> Finding | None:
    """A request that comes in pieces is put together."""
    found = listens(observation) or answers(0, "a request in pieces", has(200, _NOTES))(observation)
    if found is None or found.cause in ("does-not-listen", "all-addresses", "not-closed"):
        return found
    says = (
        "the client sent its request in pieces, as a network may deliver any, and did not get its file. One read "
        "brings what is there; read on until the empty line has come."
    )
    return Finding("partial-read", told(observation.situation, says), last_of("read", "recvfrom"))


def _meanwhile(number: int, cause: str, why: str) -> Judge:
    """Client `number` is served although another one, who came before it, is not yet done."""

    def judge(observation: Observation) -> Finding | None:
        answer = answer_of(observation, number, "GET /notes.txt")
        if isinstance(answer, Finding) and answer.cause == "no-answer":
            return Finding(cause, told(observation.situation, why), last_of("read", "recvfrom", "accept", "wait4"))
        return answer if isinstance(answer, Finding) else None

    return judge


def _gives_up(cause: str, why: str) -> Judge:
    """The server ended the connection of a client that took too long."""

    def judge(observation: Observation) -> Finding | None:
        if (found := listens(observation)) is not None:
            return found
        if served(observation).replies[0].ended in ("closed", "reset"):
            return None
        return Finding(cause, told(observation.situation, why), last_of("read", "recvfrom", "poll"))

    return judge


def _survives(observation: Observation) -> Finding | None:
    """The server is still there after a client broke off."""
    if (found := listens(observation)) is not None:
        return found
    if not served(observation).alive:
        says = (
            "the server has ended. That a write to one client fails, because it has gone, is the end of that "
            "connection only."
        )
        return Finding("ends-with-a-client", told(observation.situation, says), last_of("write", "sendto", "sendfile"))
    return answers(1, "the next client", has(200, _NOTES))(observation)


def _collects(observation: Observation) -> Finding | None:
    """Its children do not stay zombies."""
    zombies = served(observation).zombies
    if zombies <= _ZOMBIES:
        return None
    says = (
        f"{zombies} children have ended and stay zombies: nobody waits for them. Ignore SIGCHLD, or call waitpid with "
        "WNOHANG."
    )
    return Finding("zombies", told(observation.situation, says), last_of("clone", "fork", "clone3"))


_ALL_WAIT = "a client was not answered: the server waits in a read for another one, who says nothing."
WEB_MANY = Exercise(
    name="web-many",
    lecture=8,
    topics=("web-server",),
    kind="find and mend the fault",
    question=(
        "A web server, fourth stage. One patient client after another is served well; others are not. Mend it: a "
        "request may come in pieces; a client that says nothing must not hold up the others; who has not asked within "
        "argv[2] seconds is given up, also who sends a byte now and then; a client that goes away ends nothing but its "
        "own connection. Processes, threads or poll: as you like, but leave no zombies."
    ),
    done="Slow, silent and vanishing clients are their own affair now; all others are served.",
    starter=_STARTER,
    requirements=(
        Requirement("puts a request together", _PIECES, _reads_on),
        Requirement("serves others meanwhile", _SILENT, _meanwhile(1, "waits-for-the-slow", _ALL_WAIT)),
        Requirement("and the silent one when it speaks", _SILENT, answers(0, "the slow client", has(200, _NOTES))),
        *(
            Requirement("serves whoever speaks first", _REVERSE, _meanwhile(number, "waits-for-the-slow", _ALL_WAIT))
            for number in (2, 1, 0)
        ),
        Requirement(
            "gives up a silent client",
            _HALF,
            _gives_up(
                "never-gives-up",
                "the server still waits for the rest, long after the one second it was told: a client like this holds "
                "a process, or a thread, for ever. SO_RCVTIMEO, poll or alarm end the wait.",
            ),
        ),
        Requirement(
            "gives up a slow one",
            _DRIP,
            _gives_up(
                "time-starts-anew",
                "the client is never given up: each byte gives it another second. The time is for the whole request: "
                "count it from the beginning.",
            ),
        ),
        Requirement("survives clients that go away", _GONE, _survives),
        Requirement("leaves no zombies", _SIX, _collects),
        Requirement("closes what it opened", _SIX, closes_connections),
    ),
)
