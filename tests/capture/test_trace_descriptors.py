"""The facts of descriptors in the log are those that the program itself was told by the kernel."""

import os
import re

import pytest
from tracing import PLAN, compiled, printed, traced

from labkit.capture.rawlog import RawFd
from labkit.model import Limits

pytestmark = pytest.mark.ptrace
WRITE, CLOSE, READ = 1, 3, 0
REFUSED = pytest.mark.parametrize("without", [(), ("kcmp", "pidfd_getfd")], ids=["all", "refused"])


def tables_by_step(log):
    """What is known of each process's descriptors at each of its records: fd → RawFd, by (pid)."""
    known = {}
    for raw in log:
        if raw.table is not None:
            known[raw.pid] = {fd.fd: fd for fd in raw.table}
        elif raw.kind == "fork":
            known[raw.extra["pid"]] = dict(known[raw.pid])
        for fd in raw.fds:
            if fd.gone:
                known[fd.pid].pop(fd.fd, None)
            else:
                known[fd.pid][fd.fd] = fd
        yield raw, known


@REFUSED
def test_facts_equal_what_the_program_is_told(tmp_path, without):
    result, log = traced([compiled("descriptor_facts")], cwd=tmp_path, stderr="pipe", without=without)
    told = 0
    for raw, known in tables_by_step(log):
        if not (raw.kind == "entry" and raw.nr == WRITE and raw.args[0] == 2):
            continue
        line = raw.memory[0].data.decode()
        fd = known[raw.pid].get(int(line.split()[0]))
        told += 1
        if line.endswith("gone\n"):
            assert fd is None, line
            continue
        assert fd is not None, line
        facts = dict(re.findall(r"(\w+)=(-?\d+)", line))
        assert fd.ino == int(facts["ino"]), line
        assert fd.flags == int(facts["flags"], 8) & ~0o2000000, line
        assert fd.cloexec == bool(int(facts["cloexec"])), line
        if fd.pos is not None:
            assert fd.pos == int(facts["pos"]), (line, fd)
        assert (fd.size if fd.size is not None else -1) == int(facts["size"]), (line, fd)
        if fd.link.startswith("pipe"):
            assert fd.queue == int(facts["queue"]), (line, fd)
    assert result.status == 0 and told == 21


def test_an_eventfds_text(tmp_path):
    _, log = traced([compiled("descriptor_facts")], cwd=tmp_path, stderr="pipe")
    events = [fd.info for raw in log for fd in raw.fds if fd.link == "anon_inode:[eventfd]"]
    counts = [int(re.search(r"eventfd-count:\s+(\w+)", text)[1], 16) for text in events]
    assert counts[:2] == [5, 7]


def test_only_what_changed_is_logged(tmp_path):
    _, log = traced([compiled("descriptor_facts")], cwd=tmp_path, stderr="file")
    last = {}
    for raw in log:
        for fd in raw.fds:
            assert fd != last.get((fd.pid, fd.fd)), fd
            last[fd.pid, fd.fd] = fd


NETWORK = r"""
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int ok) { if (!ok) { perror("network"); _exit(1); } }

int main(void)
{
    char bytes[100];
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof at;
    must(bind(listener, (void *)&at, size) == 0 && listen(listener, 3) == 0);
    getsockname(listener, (void *)&at, &size);
    must(connect(client, (void *)&at, size) == 0);
    int server = accept(listener, NULL, NULL);
    must(write(client, "hello", 5) == 5);
    must(read(server, bytes, 2) == 2);
    shutdown(client, SHUT_WR);
    close(server);
    close(client);
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    must(write(pair[0], "1234567", 7) == 7 && read(pair[1], bytes, 3) == 3);
    close(pair[0]);
    int one = socket(AF_UNIX, SOCK_STREAM, 0), two = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "door" };
    must(bind(one, (void *)&name, sizeof name) == 0 && listen(one, 2) == 0);
    must(connect(two, (void *)&name, sizeof name) == 0);
    int three = accept(one, NULL, NULL);
    must(write(two, "abc", 3) == 3);
    close(three);
    int from = socket(AF_INET, SOCK_DGRAM, 0), to = socket(AF_INET, SOCK_DGRAM, 0);
    at.sin_port = 0;
    must(bind(to, (void *)&at, size) == 0);
    getsockname(to, (void *)&at, &size);
    must(sendto(from, "datagram", 8, 0, (void *)&at, size) == 8 && recv(to, bytes, 100, 0) == 8);
    return 0;
}
"""


def story(log):
    """(call, descriptors other than the call's own or itself, as (fd, what changed)) for the socket calls."""
    names = {41: "socket", 42: "connect", 43: "accept", 49: "bind", 50: "listen", 53: "socketpair", 48: "shutdown",
             0: "read", 1: "write", 3: "close", 44: "sendto", 45: "recvfrom"}  # fmt: skip
    for raw in log:
        if raw.kind == "exit" and raw.nr in names:
            seen = {fd.fd: fd for fd in raw.fds if fd.gone or fd.link.startswith("socket")}
            if seen or raw.nr == 42:
                yield names[raw.nr], seen


