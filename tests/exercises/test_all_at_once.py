"""all-at-once: every way to serve all at once by processes and to leave nothing is right; what is left is named."""

import pytest

import labkit
from labkit.exercises.all_at_once import SERVER
from labkit.exercises.catalogue import EXERCISES

ACCEPT = """
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) { perror("accept"); return 1; }
"""
CHILD = "        pid_t child = fork();\n        if (child < 0) return 1;\n"
FORK = CHILD + "        if (child == 0) { close(listener); return serve(client); }\n"
CLOSE = "        if (close(client) < 0) return 1;\n"
END = "    }\n}\n"
IGNORED = "    signal(SIGCHLD, SIG_IGN);\n"
V3 = SERVER + IGNORED + ACCEPT + FORK + CLOSE + END
HANDLER = "static void reap(int number) { (void)number; while (waitpid(-1, NULL, WNOHANG) > 0) ; }\n"
ACTION = """
    struct sigaction on_death = { .sa_handler = reap, .sa_flags = %s };
    sigaction(SIGCHLD, &on_death, NULL);
"""
WITH_HANDLER = SERVER.replace("int main(", HANDLER + "int main(")
TWICE = """
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            if (fork() == 0) { close(listener); _exit(serve(client)); }
            _exit(0);
        }
        waitpid(child, NULL, 0);
"""
THREADS = """
    for (pthread_t thread;;) {
        long client = accept(listener, NULL, NULL);
        pthread_create(&thread, NULL, run, (void *)client);
        pthread_detach(thread);
    }
}
"""
RUN = "static void *run(void *client) { serve((long)client); close((long)client); return NULL; }\n"
SHUTS = "int bad = serve(client); shutdown(client, SHUT_RDWR); return bad;"
RIGHT = {
    "SIGCHLD ignored": V3,
    "a handler that waits for all": WITH_HANDLER + ACTION % "SA_RESTART" + ACCEPT + FORK + CLOSE + END,
    "SA_NOCLDWAIT": WITH_HANDLER.replace("sa_handler = reap", "sa_handler = SIG_DFL").replace(HANDLER, "")
    + (ACTION % "SA_NOCLDWAIT").replace("reap", "SIG_DFL") + ACCEPT + FORK + CLOSE + END,
    "forks twice": SERVER + ACCEPT + TWICE + CLOSE + END,
    "waits in the loop for those who are dead": SERVER + ACCEPT + FORK + CLOSE
    + "        while (waitpid(-1, NULL, WNOHANG) > 0) ;\n" + END,
    "EINTR is no error": WITH_HANDLER + ACTION % "0"
    + ACCEPT.replace("if (client < 0)", "if (client < 0 && errno == EINTR) continue;\n        if (client < 0)")
    + FORK.replace("close(listener);", "signal(SIGCHLD, SIG_DFL); close(listener);") + CLOSE + END,
}  # fmt: skip
RIGHT["EINTR is no error"] = "#include <errno.h>\n" + RIGHT["EINTR is no error"]
WRONG = {
    "crash-takes-all": EXERCISES["all-at-once"].starter,
    "crash-takes-all, in threads": "#include <pthread.h>\n" + SERVER.replace("int main(", RUN + "int main(") + THREADS,
    "waits-for-child": SERVER + ACCEPT + FORK + CLOSE + "        waitpid(child, NULL, 0);\n" + END,
    "no-end": SERVER + IGNORED + ACCEPT + FORK + END,
    "zombies": SERVER + ACCEPT + FORK + CLOSE + END,
    "cut-off, by a shutdown": SERVER + IGNORED + ACCEPT + FORK + "        shutdown(client, SHUT_RDWR);\n" + END,
    "descriptors-left": SERVER + IGNORED + ACCEPT + FORK.replace("return serve(client);", SHUTS) + END,
    "cut-off": SERVER + IGNORED + ACCEPT + CHILD + CLOSE + "        if (child == 0) return serve(client);\n" + END,
    "server-ended": WITH_HANDLER + ACTION % "0" + ACCEPT + FORK + CLOSE + END,
    "child-goes-on": SERVER + IGNORED + ACCEPT + CHILD + "        if (child == 0) serve(client);\n" + CLOSE + END,
    "nobody-listens": "int main(void)\n{\n    return 3;\n}\n",
    "does-not-compile": V3.replace("close(client)", "close(klient)"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("all-at-once", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("all-at-once", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    if feedback.step is not None:
        labkit.step(feedback.recording, at=feedback.step)
