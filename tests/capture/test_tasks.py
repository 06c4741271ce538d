"""Processes seen from outside: what a sleeping thread sleeps in, whether that ends by itself, and whose child it is."""

import os
import subprocess
import time

import pytest

from labkit.capture.build import build
from labkit.capture.tasks import below, descriptors, sockets, tasks

SLEEPER = """
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *asleep(void *none)
{
    pause();
    return none;
}

int main(int argc, char *argv[])
{
    const char *how = argc > 1 ? argv[1] : "";
    int pair[2], watching = epoll_create1(0);
    char byte;
    pthread_t thread;
    struct epoll_event event;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    struct pollfd one = {.fd = pair[0], .events = POLLIN};
    if (strcmp(how, "read") == 0) return read(pair[0], &byte, 1) < 0;
    if (strcmp(how, "nap") == 0) return sleep(60) != 0;
    if (strcmp(how, "poll") == 0) return poll(&one, 1, -1) < 0;
    if (strcmp(how, "poll for a while") == 0) return poll(&one, 1, 60000) < 0;
    if (strcmp(how, "epoll") == 0) return epoll_wait(watching, &event, 1, -1) < 0;
    if (strcmp(how, "epoll for a while") == 0) return epoll_wait(watching, &event, 1, 60000) < 0;
    if (strcmp(how, "ppoll") == 0) return ppoll(&one, 1, NULL, NULL) < 0;
    if (strcmp(how, "thread") == 0) return pthread_create(&thread, NULL, asleep, NULL) || read(pair[0], &byte, 1) < 0;
    if (fork() == 0) { if (strcmp(how, "zombie") == 0) return 3; return read(pair[0], &byte, 1) < 0; }
    return strcmp(how, "zombie") == 0 ? pause() : wait(NULL) < 0;
}
"""
# argument: what the first process sleeps in, the first argument of that, whether it ends by itself
SLEEPS = {
    "read": ("read", 4, False),
    "nap": ("clock_nanosleep", 0, True),
    "poll": ("poll", None, False),
    "poll for a while": ("poll", None, True),
    "epoll": ("epoll_wait", 3, False),
    "epoll for a while": ("epoll_wait", 3, True),
    "ppoll": ("ppoll", None, False),
    "wait": ("wait4", -1, False),
}


@pytest.fixture
def started():
    running = []

    def start(how):
        process = subprocess.Popen([build(SLEEPER).path, how])
        running.append(process)
        for _ in range(500):
            seen = list(tasks(process.pid, os.getpid()))
            whole = how not in ("thread", "zombie") or len(seen) + len(list(below(process.pid))) == 2
            if seen and whole and all(task.state == "S" and task.call for task in seen):
                return process.pid, seen
            time.sleep(0.01)
        raise AssertionError(f"{how}: {seen}")

    yield start
    for process in running:
        for pid, _ in below(process.pid):
            os.kill(pid, 9)
        process.kill()
        process.wait()


@pytest.mark.parametrize("how", SLEEPS)
def test_what_it_sleeps_in_and_whether_that_ends_by_itself(started, how):
    _, (task,) = started(how)
    call, first, timed = SLEEPS[how]
    assert (task.call, task.timed) == (call, timed)
    assert first is None or task.first == first


def test_threads_children_and_zombies(started):
    pid, seen = started("thread")
    assert {(task.pid, task.call) for task in seen} == {(pid, "read"), (pid, "pause")}
    pid, _ = started("zombie")
    ((child, parent),) = below(pid)
    for _ in range(500):
        (dead,) = tasks(child, parent)
        if dead.state == "Z":
            break
        time.sleep(0.01)
    assert (dead.state, dead.parent, dead.call) == ("Z", pid, "")


def test_turns_stay_while_it_sleeps_and_descriptors_are_told(started):
    pid, (before,) = started("read")
    (after,) = tasks(pid, os.getpid())
    assert before == after
    own = sockets(pid)
    assert sorted(own) == [4, 5] and len(set(own.values())) == 2 and descriptors(pid) == 6
    assert list(tasks(2**22 + 1, 1)) == [] and descriptors(2**22 + 1) == 0
