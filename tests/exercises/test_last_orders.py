"""last-orders: every way to hear SIGTERM and to finish is right; who cuts off, stays, or takes one more is told so."""

import pytest

import labkit
from labkit.exercises.all_at_once import SERVER
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["last-orders"].starter
FLAG = "static volatile sig_atomic_t done;\nstatic void told(int number) { (void)number; done = 1; }\n"
SIGACTION = """
    struct sigaction on_end = { .sa_handler = told, .sa_flags = %s };
    sigaction(SIGTERM, &on_end, NULL);
"""
READ = "while ((n = read(client, bytes, sizeof bytes)) > 0) {"
AGAIN = """while ((n = read(client, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR)) {
        if (n < 0) continue;"""
LOOP = """
    while (!done) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) { if (errno == EINTR) continue; perror("accept"); return 1; }
        if (serve(client) != 0) perror("client");
        close(client);
    }
    return 0;
}
"""


def server(handler: str = FLAG, flags: str = "0", read: str = AGAIN, loop: str = LOOP) -> str:
    text = SERVER.replace("static int serve(", "static int listener;\n" + handler + "static int serve(", 1)
    text = text.replace("int listener = socket(", "listener = socket(").replace(READ, read)
    return "#include <errno.h>\n#include <poll.h>\n#include <sys/signalfd.h>\n" + text + SIGACTION % flags + loop


SHUT = FLAG.replace("done = 1;", "done = 1; shutdown(listener, SHUT_RDWR);")
ENDS = LOOP.replace("if (errno == EINTR) continue; perror", "if (done) break; perror")
SIGNALFD = """
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL);
    struct pollfd two[2] = {{.fd = signalfd(-1, &end, 0), .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    for (;;) {
        if (poll(two, 2, -1) < 0) return 1;
        if (two[0].revents) return 0;
        int client = accept(listener, NULL, NULL);
        if (client < 0) return 1;
        serve(client);
        close(client);
    }
}
"""
FORKS = """
    while (!done) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) { if (errno == EINTR) continue; return 1; }
        if (fork() == 0) { close(listener); signal(SIGTERM, SIG_IGN); exit(serve(client)); }
        close(client);
    }
    close(listener);
    while (wait(NULL) > 0)
        ;
    return 0;
}
"""
PPOLL = """
    sigset_t end, none;
    sigemptyset(&none);
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL);
    while (!done) {
        struct pollfd one = {.fd = listener, .events = POLLIN};
        if (ppoll(&one, 1, NULL, &none) < 0) { if (errno == EINTR) continue; return 1; }
        int client = accept(listener, NULL, NULL);
        if (client < 0) return 1;
        serve(client);
        close(client);
    }
    return 0;
}
"""
PIPE = """
    if (pipe(ends) < 0) return 1;
    for (;;) {
        struct pollfd two[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = listener, .events = POLLIN}};
        if (poll(two, 2, -1) < 0) { if (errno == EINTR) continue; return 1; }
        if (two[0].revents) return 0;
        int client = accept(listener, NULL, NULL);
        if (client < 0) return 1;
        serve(client);
        close(client);
    }
}
"""
TELLS = """static int ends[2];
static void told(int number) { (void)number; if (write(ends[1], "x", 1) != 1) _exit(1); }
"""
IGNORES = """
    signal(SIGTERM, SIG_IGN);
    (void)told;
"""
DRAINS = """
    for (;;) {
        struct pollfd more = {.fd = listener, .events = POLLIN};
        if (done && poll(&more, 1, 0) <= 0) return 0;
        int client = accept(listener, NULL, NULL);
        if (client < 0) { if (errno == EINTR) continue; return 1; }
        serve(client);
        close(client);
    }
}
"""
RIGHT = {
    "a flag, and calls that return": server(),
    "the handler shuts the listener down": server(SHUT, "SA_RESTART", READ, ENDS),
    "signalfd": server(loop=SIGNALFD, read=READ),
    "a pipe to itself": server(TELLS, "SA_RESTART", READ, PIPE),
    "processes, waited for at the end": server(loop=FORKS, read=READ),
}
WRONG = {
    "killed": STARTER,
    "stays": server(flags="SA_RESTART"),
    "stays, deaf": server().replace(SIGACTION % "0", IGNORES),
    "cut-off": server(FLAG.replace("done = 1;", "done = 1; _exit(0);")),
    "cut-off, by EINTR": server(read=READ),
    "status": server(loop=LOOP.replace("if (errno == EINTR) continue; ", "")),
    "status, on purpose": server(loop=LOOP.replace("return 0;", "return 143;")),
    "serves-more": server(loop=DRAINS),
    # pending while it serves, and not delivered by a ppoll that need not wait: B is ready
    "serves-more, blocked meanwhile": "#define _GNU_SOURCE\n" + server(loop=PPOLL, read=READ),
    "stays, closed by nobody": server(loop=LOOP.replace("while (!done) {", "while (!done || pause() < 0) {")),
    "does-not-compile": STARTER.replace("accept(", "accpet("),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("last-orders", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("last-orders", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
