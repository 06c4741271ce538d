"""Names are short, the same in every run, and hold no number that the kernel picks anew."""

import re
from dataclasses import replace

import pytest

from labkit.capture.record import record
from labkit.decode.names import OUTSIDE, names
from labkit.decode.story import story
from labkit.decode.subjects import Subject, subjects
from labkit.draw.wording import content, queues
from labkit.model import Argument, Change, Event, Inode, Place, Process, Socket, Thread
from tests.decode.happenings import START, interleaved, recording

TOP = """#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
static void *quit(void *none) { return none; }
int main(void) {
"""


def c(body):
    return TOP + body + "\n    return 0;\n}\n"


def lines(made):
    """Everything that has a name, and every call, as people are shown it."""
    known = names(made)
    return [
        *(f"{known.thread(event.tid)} {known.call(event)}" for event in made.calls()),
        *(known.inode(change.key[0]) for change in inodes(made)),
    ]


def inodes(made):
    changes = [*made.start, *(change for event in made.events for change in event.entered + event.changes)]
    return [change for change in changes if isinstance(change.value, Inode)]


def named(made):
    return list(dict.fromkeys(names(made).inode(change.key[0]) for change in inodes(made)))


EVERYTHING = c("""
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a; int p[2]; char where[200];
    pipe(p); FILE *f = fopen("out.txt", "w"); fprintf(f, "x");
    int l = socket(AF_INET, SOCK_STREAM, 0), s = socket(AF_INET, SOCK_STREAM, 0);
    bind(l, (void *)&a, n); listen(l, 3); getsockname(l, (void *)&a, &n); connect(s, (void *)&a, n);
    accept(l, (void *)&a, &n); getcwd(where, sizeof where); write(1, where, 20); write(1, where, strlen(where));
    open("/dev/ptmx", O_RDWR); open(".", O_TMPFILE | O_RDWR, 0600); unlink("out.txt");
    getpid(); getppid(); kill(getpid(), 0); getpgrp();
    readlink("/proc/self/fd/3", where, sizeof where);
    pthread_t t; pthread_create(&t, 0, quit, 0); pthread_join(t, 0);
    if (fork() == 0) _exit(3);
    wait(NULL);""").replace("<stdio.h>", "<stdio.h>\n#include <signal.h>\n#include <string.h>")


def test_two_runs_have_the_same_names_and_none_of_the_kernels_numbers():
    one, other = record(EVERYTHING), record(EVERYTHING)
    said = lines(one)
    assert sorted(said) == sorted(lines(other))
    ports = {c.value.socket.local.rpartition(":")[2] for c in inodes(one) if c.value.socket} - {"0", ""}
    unwanted = {*map(str, {event.pid for event in one.events}), *ports, one.folder}
    unwanted |= {str(change.value.ino) for change in inodes(one) if change.value.ino > 10_000}
    assert len(unwanted) > 8
    for line in said:
        assert not [word for word in unwanted if word in line] and not re.search("0x[0-9a-f]{8}", line), line
    text = "\n".join(said)
    for words in (
        "P1 accept(6, 127.0.0.1 client port 1",
        "connect(7, 127.0.0.1 port A, 16) = 0",
        "getpid() = P1",
        "kill(P1, 0) = 0",
        "getppid() = …",
        'getcwd(".", 200)',
        'write(1, "…", ',
        "wait4(-1, NULL, 0, 0) = P2",
        'unlink("out.txt")',
        "P1.2 ",
        'execve("',
        "unnamed file A",
        'readlink("/proc/self/fd/3", "pipe:[...]"',
    ):
        assert words in text, words  # fmt: skip


def test_the_programs_own_things_have_the_first_letters_and_numbers():
    made = record(c('    int p[2]; pipe(p); int s = socket(AF_UNIX, SOCK_DGRAM, 0); open("/dev/null", 0); pipe(p);'))
    assert [name for name in named(made) if not name.startswith(("/usr", "/etc", "/lib"))] == [
        "/dev/null", "output pipe", "error pipe", "pipe A", "socket A", "pipe B"
    ]  # fmt: skip
    opened = [
        names(made).open_file(change.key[0])
        for event in made.events
        if event.place.phase != "before main"
        for change in event.changes
        if change.what == "open_files" and change.value is not None
    ]
    assert opened == ["F4", "F5", "F6", "F7", "F8", "F9"]


@pytest.mark.parametrize(("to", "name"), [("terminal", "terminal"), ("pipe", "output pipe"), ("file", "output file")])
def test_what_standard_output_leads_to(to, name):
    made = record(c('    printf("x");'), stdout=to, stdin="in", stdin_from=to)
    assert {name, name.replace("output", "input")} <= set(named(made))


def test_a_path_is_one_name_however_often_it_is_opened():
    made = record(c('    close(creat("a", 0600)); close(open("a", 0)); mkdir("d", 0700); close(creat("d/a", 0600));\n'
                    '    int f = open("a", 0); unlink("a"); creat("a", 0600);'))  # fmt: skip
    assert [name for name in named(made) if "/lib" not in name][-3:] == ["a", "d/a", "a (2)"]
    last = inodes(made)[-1].value
    gone = replace(last, path=last.path + " (deleted)")
    assert names(made).inode_now(last) == "a (2)" and names(made).inode_now(gone) == "a (2) (deleted)"


