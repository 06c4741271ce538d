"""The third stage of the learner's web server: it serves what is in its folder, and nothing else whatever is asked."""

from __future__ import annotations

from urllib.parse import unquote

from labkit.exercises.clients import visit
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Pointer, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import own_calls
from labkit.exercises.web_answers import Answer, answer_of, answers, asking, get, has, last_of, refused, visits
from labkit.exercises.web_serve_file import LISTENING
from labkit.model import Event, Inode, Recording

_STARTER = """\
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder; // what is in it may be served

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

static int refuse(int client, const char *status)
{
    char head[200];
    int size = snprintf(head, sizeof head, "HTTP/1.1 %s\\r\\nContent-Length: 0\\r\\n\\r\\n", status);
    return send_all(client, head, size);
}

/* Opens the file that a path (decoded, without its first slash) names; -1 if there is none, or none to be served. */
static int open_inside(const char *path)
{
    char whole[PATH_MAX];
    if (snprintf(whole, sizeof whole, "%s/%s", folder, path) >= (int)sizeof whole)
        return -1;
    return open(whole, O_RDONLY);
}

static int answer_file(int client, const char *path)
{
    char head[200], block[4096];
    struct stat about;
    int file = open_inside(path), bad = 0;
    if (file < 0)
        return refuse(client, "404 Not Found");
    if (fstat(file, &about) < 0)
        bad = fail("fstat");
    long long length = about.st_size;
    int size = snprintf(head, sizeof head, "HTTP/1.1 200 OK\\r\\nContent-Length: %lld\\r\\n\\r\\n", length);
    bad = bad || send_all(client, head, size);
    for (ssize_t got; !bad && (got = read(file, block, sizeof block)) != 0;)
        bad = got < 0 ? fail("read") : send_all(client, block, got);
    return close(file) < 0 || bad;
}

static void decode(char *text) // %41 becomes A
{
    char *to = text;
    for (unsigned byte; *text; text++)
        if (*text == '%' && isxdigit(text[1]) && isxdigit(text[2]) && sscanf(text + 1, "%2x", &byte) == 1) {
            *to++ = byte;
            text += 2;
        } else {
            *to++ = *text;
        }
    *to = '\\0';
}

static int serve(int client)
{
    char request[4096], method[20], path[1000];
    ssize_t got = read(client, request, sizeof request - 1);
    if (got < 0)
        return fail("read");
    request[got] = '\\0';
    if (sscanf(request, "%19s /%999s", method, path) != 2)
        return 0;
    decode(path);
    return answer_file(client, path);
}

""" + LISTENING.replace("argc < 2", "argc < 3").replace("    at.sin_port", "    folder = argv[2];\n    at.sin_port")
_SECRET = b"not for anybody\n"
_FILES = (
    ("site/index.html", b"<p>hello</p>\n"),
    ("site/below/leaf.txt", b"leaf\n"),
    ("site/a..b.txt", b"two dots\n"),
    ("site/with space.txt", b"space\n"),
    ("secret.txt", _SECRET),
    ("site-of-another/plan.txt", _SECRET),
)
_LINKS = (("site/out", "../secret.txt"),)


def _asked(says: str, *paths: str, recorded: bool = False) -> Situation:
    return asking(says, *visits(*paths), args=("0", "site"), files=_FILES, symlinks=_LINKS, recorded=recorded)


_GOOD = ("/index.html", "/below/leaf.txt", "/with%20space.txt", "/a..b.txt")
_DOTS = ("/../secret.txt", "/below/../../secret.txt")
_ENCODED = ("/%2e%2e/secret.txt", "/..%2fsecret.txt", "/below/.%2E/..%2Fsecret.txt")
_INSIDE = _asked("", *_GOOD)
_OUTSIDE = _asked("", *_DOTS, *_ENCODED, "/../site-of-another/plan.txt", "/out", "//etc/passwd")
_ODD = asking(
    "",
    *visits("/none", "/below"),
    visit(2, get("/index.html", "POST")),
    visit(3, b"what is this\r\n\r\n"),
    visit(4, get("/index.html")),
    args=("0", "site"),
    files=_FILES,
    symlinks=_LINKS,
)
_RECORDED = _asked("", "/../secret.txt", "/out", "/%2e%2e/site-of-another/plan.txt", recorded=True)


def _keeps(number: int, path: str, cause: str, why: str) -> Judge:
    """Client `number`, who asked for `path`, which leads out, was refused."""

    def judge(observation: Observation) -> Finding | None:
        answer = answer_of(observation, number, f"GET {path}")
        if isinstance(answer, Finding):
            return answer
        if answer.status in (400, 403, 404) and _SECRET not in answer.content:
            return None
        if answer.status != 200:
            return answers(number, f"GET {path}", refused(403, 404))(observation)
        says = f"a client asked for {path}, and got it. {why} Say 404 or 403."
        return Finding(cause, told(observation.situation, says), _opening(path))

    return judge


