# ruff: noqa: E501 - sentences are longer than lines
"""The exact sentences on what lectures are about."""

import re

import pytest

from labkit.decode.replay import steps
from labkit.decode.story import story
from labkit.model import Fault
from tests.decode.story.situations import recorded

LOOPBACK = """struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a; """
SITUATIONS = {
    "printf to a pipe": (
        '    printf("hello\\n");\n    printf("again\\n");',
        {"lines": True},
        [
            "line 18's printf put 6 bytes into stdout's buffer: 6 wait there, none has reached the kernel; "
            'it made stdout fully buffered; P1 comes to line 19: printf("again\\n");',
            "line 19's printf put 6 bytes into stdout's buffer: 12 wait there, none has reached the kernel; "
            "P1 comes to line 20: return 0;",
            'P1\'s exit, after main returned, flushed stdout: 12 bytes "hello\\nagain\\n" of its buffer went to the '
            "output pipe",
        ],
    ),
    "printf to a terminal": (
        '    printf("one\\n"); fputs("now", stderr); printf("no newline"); fgets(x, 100, stdin);',
        {"stdout": "terminal", "stderr": "terminal", "stdin": "typed\n", "stdin_from": "terminal"},
        [
            'P1\'s puts handed 4 bytes "one\\n" of stdout\'s buffer to the terminal: stdout is line buffered and the '
            "line ended",
            'P1\'s fwrite wrote 3 bytes "now" to the terminal at once: stderr is unbuffered',
            'P1\'s fgets flushed stdout before reading: 10 bytes "no newline" went to the terminal',
            'P1\'s fgets found stdin\'s buffer empty and read 6 bytes "typed\\n" from the terminal into it; it asked for '
            "1,024; a terminal gives at most one line",
        ],
    ),
    "a full buffer": (
        "    for (int i = 0; i < 5000; i++) putchar('x');",
        {},
        ["P1's putchar found stdout's buffer full and handed 4,096 bytes of it to the output pipe",
         "P1's exit, after main returned, flushed stdout: 904 bytes of its buffer went to the output pipe"],
    ),
    "a blocked read woken, and end of file": (
        """    pipe(p);
    if (fork() == 0) { close(p[1]); read(p[0], x, 100); read(p[0], x, 100); _exit(0); }
    close(p[0]); usleep(50000); write(p[1], "wake up", 7); usleep(50000); close(p[1]); wait(NULL);""",
        {},
        [
            "P1 made pipe A: fd 3 reads it, fd 4 writes to it, with room for 65,536 bytes",
            "P2 enters read on fd 3 (pipe A) and falls asleep: pipe A is empty and a writer (P1) still has its write end "
            "open",
            'P2 woke up and read 7 bytes "wake up" from pipe A; it asked for 100 and got what was there; pipe A is empty '
            "again",
            "P1 closed fd 4 (pipe A); it was the last descriptor of F5, which goes away; pipe A has no writer any more: "
            "P2 was asleep in read and wakes up with end of file",
            "P2 woke up and read 0 bytes, which means end of file: pipe A is empty and nobody has its write end open any "
            "more",
        ],
    ),
    "a forgotten write end": (
        "    pipe(p); signal(SIGALRM, (void (*)(int))getpid); alarm(1); read(p[0], x, 1);",
        {},
        [
            "P1 enters read on fd 3 (pipe A) and falls asleep: pipe A is empty and only P1 itself has a write end: end of "
            "file cannot come",
            "SIGALRM reaches P1, from the kernel; its handler runs now",
        ],
    ),
    "fork shares the offset": (
        """    f = open("shared", O_RDWR|O_CREAT, 0600); write(f, "0123456789", 10); lseek(f, 0, SEEK_SET);
    if (fork() == 0) { read(f, x, 4); _exit(0); }
    wait(NULL); read(f, x, 3);""",
        {},
        [
            'P1 opened "shared" (O_RDWR|O_CREAT) as fd 3: a new open file description, F4, at offset 0 of an empty file',
            'P1 wrote 10 bytes "0123456789" to shared; the offset moved from 0 to 10, the end of the file',
            "P1 moved the offset of F4 (shared) from 10 to 0",
            "P2 begins, a copy of P1; its 4 descriptors lead to the same open file descriptions (F1, F2, F3 and F4)",
            'P2 read 4 bytes "0123" from shared; the offset moved from 0 to 4 of 10, also for P1, who shares F4',
            'P1 read 3 bytes "456" from shared; the offset moved from 4 to 7 of 10',
        ],
    ),
    "fork copies the buffer": (
        '    printf("twice");\n    if (fork() == 0) exit(0);\n    wait(NULL);',
        {},
        [
            "P1 calls fork to make a child process; 5 bytes in stdout's buffer will be copied with the memory",
            "P2 begins, a copy of P1; its 3 descriptors lead to the same open file descriptions (F1, F2 and F3); 5 bytes "
            "in stdout's buffer are copied, so both processes hold them",
            'P2\'s exit flushed stdout: 5 bytes "twice" of its buffer went to the output pipe',
            'P1\'s exit, after main returned, flushed stdout: 5 bytes "twice" of its buffer went to the output pipe',
        ],
    ),
    "_exit does not flush": (
        '    printf("lost bytes");\n    _exit(3);',
        {},
        ["P1 calls _exit(3) and ends at once; 10 bytes in stdout's buffer are lost: _exit does not flush stdio",
         "P1 exited with 3: its descriptors are closed"],
    ),
    "kill -9": (
        """    pipe(p); int child = fork();
    if (child == 0) { printf("seen"); write(p[1], "", 1); pause(); }
    read(p[0], x, 1); usleep(30000); kill(child, SIGKILL); waitpid(child, &f, 0);""",
        {},
        [
            "P1 sent SIGKILL to P2",
            "P2 was killed by SIGKILL: its descriptors are closed; it is a zombie until P1 waits for it; 4 bytes in "
            "stdout's buffer are lost: the process had no chance to flush",
            "P1 got from waitpid that P2 was killed by SIGKILL: the zombie is gone",
        ],
    ),
    "standard output into a file": (
        '    f = open("out", O_WRONLY|O_CREAT, 0600); dup2(f, 1); close(f); printf("to the file\\n");',
        {},
        [
            "P1 made fd 1 lead to the same open file description as fd 3: F4, out; what fd 1 led to is closed: F2 (the "
            "output pipe) had no other descriptor and goes away",
            "P1 closed fd 3 (out); F4 stays open through its fd 1",
            'P1\'s exit, after main returned, flushed stdout: 12 bytes "to the file\\n" of its buffer went to out; the '
            "offset moved from 0 to 12, the end of the file",
        ],
    ),
    "a name removed while the file is open": (
        '    f = open("gone", O_RDWR|O_CREAT, 0600); write(f, "abc", 3); unlink("gone"); close(f);',
        {},
        [
            'P1 removed the name "gone"; what it led to lives on while F4 is open',
            "P1 closed fd 3 (gone); it was the last descriptor of F4, which goes away; gone has no name and no descriptor "
            "any more: its space is freed",
        ],
    ),
    "a name changed while the file is open": (
        '    f = open("old", O_WRONLY|O_CREAT, 0600); rename("old", "new"); write(f, "abc", 3);',
        {},
        ['P1 renamed "old" to "new"; descriptors on it stay open',
         'P1 wrote 3 bytes "abc" to new; the offset moved from 0 to 3, the end of the file'],
    ),
    "two opens": (
        '    f = open("/etc/passwd", 0); open("/etc/passwd", 0); lseek(f, 9, SEEK_SET);',
        {},
        ["P1 moved the offset of F4 (/etc/passwd) from 0 to 9"],
    ),
    "accept": (
        f"    {LOOPBACK}"
        """int l = socket(AF_INET, SOCK_STREAM, 0), s; bind(l, (void *)&a, n); listen(l, 3);
    getsockname(l, (void *)&a, &n);
    f = socket(AF_INET, SOCK_STREAM, 0); connect(f, (void *)&a, n); write(f, "hi", 2);
    s = accept(l, (void *)&a, &n); read(s, x, 100); shutdown(f, SHUT_WR); read(s, x, 100);""",
        {},
        [
            "P1 bound socket A to 127.0.0.1 port A: it asked for port 0, so the kernel chose a free one",
            "P1 made socket A listen at 127.0.0.1 port A: the kernel completes connections by itself and keeps about 3 "
            "waiting for accept",
            "P1 connected socket B to 127.0.0.1 port A; 1 connection (limit 3) waits in socket A's queue for accept",
            "P1 accepted a connection: a new socket, socket C, as fd 5, connected to 127.0.0.1 client port 1; socket A "
            "goes on listening",
            'P1 read 2 bytes "hi" from socket C; it asked for 100 and got what was there',
            "P1 shut socket B down for writing; fd 4 stays open; reading the other end, socket C, gives end of file",
            "P1 read 0 bytes, which means end of file: the other end of socket C is closed, or shut down for writing "
            "(CLOSE_WAIT)",
        ],
    ),
    "connect refused": (
        f"    {LOOPBACK} a.sin_port = htons(1); f = socket(AF_INET, SOCK_STREAM, 0); connect(f, (void *)&a, n);",
        {},
        ["P1: connect to 127.0.0.1:1 failed with ECONNREFUSED (connection refused): nobody listens there"],
    ),
    "SIGPIPE": (
        '    pipe(p); close(p[0]); write(p[1], "x", 1);',
        {},
        [
            "P1 closed fd 3 (pipe A); it was the last descriptor of F4, which goes away; pipe A has no reader any more: "
            "writing to it now gives SIGPIPE",
            "P1: write of 1 byte to fd 4 (pipe A) failed with EPIPE (broken pipe): nobody has the read end of pipe A open "
            "any more; SIGPIPE comes with it and ends the process",
            "SIGPIPE reaches P1, for its own write; nothing handles it, so it ends the process",
        ],
    ),
    "close-on-exec": (
        '    open("/dev/null", O_CLOEXEC); printf("x"); execl("/bin/true", "true", NULL);',
        {},
        ["P1 (program) opened \"/dev/null\" (O_RDONLY|O_CLOEXEC) as fd 3: a new open file description, F4"],
    ),
    "a short write": (
        '    f = open("out", O_WRONLY|O_CREAT, 0600); write(f, "0123456789", 10);',
        {"inject": [Fault("write", 1, length=3)]},
        ['P1 wrote 3 bytes "012" to out; that is less than the 10 bytes it asked for (an injected fault); the offset moved '
         "from 0 to 3, the end of the file"],
    ),
}  # fmt: skip