def test_a_renamed_file_goes_by_its_new_name():
    made = recording((), (*START, Change("inodes", (9,), Inode(9, "file", "/home/ada/old", 1, 1))), folder="/home/ada")
    known = names(made)
    assert known.inode(9) == "old"
    assert known.inode_now(Inode(9, "file", "/home/ada/new", 1, 1)) == "new"
    assert known.inode_now(Inode(9, "file", "/home/ada/new (deleted)", 1, 1)) == "new (deleted)"


def test_hostile_names_are_only_text():
    path = "/home/ada/\u202eevil\x1b[2J\udcff\n"
    pid = Change("inodes", (9,), Inode(9, "file", path, 1, 1))
    made = recording((), (*START, pid), folder="/home/ada")
    known = names(made)
    assert known.inode(9) == r"\u202eevil\e[2J\xff↵"
    assert known.path(path) == known.inode(9)
    assert known.data(b'<b>"\xe2\x80\xae\x00') == r'"<b>\"\u202e\0"'
    call = Event(0, "call", 100, 100, 0, 1, 0, 0, call="unlink", args=(Argument("path", "path", '"' + path, ""),))
    assert known.call(call) == r'unlink("\"/home/ada/\u202eevil\e[2J\xff↵") = ?'


def test_processes_threads_and_those_outside():
    made = interleaved()
    known = names(made)
    assert [known.process(pid) for pid in (100, 200, 7)] == ["P1", "P2", OUTSIDE]
    born = Event(0, "begin", 100, 101, 0, 0, 0, 0, changes=(Change("threads", (101,), Thread(101, 100, 1)),
                 Change("processes", (300,), Process(300, 100, "x", 2))))  # fmt: skip
    known = names(recording((born,)))
    assert (known.thread(100), known.thread(101), known.process(300)) == ("P1", "P1.2", "P2")
    assert (known.pid(-1), known.pid(-100), known.pid(101), known.pid(5)) == ("-1", "-P1", "P1.2", "5")


def test_the_same_names_again_for_the_same_recording():
    made = interleaved()
    assert names(made) is names(made)


def test_a_port_the_program_asks_for_stays_a_number():
    made = record(
        c("""    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a; a.sin_port = htons(1);
    connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, n);
    a.sin_port = 0; int u = socket(AF_INET, SOCK_DGRAM, 0); bind(u, (void *)&a, n); getsockname(u, (void *)&a, &n);
    sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (void *)&a, n); char x; recvfrom(u, &x, 1, 0, (void *)&a, &n);""")
    )
    text = "\n".join(lines(made))
    assert "connect(3, 127.0.0.1:1, 16) = -1 ECONNREFUSED" in text
    assert 'sendto(5, "x", 1, 0, 127.0.0.1 port A, 16) = 1' in text
    assert 'recvfrom(4, "x", 1, 0, 127.0.0.1 client port 2, [16]) = 1' in text  # the refused socket had the first
    assert not re.search(r"127\.0\.0\.1:\d{5}", text)


def test_the_length_of_the_scratch_folders_path_is_not_told():
    text = c('    char path[4096]; getcwd(path, sizeof path); symlink(path, "here"); readlink("here", path, 100);'
             ' readlink("/proc/self/exe", path, 100); chdir("/usr"); getcwd(path, sizeof path);')  # fmt: skip
    made = record(text, every_call=True)
    known = names(made)
    told = [known.call(event) for event in made.calls("getcwd", "readlink") if event.place.line]
    assert [line.rpartition(" = ")[2] for line in told if "exe" not in line] == ["…", "…", "5"]


def test_how_many_libraries_the_machine_has_is_told_nowhere():
    loads = Place(phase="before main")

    def of(size):
        listing = Inode(7, "file", "/etc/ld.so.cache", 9, 8, size=size)
        arguments = (Argument("addr", "pointer", 1 << 40, "0x10000000000"), Argument("length", "int", size, str(size)))
        event = Event(0, "call", 100, 100, 0, 0, 0.0, 0.0, loads, "munmap", arguments, 0,
                      changes=(Change("inodes", (7,), listing),))  # fmt: skip
        return recording((event, replace(event, index=1, begin=1, end=1, place=Place("prog.c", 3, "main"))))

    one, other = of(42571), of(43631)
    assert names(one).call(one.events[0]) == names(other).call(other.events[0]) == "munmap(…, …) = 0"
    assert story(one)[0] == story(other)[0]
    assert names(one).call(one.events[1]) == "munmap(…, 42571) = 0"  # what the program itself does is told


def test_when_a_fin_is_acknowledged_is_told_nowhere():
    """The other end may wait 40 ms with it (tcp(7), TCP_QUICKACK)."""
    early, late = (
        Socket("AF_INET", "SOCK_STREAM", state, "127.0.0.1:40000", "127.0.0.1:80", unsent)
        for state, unsent in (("FIN_WAIT1", 1), ("FIN_WAIT2", 0))
    )
    ends = [Inode(2, "socket", "socket:[9]", 9, 8, queue=0, socket=socket) for socket in (early, late)]
    assert content(ends[0]) == content(ends[1]) == "FIN_WAIT1/2"
    assert queues(ends[0]) == queues(ends[1]) == "0 to read"
    events = [
        Event(i, "call", 100, 100, i, i, 0.0, 0.0, call="getpid", result=100, changes=(Change("inodes", (2,), end),))
        for i, end in enumerate(ends)
    ]
    about = subjects(recording(events))
    assert [Subject("inode", (2,)) in [about.keys[n] for n in of] for of in about.of] == [True, False]