def _opening(path: str) -> Pointer:
    """Points at the last open of a file with the name that `path` ends in, or at the last open of all."""
    name = unquote(path).rpartition("/")[2]

    def at(recording: Recording) -> Event | None:
        opened = own_calls(recording, "open", "openat", "openat2")
        named = [event for event in opened if str(event.argument("path")).rpartition("/")[2] == name]
        return named[-1] if named else last_of("open", "openat", "openat2")(recording)

    return at


def _serves(number: int, path: str, content: bytes) -> Judge:
    """Client `number` got the file, which lies in the folder."""

    def judge(observation: Observation) -> Finding | None:
        answer = answer_of(observation, number, f"GET {path}")
        if isinstance(answer, Finding):
            return answer
        if answer.status != 200:
            says = f"GET {path} was answered with {answer.status}, but that file is in the folder and may be served."
            return Finding("refuses-too-much", told(observation.situation, says), _opening(path))
        return answers(number, f"GET {path}", has(200, content))(observation)

    return judge


def _method(answer: Answer) -> tuple[str, str] | None:
    if answer.status in (405, 501):
        return None
    return "method", f"it serves GET only, so the status should be 405 or 501, not {answer.status}."


def _nonsense(observation: Observation) -> Finding | None:
    """What is no request gets 400."""
    answer = answer_of(observation, 3, "what is no request")
    if isinstance(answer, Answer) and answer.status == 400:
        return None
    says = "what is no request of HTTP should be answered with 400 Bad Request, so that the client knows."
    return Finding("bad-request", told(observation.situation, says), last_of("read", "recvfrom"))


def _opens_nothing_outside(observation: Observation) -> Finding | None:
    """No file outside the folder is opened, not even to look at it."""
    for event in observation.recording.calls("open", "openat", "openat2"):
        for change in event.changes:
            if isinstance(change.value, Inode) and change.value.path.endswith(("secret.txt", "plan.txt")):
                says = (
                    "a file outside the folder was opened, although it was not sent. To open is to act already (a pipe "
                    "waits, a device starts): know where a path leads before you open it."
                )
                return Finding("opens-outside", told(observation.situation, says), exactly(event))
    return None


_BECAUSE_DOTS = ".. leads out of the folder."
_BECAUSE_CODE = "%2e is a dot and %2f a slash: look at the path when it is decoded."
WEB_STAY_INSIDE = Exercise(
    name="web-stay-inside",
    lecture=8,
    topics=("web-server",),
    kind="find and mend the fault",
    question=(
        "A web server, third stage. This one serves the folder that argv[2] names, and every other file of yours to "
        "whoever asks cleverly. Mend `open_inside`, so that nothing outside the folder is opened, by no path and no "
        "link, and everything inside is still served; and let `serve` refuse other methods than GET, and what is no "
        "request. openat2(2) or realpath(3) may help."
    ),
    done="What is inside is served, and what is outside is not even opened.",
    starter=_STARTER,
    requirements=(
        *(
            Requirement("serves what is in its folder", _INSIDE, _serves(number, path, content))
            for number, (path, content) in enumerate(
                zip(_GOOD, (b"<p>hello</p>\n", b"leaf\n", b"space\n", b"two dots\n"), strict=True)
            )
        ),
        *(
            Requirement("is not led out by ..", _OUTSIDE, _keeps(number, path, "escapes-dots", _BECAUSE_DOTS))
            for number, path in enumerate(_DOTS)
        ),
        *(
            Requirement("nor by .. in disguise", _OUTSIDE, _keeps(number, path, "escapes-encoded", _BECAUSE_CODE))
            for number, path in enumerate(_ENCODED, len(_DOTS))
        ),
        Requirement(
            "nor to a folder with a longer name",
            _OUTSIDE,
            _keeps(
                5,
                "/../site-of-another/plan.txt",
                "escapes-prefix",
                "That its name begins like that of the folder does not put it inside: compare with a slash behind.",
            ),
        ),
        Requirement(
            "nor by a symbolic link",
            _OUTSIDE,
            _keeps(6, "/out", "escapes-link", "out is a symbolic link, and open follows it, to ../secret.txt."),
        ),
        Requirement(
            "nor by a second slash",
            _OUTSIDE,
            _keeps(7, "//etc/passwd", "escapes-absolute", "What begins with / is a path from the root."),
        ),
        Requirement("says 404 for what is not there", _ODD, answers(0, "GET /none", refused(404))),
        Requirement("sends no folder", _ODD, answers(1, "GET /below, a folder", refused(403, 404))),
        Requirement("refuses other methods", _ODD, answers(2, "POST /index.html", _method)),
        Requirement("refuses what is no request", _ODD, _nonsense),
        Requirement("goes on after that", _ODD, answers(4, "GET /index.html", has(200, b"<p>hello</p>\n"))),
        Requirement("opens nothing outside", _RECORDED, _opens_nothing_outside),
    ),
)
