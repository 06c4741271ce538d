"""one-for-all: poll, select and epoll are right; more tasks, naps, spinning and lost clients are found."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["one-for-all"].starter
BEGIN = STARTER[: STARTER.index("    for (;;) {\n        int client = accept")]
HEADS = "#include <errno.h>\n#include <fcntl.h>\n#include <sys/select.h>\n#include <time.h>\n"
POLL = """
    struct pollfd all[64] = {{.fd = listener, .events = POLLIN}};
    int count = 1;
    for (;;) {
        if (poll(all, count, -1) < 0) return 1;
        for (int i = count - 1; i > 0; i--)
            if (all[i].revents && !serve_once(all[i].fd)) {
                close(all[i].fd);
                all[i] = all[--count];
            }
        if (all[0].revents)
            all[count++] = (struct pollfd){.fd = accept(listener, NULL, NULL), .events = POLLIN};
    }
}
"""
SELECT = """
    fd_set all, now;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    for (int most = listener;;) {
        now = all;
        if (select(most + 1, &now, NULL, NULL, NULL) < 0) return 1;
        for (int fd = 0; fd <= most; fd++) {
            if (!FD_ISSET(fd, &now)) continue;
            if (fd == listener) {
                int client = accept(listener, NULL, NULL);
                if (client < 0) return 1;
                FD_SET(client, &all);
                if (client > most) most = client;
            } else if (!serve_once(fd)) {
                close(fd);
                FD_CLR(fd, &all);
            }
        }
    }
}
"""
EPOLL = """
    int watching = epoll_create1(0);
    struct epoll_event one = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(watching, EPOLL_CTL_ADD, listener, &one);
    for (;;) {
        struct epoll_event ready[8];
        int count = epoll_wait(watching, ready, 8, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd != listener) {
                if (!serve_once(fd)) close(fd);
                continue;
            }
            one.data.fd = accept(listener, NULL, NULL);
            epoll_ctl(watching, EPOLL_CTL_ADD, one.data.fd, &one);
        }
    }
}
"""
ADD = "            epoll_ctl(watching, EPOLL_CTL_ADD, one.data.fd, &one);\n"
EDGE = EPOLL.replace(
    ADD, "            one.events = EPOLLIN | EPOLLET;\n            fcntl(one.data.fd, F_SETFL, O_NONBLOCK);\n" + ADD
).replace(
    "if (!serve_once(fd)) close(fd);",
    "errno = 0;\n                while (serve_once(fd)) ;\n                if (errno != EAGAIN) close(fd);",
)
FORKS = """
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (fork() == 0) { while (serve_once(client)) ; return 0; }
        close(client);
    }
}
"""
THREAD = "static void *all(void *client) { while (serve_once((long)client)) ; close((long)client); return NULL; }\n"
THREADS = """
    for (pthread_t thread;;) {
        long client = accept(listener, NULL, NULL);
        pthread_create(&thread, NULL, all, (void *)client);
        pthread_detach(thread);
    }
}
"""


def server(loop: str) -> str:
    return HEADS + BEGIN + loop


RIGHT = {
    "poll": server(POLL),
    "select": server(SELECT),
    "epoll": server(EPOLL),
    "epoll, edge by edge": server(EDGE),
    "poll, and a look at the clock now and then": server(POLL.replace("count, -1", "count, 2000")),
}
GONE = "{\n                close(all[i].fd);\n                all[i] = all[--count];\n            }"
assert GONE in POLL
NAP = "nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);\n        if (poll(all, count, 0) < 0)"
TWICE = "!(serve_once(all[i].fd) && serve_once(all[i].fd))"
WRONG = {
    "one-at-a-time": STARTER,
    "more-tasks": server(FORKS),
    "more-tasks, threads": "#include <pthread.h>\n" + server(THREADS).replace("int main(", THREAD + "int main("),
    "spins": server(POLL.replace("count, -1", "count, 0")),
    "spins, on one that has left": server(POLL.replace(GONE, "continue;")),
    "naps": server(POLL.replace("if (poll(all, count, -1) < 0)", NAP)),
    "server-ended": server(POLL.replace(GONE, "return 0;")),
    "descriptors-left": server(POLL.replace("close(all[i].fd);", "shutdown(all[i].fd, SHUT_RDWR);")),
    "one-at-a-time, after all": server(POLL.replace("!serve_once(all[i].fd)", TWICE)),
    "not-answered": server(POLL.replace("all[i] = all[--count];", "count = i;")),
    "does-not-compile": STARTER.replace("serve_once(client))", "serve_once(klient))"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("one-for-all", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("one-for-all", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
