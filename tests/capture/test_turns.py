"""Recordings in turn: the same steps in every run, whatever else the machine does, and nothing hangs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

import labkit
from labkit.decode.replay import replay
from labkit.decode.story import story
from tests.capture.corpus import PROGRAMS

pytestmark = [pytest.mark.ptrace, pytest.mark.timeout(120)]

WITH_OTHERS = [
    path for path in PROGRAMS if "fork" in (text := path.read_text()) or "pthread" in text or "spawn" in text
]


@pytest.fixture(scope="module")
def busy() -> Iterator[None]:
    """Two loops that take the processors away from what is recorded."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


@pytest.mark.parametrize("path", WITH_OTHERS, ids=lambda path: path.stem)
def test_the_same_in_every_run_also_on_a_busy_machine(path, busy):
    first, second = (labkit.record(path, in_turn=True) for _ in range(2))
    as_it_comes = labkit.record(path)
    assert story(first) == story(second)
    assert (first.status, first.signal, first.ended_by) == (as_it_comes.status, as_it_comes.signal, "")
    assert first.made["order"] == "in turn" and "order" not in as_it_comes.made


def test_a_shells_pipeline_the_reader_waits_first_and_sees_bytes_waiting(busy):
    told = {
        story(
            labkit.record("ls | wc", shell=True, in_turn=True, files={"a": "", "b": ""}, env={"PATH": "/usr/bin:/bin"})
        )
        for _ in range(10)
    }
    assert len(told) == 1
    text = "\n".join(told.pop())
    assert "falls asleep: pipe A is empty" in text and "4 of 65,536 bytes are waiting" in text


def test_a_first_thread_that_ended_keeps_nobody_waiting():
    outlived = """#include <pthread.h>
#include <unistd.h>
static void *work(void *with)
{
    for (int i = 0; i < 20; i++) {
        usleep(100);
        if (write(1, "x", 1) != 1) return with;
    }
    return NULL;
}
int main(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL)) return 1;
    pthread_exit(NULL);
}
"""
    recording = labkit.record(outlived, in_turn=True, seconds=15)
    assert (recording.ended_by, recording.status, recording.output()) == ("", 0, b"x" * 20)


def test_one_that_never_waits_does_not_keep_the_turn_for_good():
    spin = """#include <sys/mman.h>
#include <unistd.h>
int main(void)
{
    volatile int *flag = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) { *flag = 1; return 0; }
    while (!*flag) ;
    return 0;
}
"""
    assert labkit.record(spin, in_turn=True).status == 0


def test_after_every_call_the_pipe_holds_what_was_written_and_not_yet_read():
    program = """#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    char bytes[3];
    int p[2];
    if (pipe(p) < 0) return 1;
    if (fork() == 0) {
        close(p[1]);
        while (read(p[0], bytes, sizeof bytes) > 0) ;
        return 0;
    }
    close(p[0]);
    usleep(1000);
    for (int i = 0; i < 5; i++)
        if (write(p[1], "hello", 5) != 5) return 2;
    close(p[1]);
    return wait(0) < 0;
}
"""
    recording = labkit.record(program, in_turn=True)
    assert recording.status == 0
    then = replay(recording)
    waiting = 0
    seen = []
    for event in sorted(recording.calls("write", "read"), key=lambda event: event.end):
        if event.place.phase == "before main":
            continue
        waiting += event.result if event.call == "write" else -event.result
        pipes = [inode for inode in then.at(event.end).inodes.values() if inode.kind == "pipe"]
        assert max(pipes, key=lambda inode: inode.id).queue == waiting, event
        seen.append(waiting)
    assert max(seen) == 25 and seen[-1] == 0, seen


@pytest.mark.parametrize("name", ["pipe_end", "share_offset"])
def test_the_same_where_containers_forbid_kcmp_and_pidfd_getfd(name):
    files = {"letters": "abcdefghi"}
    told = [
        story(labkit.record(name, files=files, in_turn=True, without=forbidden))
        for forbidden in ((), ("kcmp", "pidfd_getfd"))
    ]
    assert told[0] == told[1]
