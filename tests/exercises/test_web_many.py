"""web-many: processes, threads or poll serve the others meanwhile; each way to fail a client is told by its name."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["web-many"].starter
READ = STARTER[STARTER.index("    ssize_t got = read(client, request, size - 1);") : STARTER.index("static int serve")]
LOOP = STARTER[STARTER.index("    for (;;) {\n        int client") :]
WHOLE = """    size_t have = 0;
    time_t until = time(NULL) + seconds;
    while (have < size - 1 && time(NULL) <= until) {
        struct pollfd one = {.fd = client, .events = POLLIN};
        if (poll(&one, 1, 100) == 0)
            continue;
        ssize_t got = read(client, request + have, size - 1 - have);
        if (got <= 0)
            return 1;
        request[have += got] = '\\0';
        if (strstr(request, "\\r\\n\\r\\n"))
            return 0;
    }
    return 1;
}

"""
FORKING = """    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(door, NULL, NULL);
        if (client < 0)
            return fail("accept");
        pid_t child = fork();
        if (child < 0)
            return fail("fork");
        if (child == 0)
            return close(door) < 0 || serve(client);
        if (close(client) < 0)
            return fail("close");
    }
}
"""
INCLUDED = STARTER.replace("#include <signal.h>", "#include <poll.h>\n#include <pthread.h>\n#include <signal.h>")


def server(read: str, loop: str) -> str:
    """The server with this way to read a request and this way to serve clients."""
    return INCLUDED.replace(READ, read).replace(LOOP, loop)


FORKS = server(WHOLE, FORKING)
REAPS = server(
    WHOLE,
    FORKING.replace("    signal(SIGCHLD, SIG_IGN);\n", "").replace(
        "        int client", "        while (waitpid(-1, NULL, WNOHANG) > 0)\n            ;\n        int client"
    ),
)
ALARM = server(
    """    size_t have = 0;
    alarm(seconds);
    while (have < size - 1) {
        ssize_t got = read(client, request + have, size - 1 - have);
        if (got <= 0)
            return 1;
        request[have += got] = '\\0';
        if (strstr(request, "\\r\\n\\r\\n"))
            return alarm(0) * 0;
    }
    return 1;
}

""",
    FORKING,
)
THREADS = server(
    WHOLE,
    """    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        pthread_t thread;
        int client = accept(door, NULL, NULL);
        if (client < 0)
            return fail("accept");
        if (pthread_create(&thread, NULL, all_of, (void *)(long)client) != 0 || pthread_detach(thread) != 0)
            return fail("pthread_create");
    }
}
""",
).replace(
    "int main(",
    """static void *all_of(void *client)
{
    serve((long)client);
    close((long)client);
    return NULL;
}

int main(""",
)
TWICE = server(
    WHOLE,
    FORKING.replace("    signal(SIGCHLD, SIG_IGN);\n", "")
    .replace(
        "        if (child == 0)\n            return close",
        "        if (child == 0)\n            return fork() || close",
    )
    .replace("        if (close(client)", "        if (waitpid(child, NULL, 0) < 0 || close(client)"),
)
RIGHT = {"forks": FORKS, "reaps": REAPS, "alarm": ALARM, "threads": THREADS, "twice": TWICE}

NO_LIMIT = WHOLE.replace("&& time(NULL) <= until", "&& until > 0")
EACH_BYTE = WHOLE.replace("        if (poll(", "        until = time(NULL) + seconds;\n        if (poll(").replace(
    "poll(&one, 1, 100) == 0)\n            continue;", "poll(&one, 1, 1000 * seconds) == 0)\n            return 1;"
)
WRONG = {
    "partial-read": (STARTER, "in pieces"),
    "partial-read, and forks": (server(READ, FORKING), "in pieces"),
    "waits-for-the-slow": (server(WHOLE, LOOP), "waits in a read for another one"),
    "waits-for-the-slow, in wait": (
        server(
            WHOLE,
            FORKING.replace("    signal(SIGCHLD, SIG_IGN);\n", "").replace(
                "        if (close(client)", "        if (waitpid(child, NULL, 0) < 0 || close(client)"
            ),
        ),
        "waits in a read for another one",
    ),
    "never-gives-up": (server(NO_LIMIT, FORKING), "still waits for the rest"),
    "time-starts-anew": (server(EACH_BYTE, FORKING), "another second"),
    "crash": (THREADS.replace("    signal(SIGPIPE, SIG_IGN);\n", ""), "SIGPIPE"),
    "ends-with-a-client": (THREADS.replace('return fail("write")', "exit(1)"), "is the end of that connection only"),
    "zombies": (server(WHOLE, FORKING.replace("    signal(SIGCHLD, SIG_IGN);\n", "")), "stay zombies"),
    "not-closed": (
        server(WHOLE, FORKING.replace('        if (close(client) < 0)\n            return fail("close");\n', "")),
        "was not closed",
    ),
    "leak": (
        THREADS.replace("    close((long)client);\n", "    shutdown((long)client, SHUT_RDWR);\n"),
        "never closed",
    ),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("web-many", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer not in RIGHT.values()
    feedback = labkit.check("web-many", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