CACHED = "; they are in the page cache, not on storage yet"  # where the kernel tells, and there is storage


def test_written_is_not_on_storage_and_fsync_brings_it_there():
    recording = recorded('    f = open("out", O_WRONLY|O_CREAT, 0600); write(f, "a", 1); write(f, "b", 1); fsync(f);')
    pages = [change.value.dirty for event in recording.events for change in event.changes if change.what == "inodes"
             and change.value is not None and change.value.path.endswith("/out")]  # fmt: skip
    told = [sentence for sentence in story(recording) if " wrote " in sentence or " write out " in sentence]
    if not any(pages):
        pytest.skip("NOT TESTED: the kernel does not tell which pages are dirty here (cachestat(2); tmpfs has none)")
    assert [CACHED in sentence for sentence in told if " wrote " in sentence] == [True, False]
    assert told[-1] == (
        "P1 had the kernel write out from the page cache to its disk, and waited for it; none of its pages is dirty "
        "any more"
    )


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_sentences_on(name):
    body, options, expected = SITUATIONS[name]
    for _ in range(3):  # on a busy machine a process that sleeps for a moment may be seen too late to be asleep
        told = [sentence.replace(CACHED, "") for sentence in story(recorded(body, **options))]
        if all(sentence in told for sentence in expected):
            break
    for sentence in expected:
        assert sentence in told, f"{sentence}\n  not in\n  " + "\n  ".join(told[-25:])
    positions = [told.index(sentence) for sentence in expected]
    assert positions == sorted(positions)


