# ruff: noqa: E501 - sentences are longer than lines
"""Calls that failed: the errno's name, its meaning and the usual cause for that call."""

from dataclasses import replace

import pytest

from labkit.decode.calls import CALLS
from labkit.decode.errnos import NUMBER
from labkit.decode.replay import steps
from labkit.decode.story import story
from labkit.decode.story.errno_words import CAUSE, MEANING
from labkit.decode.story.failures import _FAMILY, _SPECIFIC
from labkit.model import Argument, Event, Fault
from tests.decode.happenings import recording
from tests.decode.story.situations import recorded

INTERNET = """struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a; f = socket(AF_INET, SOCK_STREAM, 0); """
# The program, the call, its errno, and words of the sentence on it.
REAL = [
    (
        'open("no/such", O_RDONLY);',
        "openat",
        "ENOENT",
        "the file, or a folder on the way to it, is not there; O_CREAT would have made it",
    ),
    ('open("no/such", O_CREAT|O_WRONLY, 0600);', "openat", "ENOENT", "O_CREAT makes files, not folders"),
    ('open("/etc", O_WRONLY);', "openat", "EISDIR", "it is a folder, and folders cannot be opened for writing"),
    ('open("/etc/passwd/x", 0);', "openat", "ENOTDIR", "leads to something that is no folder"),
    ('open("/etc/passwd", O_CREAT|O_EXCL, 0600);', "openat", "EEXIST", "O_CREAT with O_EXCL insists on making it"),
    ('symlink("l", "l"); open("l", 0);', "openat", "ELOOP", "links lead in a circle"),
    (
        'mkfifo("q", 0600); open("q", O_WRONLY|O_NONBLOCK);',
        "openat",
        "ENXIO",
        "a FIFO that nobody has open for reading",
    ),
    (
        'struct rlimit r = {4, 4}; setrlimit(RLIMIT_NOFILE, &r); open("/dev/null", 0); open("/dev/null", 0);',
        "openat",
        "EMFILE",
        "as many descriptors as it may",
    ),
    ("open((void *)1, 0);", "openat", "EFAULT", "not in the process's memory"),
    ("read(99, x, 1);", "read", "EBADF", "P1 has no fd 99: it was never opened, or closed already"),
    ("read(-1, x, 1);", "read", "EBADF", "that is no descriptor: an earlier call failed"),
    (
        'f = open("/dev/null", O_WRONLY); read(f, x, 1);',
        "read",
        "EBADF",
        "F4 (/dev/null) is open as O_WRONLY, not for reading",
    ),
    (
        'f = open("/dev/null", O_RDONLY); write(f, x, 1);',
        "write",
        "EBADF",
        "F4 (/dev/null) is open as O_RDONLY, not for writing",
    ),
    ('read(open("/", 0), x, 1);', "read", "EISDIR", "fd 3 leads to a folder, /: readdir lists it, read does not"),
    (
        "pipe2(p, O_NONBLOCK); read(p[0], x, 1);",
        "read",
        "EAGAIN",
        "nothing is there to be read, and it was not to wait",
    ),
    (
        "pipe2(p, O_NONBLOCK); while (write(p[1], x, 100) > 0) ;",
        "write",
        "EAGAIN",
        "there is no room, and it was not to wait",
    ),
    (
        'read(open("/etc/passwd", 0), (void *)1, 1);',
        "read",
        "EFAULT",
        "the buffer it was given is not in the process's memory",
    ),
    (
        "pipe(p); write(p[1], (void *)1, 1);",
        "write",
        "EFAULT",
        "the bytes it was to write are not in the process's memory",
    ),
    (
        "signal(SIGPIPE, SIG_IGN); pipe(p); close(p[0]); write(p[1], x, 1);",
        "write",
        "EPIPE",
        "nobody has the read end of pipe A open any more; SIGPIPE came with it and is ignored",
    ),
    ('f = open("/dev/full", O_WRONLY); write(f, x, 1);', "write", "ENOSPC", "the file system is full"),
    (
        'struct rlimit r = {9, 9}; setrlimit(RLIMIT_FSIZE, &r); signal(SIGXFSZ, SIG_IGN); f = open("o", O_CREAT|O_WRONLY, 0600); write(f, x, 9); write(f, x, 1);',
        "write",
        "EFBIG",
        "larger than the process, or the file system, allows",
    ),
    ("pipe(p); lseek(p[0], 0, SEEK_SET);", "lseek", "ESPIPE", "pipe A has no offset: what passed through it is gone"),
    ('lseek(open("/etc/passwd", 0), -5, SEEK_SET);', "lseek", "EINVAL", "the new offset would be negative"),
    ("dup2(99, 1);", "dup2", "EBADF", "fd 99 is not open"),
    ("close(99);", "close", "EBADF", "P1 has no fd 99"),
    ("wait(NULL);", "wait4", "ECHILD", "it has no children left to wait for"),
    ('execl("/no/such", "x", NULL);', "execve", "ENOENT", "there is no such program"),
    ('execl("/etc/passwd", "x", NULL);', "execve", "EACCES", "not marked as executable"),
    (
        'f = open("s", O_CREAT|O_WRONLY, 0700); write(f, "xx", 2); close(f); execl("./s", "s", NULL);',
        "execve",
        "ENOEXEC",
        "neither a binary for this machine nor a script",
    ),
    ('unlink("nothing");', "unlink", "ENOENT", "there is no such name to remove"),
    ('mkdir("d", 0700); unlink("d");', "unlink", "EISDIR", "for a folder there is rmdir"),
    (
        'mkdir("d", 0700); close(creat("d/f", 0600)); rmdir("d");',
        "rmdir",
        "ENOTEMPTY",
        "the folder still has something in it",
    ),
    ('mkdir("d", 0700); mkdir("d", 0700);', "mkdir", "EEXIST", "something of that name already"),
    (
        "kill(999999, 0); pid_t c = fork(); if (!c) _exit(0); wait(0); kill(c, SIGTERM);",
        "kill",
        "ESRCH",
        "there is no such process any more",
    ),
    (
        INTERNET
        + "bind(f, (void *)&a, n); listen(f, 1); getsockname(f, (void *)&a, &n); bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, n);",
        "bind",
        "EADDRINUSE",
        "another socket has this address",
    ),
    (INTERNET + "bind(f, (void *)&a, n); bind(f, (void *)&a, n);", "bind", "EINVAL", "the socket is bound already"),
    (INTERNET + "a.sin_port = htons(1); connect(f, (void *)&a, n);", "connect", "ECONNREFUSED", "nobody listens there"),
    (INTERNET + "accept(f, 0, 0);", "accept", "EINVAL", "listen comes before accept"),
    (INTERNET + "read(f, x, 1);", "read", "ENOTCONN", "never connected"),
    (INTERNET + "shutdown(f, SHUT_WR);", "shutdown", "ENOTCONN", "not connected"),
    (
        INTERNET + "bind(f, (void *)&a, n); listen(f, 1); fcntl(f, F_SETFL, O_NONBLOCK); accept(f, 0, 0);",
        "accept",
        "EAGAIN",
        "no connection waits in its queue",
    ),
    (
        'struct sockaddr_un u = {AF_UNIX, "s"}; connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&u, sizeof u);',
        "connect",
        "ENOENT",
        "no socket of that name",
    ),
    ("bind(1, (void *)x, 8);", "bind", "ENOTSOCK", "leads to something that is no socket"),
    ('f = open("/dev/null", 0); isatty(f);', "ioctl", "ENOTTY", "/dev/null is not a terminal"),
    ("pipe(p); fsync(p[0]);", "fsync", "EINVAL", "no disk behind it"),
    ('rename("nothing", "x");', "rename", "ENOENT", "nothing of the old name"),
    (
        "signal(SIGALRM, SIG_IGN); struct sigaction s = {.sa_handler = (void (*)(int))getpid}; sigaction(SIGALRM, &s, 0); ualarm(20000, 0); pipe(p); poll(&(struct pollfd){p[0], POLLIN, 0}, 1, -1);",
        "poll",
        "ERESTART_RESTARTBLOCK",
        "a signal interrupted poll",
    ),
]


