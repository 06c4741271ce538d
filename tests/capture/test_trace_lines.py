"""Line records come in the order in which the lines run, with the streams as they are then, and within their credit."""

import struct

import pytest
from tracing import PROGRAMS, compiled, printed, traced

from labkit.capture.elf import Elf
from labkit.capture.lines import Lines

pytestmark = pytest.mark.ptrace
WRITE = 1


def statements(program):
    return {statement.address: statement.line for statement in Lines(Elf.open(program)).statements()}


def lines_of(log, at):
    return [at[raw.extra["link_address"]] for raw in log if raw.kind == "line"]


def number_of(text):
    lines = (PROGRAMS / "lines.c").read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if text in line]
    return number


def pending_of_stdout(raw):
    for file in raw.files or ():
        if struct.unpack_from("<i", file.head, 0x70)[0] == 1:  # _fileno
            return file.pending
    return None


@pytest.mark.parametrize("flags", [(), ("-no-pie",), ("-static",)], ids=["pie", "no-pie", "static"])
def test_lines_in_order_with_the_buffer_filling(flags):
    program = compiled("lines", *flags)
    at = statements(program)
    result, log = traced([program], lines={program: list(at)}, stderr="pipe")
    assert (result.status, printed(result), printed(result, 2)) == (0, b"begin 499506\n", b"xy")
    first_write = next(raw.seq for raw in log if raw.kind == "entry" and raw.nr == WRITE)
    seen = lines_of(log[:first_write], at)
    loop, body, call = number_of("i < 3"), number_of("sum += twice"), number_of("int result")
    assert [line for line in seen if line in (loop, body, call)][:6] == [loop, body, call, loop, body, call] or [
        line for line in seen if line in (loop, body, call)
    ][:7] == [loop, loop, body, call, loop, loop, body]
    assert seen.count(call) == seen.count(body) == 3
    after = [raw for raw in log if raw.kind == "line" and at[raw.extra["link_address"]] == loop]
    assert pending_of_stdout(after[0]) == b"begin "
    assert all(pending_of_stdout(raw) is None for raw in after[1:])  # unchanged since
    # In the long loop the credit runs out: 40 lines, the last of which says so; after the next call there are more.
    writes = [raw.seq for raw in log if raw.kind == "exit" and raw.nr == WRITE]
    between = [raw for raw in log[writes[0] : writes[1]] if raw.kind == "line"]
    assert len(between) == 40
    assert [raw.extra["lifted"] for raw in between] == [False] * 39 + [True]
    assert number_of('printf("%d') in lines_of(log[writes[1] :], at)


def test_the_registers_stand_at_the_line():
    program = compiled("lines")
    at = statements(program)
    _, log = traced([program], lines={program: list(at)})
    for raw in (raw for raw in log if raw.kind == "line"):
        assert raw.regs[16] == raw.extra["address"]
        assert raw.stack[0] == raw.regs[19] and len(raw.stack[1]) > 500


def test_the_credit_can_be_larger():
    program = compiled("lines")
    at = statements(program)
    _, log = traced([program], lines={program: list(at)}, credit=10_000)
    assert lines_of(log, at).count(number_of("sum += i;")) == 1000


def test_children_have_lines_too_and_execed_programs_none_of_ours(tmp_path):
    from labkit.capture.build import build

    source = """
    #include <sys/wait.h>
    #include <unistd.h>
    int main(void)
    {
        if (fork() == 0) {
            execl("/bin/true", "true", (char *)0);
            _exit(1);
        }
        wait(0);
        return 0;
    }
    """
    program = str(build(source).path)
    at = statements(program)
    result, log = traced([program], lines={program: list(at)})
    assert result.status == 0
    child = next(raw.extra["pid"] for raw in log if raw.kind == "fork")
    execed = next(raw.seq for raw in log if raw.kind == "exec" and raw.pid == child)
    assert [at[raw.extra["link_address"]] for raw in log if raw.kind == "line" and raw.pid == child] == [7]
    assert all(raw.seq < execed for raw in log if raw.kind == "line" and raw.pid == child)


def test_a_signal_at_a_line_is_told_once():
    """A line interrupted by a signal before its first instruction is run when the handler is done, but is one line."""
    from labkit.capture.build import build

    source = """
    #include <signal.h>
    #include <sys/time.h>
    #include <unistd.h>
    static volatile int rings;
    static void ring(int number) { (void)number; rings++; }
    int main(void)
    {
        struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { 0 };
        signal(SIGALRM, ring);
        setitimer(ITIMER_REAL, &often, 0);
        for (volatile int i = 0; i < 2000; i++)
            rings += 0;
        setitimer(ITIMER_REAL, &never, 0);
        return rings == 0;
    }
    """
    program = str(build(source).path)
    at = statements(program)
    result, log = traced([program], lines={program: list(at)}, credit=100_000)
    assert result.status == 0
    assert lines_of(log, at).count(13) == 2000


FAULTY = """
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void)
{
    char bytes[10];
    int fd = open("/dev/zero", O_RDONLY);
    for (int i = 0; i < 4; i++) {
        ssize_t n = read(fd, bytes, 10);
        dprintf(2, "%zd%s%s ", n, n < 0 ? " " : "", n < 0 ? strerrorname_np(errno) : "");
    }
    return 0;
}
"""


@pytest.mark.parametrize(
    ("inject", "says"),
    [
        ("0 1 errno 4", "-1 EINTR 10 10 10 "),
        ("0 2 errno 5", "10 -1 EIO 10 10 "),
        ("0 3+ errno 11", "10 10 -1 EAGAIN -1 EAGAIN "),
        ("0 2 short 3", "10 3 10 10 "),
        ("0 1+ short 1\n0 3 errno 5", "1 1 1 1 "),
        ("0 3 errno 5\n0 1+ short 1", "1 1 -1 EIO 1 "),
        ("0 1 short 100", "10 10 10 10 "),
        ("257 1 errno 13", "-1 EBADF -1 EBADF -1 EBADF -1 EBADF "),
    ],
)
@pytest.mark.parametrize("flags", [(), ("-static",)], ids=["dynamic", "static"])
def test_faults_on_request(inject, says, flags):
    from labkit.capture.build import build

    result, log = traced([str(build(FAULTY, flags=("-D_GNU_SOURCE", *flags)).path)], inject=inject, stderr="pipe")
    assert b"".join(chunk.data for chunk in result.output).decode() == says
    number = int(inject.split()[0])
    injected = [raw for raw in log if raw.extra.get("injected")]
    assert {raw.nr for raw in injected} <= {number}
    assert bool(injected) == (inject != "0 1 short 100")
    assert sum(raw.kind == "entry" for raw in injected) == sum(raw.kind == "exit" for raw in injected)
    lengths = [raw.args[2] for raw in log if raw.kind == "entry" and raw.nr == 0][-4:]
    assert lengths == [10] * 4  # the log says what the program asked for