def test_exec_names_what_it_closes_and_what_is_lost():
    told = story(recorded('    open("/dev/null", O_CLOEXEC); printf("x"); execl("/bin/true", "true", NULL);'))
    (sentence,) = [line for line in told if "from now on, with new memory" in line]
    assert sentence.endswith("fd 3 (/dev/null) was close-on-exec and is closed; 1 byte in stdout's buffer is lost: "
                             "exec does not flush")  # fmt: skip


def test_a_child_in_its_parents_memory_loses_nothing():
    told = story(recorded('    printf("kept"); if (vfork() == 0) execl("/bin/true", "true", NULL);\n    wait(NULL);'))
    assert any("begins in the memory of P1" in line for line in told)
    assert not [line for line in told if "lost" in line]
    assert any('4 bytes "kept" of its buffer went to the output pipe' in line for line in told)


def test_a_pipe_keeps_the_size_it_was_given_through_either_end():
    told = story(
        recorded('    pipe(p); fcntl(p[1], F_SETPIPE_SZ, 4096); write(p[1], "12345678", 8); read(p[0], x, 2);')
    )
    assert "P1 made pipe A hold 4,096 bytes at most" in told
    assert 'P1 read 2 bytes "12" from pipe A; 6 of 4,096 bytes are waiting' in told


def test_a_pipeline_names_the_programs():
    from labkit.capture.record import record

    told = story(record("ls / | wc -l", shell=True))
    assert any(re.match(r"P3 \(wc\) (woke up and )?read [\d,]+ bytes.* from pipe A", line) for line in told)
    assert any(" (ls)'s " in line and "flushed stdout" in line and "went to pipe A" in line for line in told)


def test_whoever_writes_wakes_the_reader():
    """What waits and who wakes up is what the states before and after say."""
    made = recorded("""    pipe(p);
    if (fork() == 0) { close(p[1]); while (read(p[0], x, 3) > 0) ; _exit(0); }
    close(p[0]); usleep(50000); write(p[1], "0123456789", 10); close(p[1]); wait(NULL);""")
    told = [line for line in story(made) if "wrote 10 bytes" in line]
    assert len(told) == 1
    assert "P2 was asleep in read" in told[0] or "waiting in read" in told[0] or "already" in told[0]
    assert len(story(made)) == len(steps(made))