@pytest.mark.parametrize(
    ("body", "call", "errno", "words"), REAL, ids=lambda value: value[:24] if isinstance(value, str) else ""
)
def test_a_real_failure_is_told_with_its_cause(body, call, errno, words):
    made = recorded("    " + body)
    failed = [event.index for event in made.calls(call) if event.errno == errno and event.place.phase != "before main"]
    if errno == "ERESTART_RESTARTBLOCK" and not failed:
        failed = [event.index for event in made.calls(call) if event.errno.startswith("ERESTART")]
    assert failed, [(event.call, event.errno) for event in made.calls() if event.errno]
    told = [
        line
        for step, line in zip(steps(made), story(made), strict=True)
        if step.event == failed[-1] and step.part != "enters"
    ]
    assert words in told[0], told
    if not errno.startswith("ERESTART"):
        assert f"failed with {errno} ({MEANING[errno]})" in told[0]


def _failing(call, errno):
    """A recording of one call that failed, with arguments of the kinds its row has."""
    kinds = {"fd": 3, "dirfd": -100, "path": "a/b", "flags": 0}
    args = tuple(
        Argument(parameter.name, "fd" if parameter.kind == "dirfd" else parameter.kind if parameter.kind in kinds else "int",
                 kinds.get(parameter.kind, 0), str(kinds.get(parameter.kind, 0)))
        for parameter in CALLS[call].parameters
    )  # fmt: skip
    return recording((Event(0, "call", 100, 100, 0, 1, 0.0, 0.0, call=call, args=args, result=-1, errno=errno),))


