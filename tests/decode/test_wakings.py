"""Who woke whom, against recordings made by hand and real ones."""

from dataclasses import replace

from labkit.capture.record import record
from labkit.decode.wakings import wakings
from labkit.model import Argument, Change, Descriptor, Event, Inode, OpenFile, Place, Process, Thread, Wait
from tests.decode.happenings import recording

PIPE = (
    Change("processes", (1,), Process(1, 0, "a", 1)),
    Change("threads", (1,), Thread(1, 1, 1)),
    Change("processes", (2,), Process(2, 1, "b", 2)),
    Change("threads", (2,), Thread(2, 2, 2)),
    Change("inodes", (9,), Inode(9, "pipe", "pipe:[9]")),
    Change("open_files", (1,), OpenFile(1, 9, "O_RDONLY")),
    Change("open_files", (2,), OpenFile(2, 9, "O_WRONLY")),
    Change("tables", (1, 3), Descriptor(1)),
    Change("tables", (2, 4), Descriptor(2)),
    Change("tables", (2, 5), Descriptor(2)),
)


def call(index, tid, name, begin, end, fd, result=0, **more):
    args = (Argument("fd", "fd", fd, str(fd)),) if fd is not None else ()
    return Event(index, "call", tid, tid, begin, end, 0.0, 0.0, Place(), name, args, result, **more)


def asleep(name, result, end, inode=9, **more):
    return call(0, 1, name, 0, end, 3, result, wait=Wait("bytes", inode), **more)


def test_the_first_write_wakes_a_read():
    first, second = call(1, 2, "write", 1, 2, 4, 3), call(2, 2, "write", 3, 4, 4, 3)
    assert wakings(recording((asleep("read", 3, 5), first, second), PIPE)) == {0: 1}


def test_the_last_close_wakes_a_read_of_the_end():
    def closed(fd):
        return (Change("tables", (2, fd), None),)

    first = call(1, 2, "close", 1, 2, 4, changes=closed(4))
    second = call(2, 2, "close", 3, 4, 5, changes=closed(5))
    assert wakings(recording((asleep("read", 0, 5), first, second), PIPE)) == {0: 2}


def test_what_failed_or_led_elsewhere_or_was_before_wakes_nobody():
    failed = call(1, 2, "write", 1, 2, 4, -1, errno="EAGAIN")
    elsewhere = call(1, 2, "write", 1, 2, 7, 3)
    for other in (failed, elsewhere):
        assert wakings(recording((asleep("read", 3, 5), other), PIPE)) == {}
    late = replace(asleep("read", 3, 5), index=1, begin=2)
    before = call(0, 2, "write", 0, 1, 4, 3)
    assert wakings(recording((before, late), PIPE)) == {}


def test_a_child_that_ends_wakes_wait_and_a_signal_the_interrupted():
    ends = Event(1, "exit", 2, 2, 1, 1, 0.0, 0.0, detail="exited with 0", changes=(Change("threads", (2,), None),))
    waits = call(0, 1, "wait4", 0, 2, None, 2, wait=Wait("a child"))
    assert wakings(recording((waits, ends), PIPE)) == {0: 1}
    assert wakings(recording((replace(waits, result=77), ends), PIPE)) == {}
    kills = replace(call(1, 2, "kill", 1, 2, None), args=(Argument("pid", "int", 1, "1"),))
    assert wakings(recording((asleep("read", -1, 3, errno="EINTR"), kills), PIPE)) == {0: 1}


PROGRAM = """#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    int p[2]; char c;
    pipe(p);
    if (fork() == 0) {
        close(p[1]); read(p[0], &c, 1); _exit(0);
    }
    usleep(50000);
    write(p[1], "x", 1);
    return wait(NULL) < 0;
}
"""


def test_a_real_reader_is_woken_by_the_real_write():
    made = record(PROGRAM)
    woken = wakings(made)
    read = next(event for event in made.calls("read") if event.wait is not None)
    write = next(event for event in made.calls("write"))
    assert woken[read.index] == write.index
    for index, waker in woken.items():
        assert made.events[index].tid != made.events[waker].tid
        assert made.events[waker].begin < made.events[index].end