@REFUSED
def test_sockets_queues_states_and_peers(tmp_path, without):
    from labkit.capture.build import build

    result, log = traced([str(build(NETWORK).path)], cwd=tmp_path, without=without)
    assert result.status == 0
    steps = [step for step in story(log) if step[0] != "close" or any(fd >= 3 for fd in step[1])]
    steps = steps[next(i for i, (call, _) in enumerate(steps) if call == "socket") :]
    step = iter(steps)

    def after(call):
        name, seen = next(step)
        while name != call:
            name, seen = next(step)
        return seen

    LISTENER, CLIENT, SERVER = 3, 4, 5
    made = after("socket")[LISTENER]
    assert (made.sodomain, made.sotype, made.soprotocol, made.tcp_state) == (2, 1, 6, 7)
    listening = after("listen")[LISTENER]
    assert (listening.tcp_state, listening.accept_queue, listening.backlog) == (10, 0, 3)
    connected = after("connect")
    assert (connected[CLIENT].tcp_state, connected[LISTENER].accept_queue) == (1, 1)
    assert connected[CLIENT].peer[:8] == connected[LISTENER].local[:8]
    accepted = after("accept")
    assert (accepted[SERVER].tcp_state, accepted[SERVER].queue, accepted[LISTENER].accept_queue) == (1, 0, 0)
    assert accepted[SERVER].peer[:8] == connected[CLIENT].local[:8]
    assert after("write")[SERVER].queue == 5
    assert after("read")[SERVER].queue == 3
    down = after("shutdown")
    assert down[CLIENT].tcp_state in (
        4,
        5,
    )  # FIN_WAIT1, and FIN_WAIT2 once the FIN is acknowledged, which may take its time
    assert down[SERVER].tcp_state == 8  # CLOSE_WAIT
    assert after("close")[SERVER].gone
    assert after("close")[CLIENT].gone
    PAIR = (4, 5)  # the lowest free numbers again
    pair = after("socketpair")
    assert pair[PAIR[0]].peer_ino == pair[PAIR[1]].ino and pair[PAIR[1]].peer_ino == pair[PAIR[0]].ino
    assert after("write")[PAIR[1]].queue == 7
    assert after("read")[PAIR[1]].queue == 4
    closed = after("close")
    assert closed[PAIR[0]].gone and closed[PAIR[1]].peer_ino is None
    ONE, TWO, THREE = 4, 6, 7
    listening = after("listen")[ONE]
    assert (listening.accept_queue, listening.backlog, listening.local[2:6]) == (0, 2, b"door")
    connected = after("connect")
    assert connected[ONE].accept_queue == 1
    accepted = after("accept")
    assert accepted[ONE].accept_queue == 0
    assert accepted[THREE].peer_ino == accepted[TWO].ino
    assert after("write")[THREE].queue == 3
    assert after("close")[THREE].gone
    TO = 8
    assert after("bind")[TO].soprotocol == 17
    if not without:  # sock_diag does not know how many bytes a datagram has: then there is no change to be seen
        assert after("sendto")[TO].queue == 8
        assert after("recvfrom")[TO].queue == 0


def test_passed_descriptors_are_found_without_a_rescan(tmp_path):
    _, log = traced([compiled("torture", "-pthread")], cwd=tmp_path)
    (received,) = (raw for raw in log if raw.kind == "exit" and raw.nr == 47)
    new = [fd for fd in received.fds if fd.link.startswith("pipe:")]
    assert received.table is None and len(new) == 1
    sent = {fd.ino for raw in log[: received.seq] for fd in raw.fds if fd.pid == received.pid}
    assert new[0].ino in sent


@pytest.mark.kcmp
def test_verify_mode_shows_sharing_as_kcmp_does(tmp_path):
    result, log = traced([compiled("descriptor_facts")], cwd=tmp_path, stderr="file", verify=True)
    if not result.capabilities["kcmp"]:
        pytest.skip("NOT TESTED: kcmp is refused here")
    last = [raw.extra["verify"] for raw in log if "verify" in raw.extra]
    shared = max(last, key=len)  # while the child lives: both have the same open files
    groups = {}
    for fd in shared:
        groups.setdefault(fd.group, set()).add((fd.pid, fd.fd))
    pids = {fd.pid for fd in shared}
    assert len(pids) == 2
    files = {fd.fd for fd in shared if fd.link.endswith("/file")}
    assert len(files) == 2
    assert {(pid, fd) for pid in pids for fd in files} in groups.values()


def test_verify_mode_equals_the_log_of_one_process(tmp_path):
    _, log = traced(["/bin/cat", "/etc/passwd"], cwd=tmp_path, verify=True)
    compared = 0
    for raw, known in tables_by_step(log):
        for fd in raw.extra.get("verify", ()):
            seen = known[fd.pid][fd.fd]
            assert (seen.link, seen.flags, seen.cloexec, seen.ino) == (fd.link, fd.flags, fd.cloexec, fd.ino)
            assert seen.pos is None or seen.pos == fd.pos
            compared += 1
        if "verify" in raw.extra:
            assert {fd.fd for fd in raw.extra["verify"]} == set(known[raw.pid])
    assert compared > 50


def test_a_thousand_descriptors_cost_no_look_each():
    """With 1,000 open descriptors a call on one of them logs one, and the tracer keeps its own descriptors few."""
    source = r"""
    #include <fcntl.h>
    #include <unistd.h>
    int main(void)
    {
        char byte;
        int fd = -1;
        for (int i = 0; i < 1000; i++)
            fd = open("/etc/passwd", O_RDONLY);
        for (int i = 3; i < 1000; i++)
            if (read(i, &byte, 1) != 1)
                return 1;
        return fd != 1002;
    }
    """
    from labkit.capture.build import build

    result, log = traced([str(build(source).path)], plan=PLAN, limits=Limits(seconds=60))
    assert os.waitstatus_to_exitcode(result.status) == 0
    reads = [raw for raw in log if raw.kind == "exit" and raw.nr == READ and raw.rval == 1]
    assert [[fd.pos for fd in raw.fds] for raw in reads] == [[1]] * 997
    assert all(isinstance(fd, RawFd) and raw.table is None for raw in reads for fd in raw.fds)
    assert printed(result) == b""