@pytest.mark.parametrize(("family", "errno"), sorted(_SPECIFIC))
def test_every_row_is_reached_and_has_no_gap(family, errno):
    call = next((name for name, of in _FAMILY.items() if of == family), family)
    call = family if family in CALLS and family not in _FAMILY else call
    if family == "seek":
        call = "lseek"
    (told,) = story(_failing(call, errno))
    assert errno in NUMBER and f"failed with {errno} ({MEANING[errno]}): " in told
    assert "{" not in told and len(told) <= 280
    text = _SPECIFIC[family, errno]
    assert text.partition("{")[0].strip() in told or errno in ("EBADF", "ENOENT", "EPIPE")


@pytest.mark.parametrize("errno", sorted(MEANING))
def test_every_errno_has_a_meaning_and_a_cause(errno):
    (told,) = story(_failing("fchmod", errno))
    assert errno in NUMBER and told.startswith(
        f"P1: fchmod on fd 3 (socket A) failed with {errno} ({MEANING[errno]}): "
    )
    assert CAUSE[errno]
    if errno != "EPIPE":  # told by what the descriptor leads to
        assert told.endswith(CAUSE[errno])


def test_an_errno_without_a_row_is_told_by_name():
    assert "failed with EBADE" in story(_failing("fchmod", "EBADE"))[0]


@pytest.mark.parametrize("errno", ["ENOSPC", "EIO", "EINTR", "EDQUOT"])
def test_an_injected_failure_says_so(errno):
    made = recorded('    f = creat("o", 0600); write(f, "0123456789", 10);', inject=[Fault("write", 1, errno=errno)])
    told = [line for line in story(made) if "write of 10 bytes" in line]
    assert told == [
        f"P1: write of 10 bytes to fd 3 (o) failed with {errno} ({MEANING[errno]}), because this recording made it fail "
        "(an injected fault): the call was not executed"
    ]
    assert "injected" not in story(replace(made, events=tuple(replace(e, detail="") for e in made.events)))[-4]


def test_a_failure_inside_a_library_function_names_it():
    told = story(recorded('    fopen("no/such", "r");'))
    assert any(
        line.startswith('P1\'s fopen: open of "no/such" failed with ENOENT (no such file or directory): ')
        for line in told
    )
