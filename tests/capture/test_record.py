"""labkit.record from end to end: what a program does is in the recording, and what it does not do is not."""

import sys
from pathlib import Path

import pytest

import labkit
from labkit import CompileError, Fault, LabkitError
from labkit.capture.record import record
from labkit.decode.replay import replay, state, steps
from labkit.decode.store import from_json, to_json
from labkit.decode.strace import call_text, listing

pytestmark = pytest.mark.ptrace

HEAD = "#include <fcntl.h>\n#include <stdio.h>\n#include <string.h>\n#include <unistd.h>\n#include <errno.h>\n#include <sys/socket.h>\n#include <sys/wait.h>\n"  # fmt: skip  # noqa: E501


def c(body, top=""):
    return f"{HEAD}{top}\nint main(void)\n{{\n{body}\n    return 0;\n}}\n"


def own(recording, *names):
    """The calls that the program's own lines made."""
    return [event for event in recording.calls(*names) if event.place.phase != "before main"]


def after(recording, event):
    return replay(recording).at(event.end)


def before(recording, event):
    return replay(recording).at(event.begin)


def test_output_status_and_signal():
    r = record(c('    printf("out"); fprintf(stderr, "err"); return 7;'))
    assert (r.output(1), r.output(2), r.status, r.signal, r.ended_by) == (b"out", b"err", 7, None, "")
    r = record(c("    *(volatile int *)0 = 1;"))
    assert (r.status, r.signal) == (None, "SIGSEGV")
    assert [e.detail.split()[0] for e in r.events if e.kind == "signal"] == ["SIGSEGV"]
    assert r.events[-1].kind == "exit" and "SIGSEGV" in r.events[-1].detail


def test_lines_and_the_library_calls_behind_each_call():
    r = record(c('    printf("a");\n    fflush(stdout);\n    printf("b");'))
    first, last = own(r, "write")
    assert (first.place.line, first.place.function, first.place.via[0]) == (HEAD.count("\n") + 5, "main", "fflush")
    assert last.place.phase == "after main returned" and last.argument("buf") == b"b"
    assert "".join(r.sources.values()).splitlines()[first.place.line - 1].strip() == "fflush(stdout);"


def test_a_stdio_buffer_is_seen_filling():
    r = record(c('    printf("one ");\n    printf("two ");\n    printf("three");'), lines=True)
    seen = []
    for step in steps(r):
        event = r.events[step.event]
        now = replay(r).at(step.moment)
        seen += [
            s.pending for s in now.streams.get(event.pid, {}).values() if s.name == "stdout" and event.kind == "line"
        ]
    assert [p for p, q in zip(seen, [None, *seen], strict=False) if p != q] == [
        b"",
        b"one ",
        b"one two ",
        b"one two three",
    ]
    lines = [event.place.line for event in r.events if event.kind == "line"]
    assert lines == sorted(lines) and len(lines) >= 4


def test_two_descriptors_on_one_description_share_the_offset():
    r = record(c('    int a = open("/etc/passwd", 0), b = dup(a), d = open("/etc/passwd", 0); char x[9];\n'
                 "    read(a, x, 5); read(b, x, 4); read(d, x, 1);"))  # fmt: skip
    last = after(r, own(r, "read")[-1])
    (pid,) = last.processes
    fds = last.fds(pid)
    assert fds[3].open_file == fds[4].open_file != fds[5].open_file
    assert last.open_files[fds[3].open_file].offset == 9 and last.open_files[fds[5].open_file].offset == 1
    assert last.open_files[fds[3].open_file].inode == last.open_files[fds[5].open_file].inode
    assert last.holders(fds[3].open_file) == ((pid, 3), (pid, 4))


def test_bytes_waiting_in_a_pipe_and_both_its_ends():
    r = record(c('    int p[2]; char x[9]; pipe(p); write(p[1], "12345", 5); read(p[0], x, 2);'))
    (write,), (read,) = own(r, "write"), own(r, "read")
    ends = [after(r, write), after(r, read)]
    inode = ends[0].open_files[ends[0].fds(write.pid)[3].open_file].inode
    assert [end.inodes[inode].queue for end in ends] == [5, 3]
    assert ends[0].inodes[inode].capacity == 65536
    assert sorted(opened.flags for opened in ends[0].users(inode)) == ["O_RDONLY", "O_WRONLY"]


def test_values_that_come_back_through_another_descriptor():
    """The same number twice on one descriptor is news when another descriptor was told another number between."""
    r = record(
        c("""    int p[2]; char x[9]; pipe(p);
    for (int i = 0; i < 3; i++) { write(p[1], "1", 1); read(p[0], x, 1); }
    int f = open("/etc/passwd", 0), g = dup(f);
    for (int i = 0; i < 3; i++) { lseek(f, 5, SEEK_SET); lseek(g, 9, SEEK_SET); }""")
    )
    queues = []
    for event in own(r, "read", "write"):
        now = after(r, event)
        queues.append(now.inodes[now.open_files[now.fds(event.pid)[3].open_file].inode].queue)
    assert queues == [1, 0] * 3
    offsets = [after(r, e).open_files[after(r, e).fds(e.pid)[5].open_file].offset for e in own(r, "lseek")]
    assert offsets == [5, 9] * 3


def test_flags_set_through_one_descriptor_are_not_undone_by_a_look_at_another():
    r = record(
        c("""    int p[2]; char x[9]; pipe(p); int q = dup(p[0]);
    write(p[1], "1234", 4); read(p[0], x, 1); read(q, x, 1);
    fcntl(p[0], F_SETFL, O_NONBLOCK); read(q, x, 1); read(p[0], x, 1);""")
    )
    flags = [after(r, e).open_files[after(r, e).fds(e.pid)[3].open_file].flags for e in own(r, "read")]
    assert flags == ["O_RDONLY", "O_RDONLY", "O_RDONLY|O_NONBLOCK", "O_RDONLY|O_NONBLOCK"]


def test_a_socket_sent_through_itself_is_collected():
    """A cycle of messages that nobody can receive holds nothing (net/unix/garbage.c)."""
    r = record(
        Path(__file__).parent / "programs" / "script.c",
        files={"script": "0 socketpair 2048 0 0\n0 send 3 4 0\n0 close 3 0 0\n0 close 4 0 0\n"},
    )
    end = replay(r).at(own(r, "close")[-1].end)
    assert [inode.path for inode in end.inodes.values() if inode.kind == "socket"] == []


def test_a_child_shares_its_parents_descriptions_until_it_closes_them():
    r = record(c('    int f = open("/etc/passwd", 0);\n    if (fork() == 0) { close(f); _exit(3); }\n    wait(NULL);'))
    born = next(event for event in r.events if event.kind == "begin")
    then = replay(r).at(born.begin)
    child, parent = born.pid, next(pid for pid in then.processes if pid != born.pid)
    assert then.processes[child].parent == parent
    assert then.holders(then.fds(child)[3].open_file) == tuple(sorted([(parent, 3), (child, 3)]))
    (close,) = [event for event in own(r, "close") if event.pid == child]
    assert after(r, close).holders(then.fds(child)[3].open_file) == ((parent, 3),)
    ended = next(event for event in r.events if event.kind == "exit" and event.pid == child)
    assert replay(r).at(ended.begin).processes[child].state == "zombie"
    (waited,) = own(r, "wait4")
    assert child not in after(r, waited).processes


def test_a_process_is_seen_blocked_and_on_what():
    r = record(c('    int p[2]; char x; pipe(p);\n    if (fork() == 0) { close(p[1]); return !read(p[0], &x, 1); }\n'
                 "    close(p[0]); usleep(30000); write(p[1], &x, 1); wait(NULL);"))  # fmt: skip
    read = next(event for event in own(r, "read") if event.result == 1)
    assert read.wait is not None and read.wait.on == "bytes to arrive in the empty pipe"
    now = before(r, read)
    assert now.threads[read.tid].inside == read.index and now.threads[read.tid].wait == read.wait
    assert now.inodes[read.wait.inode].kind == "pipe"
    parts = [step.part for step in steps(r) if step.event == read.index]
    assert parts == ["enters", "returns"]


def test_tcp_states_queues_and_the_listen_queue():
    r = record(c("""    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a; int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0); char x[9];
    bind(l, (void *)&a, n); listen(l, 3); getsockname(l, (void *)&a, &n);
    connect(c, (void *)&a, n); write(c, "12345", 5);
    int s = accept(l, 0, 0); read(s, x, 2); shutdown(c, SHUT_WR); read(s, x, 9); read(s, x, 9);""",
                 top="#include <arpa/inet.h>"))  # fmt: skip
    (listen,), (connect,), (accept,) = own(r, "listen"), own(r, "connect"), own(r, "accept")

    def inode(now, fd):
        return now.inodes[now.open_files[now.fds(listen.pid)[fd].open_file].inode]

    assert inode(after(r, listen), 3).socket.state == "LISTEN" and inode(after(r, listen), 3).socket.backlog == (0, 3)
    assert inode(after(r, connect), 4).socket.state == "ESTABLISHED"
    assert inode(after(r, connect), 3).socket.backlog == (1, 3)
    assert inode(after(r, accept), 3).socket.backlog == (0, 3)
    server, client = inode(after(r, accept), 5), inode(after(r, accept), 4)
    assert (server.queue, server.socket.peer_inode, client.socket.peer_inode) == (5, client.id, server.id)
    reads = own(r, "read")
    assert inode(after(r, reads[0]), 5).queue == 3
    assert reads[2].result == 0 and inode(after(r, reads[2]), 5).socket.state == "CLOSE_WAIT"


def test_a_terminal_a_pipe_and_a_file():
    kinds = {}
    for target in ("terminal", "pipe", "file"):
        r = record(c('    printf("x\\n"); printf("y\\n");'), stdout=target)
        now = state(r, -1)
        kinds[target] = now.inodes[now.open_files[next(iter(now.tables.values()))[1].open_file].inode].kind
        assert r.output(1).replace(b"\r", b"") == b"x\ny\n"
        assert len(own(r, "write")) == (2 if target == "terminal" else 1)
    assert kinds == {"terminal": "terminal", "pipe": "pipe", "file": "file"}


@pytest.mark.parametrize("kind", ["pipe", "file", "terminal"])
def test_standard_input(kind):
    r = record(c("    char x[20]; int n = read(0, x, 20); write(1, x, n);"), stdin="typed\n", stdin_from=kind)
    assert own(r, "read")[0].argument("buf") == b"typed\n"
    assert record(c("    char x; return read(0, &x, 1);")).stdin == "null"


def test_faults_are_met_by_the_program():
    program = c("""    char x[100]; int f = open("/etc/passwd", 0);
    for (int i = 0; i < 4; i++) { int n = read(f, x, 50); printf("%d ", n < 0 ? -errno : n); }""")
    r = record(program, inject=[Fault("read", 2, errno="EINTR"), Fault("read", 3, length=7)])
    assert r.output(1) == b"50 -4 7 50 "
    reads = own(r, "read")
    assert [(e.result, e.errno, e.detail) for e in reads] == [
        (50, "", ""), (-1, "EINTR", "fault injected"), (7, "", "fault injected"), (50, "", "")
    ]  # fmt: skip
    offsets = [after(r, e).open_files[after(r, e).fds(e.pid)[3].open_file].offset for e in reads]
    assert offsets == [50, 50, 57, 107]
    r = record(c('    printf("%d", open("/etc/passwd", 0) < 0 ? errno : 0);'), inject=[Fault("openat", errno="EMFILE")])
    assert r.output(1) == b"24"
    r = record(c('    int f = open("out", O_CREAT|O_WRONLY, 0600), n = 0;\n'
                 '    for (int i; n < 10 && (i = write(f, "0123456789" + n, 10 - n)) > 0; n += i);\n    return n;'),
               inject=[Fault("write", length=3, onwards=True)])  # fmt: skip
    assert r.status == 10 and [e.result for e in own(r, "write")] == [3, 3, 3, 1]


@pytest.mark.parametrize(("fault", "words"), [
    (Fault("raed", errno="EIO"), "no system call 'raed'.*Did you mean read"),
    (Fault("read", errno="EINTER"), "no errno 'EINTER'.*EINTR"),
    (Fault("read"), "needs either an errno"),
    (Fault("read", 0, errno="EIO"), "not for number 0"),
    (Fault("open", length=1), "cannot be cut short"),
])  # fmt: skip
def test_faults_that_make_no_sense_are_refused(fault, words):
    with pytest.raises(LabkitError, match=words):
        record(c(""), inject=[fault])


def test_programs_may_be_given_in_many_ways(tmp_path):
    path = tmp_path / "hello.c"
    path.write_text(c('    puts("hello");'))
    assert record(path).output() == b"hello\n"
    assert record(str(path)).name == "hello"
    assert record(labkit.build(path)).argv == ("hello",)
    assert record("echo", ["a b", "c"]).output() == b"a b c\n"
    assert record("/bin/echo", "'a b' c").output() == b"a b c\n"
    assert record("echo $((6 * 7)) | cat", shell=True).output() == b"42\n"


def test_it_runs_in_a_folder_of_its_own_with_the_files_given(tmp_path):
    r = record("cat name && pwd && touch made", shell=True, files={"name": "here\n"})
    here, where = r.output().decode().splitlines()
    assert here == "here" and not Path(where).exists()
    record("touch made", shell=True, folder=tmp_path)
    assert (tmp_path / "made").exists()
    with pytest.raises(LabkitError, match="outside"):
        record("true", files={"../x": ""})


@pytest.mark.parametrize(("arguments", "words"), [
    (("/no/such/program",), "no such file"),
    (("no-such-program",), "neither the course .* nor PATH"),
    (("/etc/passwd",), "not executable"),
    (("/etc",), "folder"),
])  # fmt: skip
def test_what_cannot_be_run_is_told(arguments, words):
    with pytest.raises(LabkitError, match=words):
        record(*arguments)


def test_what_does_not_compile_is_the_compilers_to_say():
    with pytest.raises(CompileError, match="error"):
        record("int main(void) { return x; }\n")


def test_limits_end_it_and_the_recording_says_so():
    r = record(c("    for (;;) ;"), seconds=0.3)
    assert (r.ended_by, r.status, r.signal) == ("seconds", None, None)
    r = record(c("    for (;;) getppid();"), events=500)
    assert r.ended_by == "events" and len(r.events) >= 500
    with pytest.raises(LabkitError, match="no argument 'second'"):
        record("true", second=3)


def test_a_static_program_without_symbols_still_has_its_calls():
    import subprocess

    built = labkit.build(c('    printf("x");'), flags=["-static", "-s"])
    r = record(built.path)
    assert r.output() == b"x" and own(r, "write")
    assert any("no debug information" in word for word in r.missing)
    assert any("streams" in word for word in r.missing)
    with pytest.raises(labkit.UnsupportedError, match="compile it with -g"):
        record(built.path, lines=True)
    assert subprocess.run([built.path], capture_output=True, check=True).stdout == b"x"


def test_every_call_on_request():
    quiet, full = record("true"), record("true", every_call=True)
    assert {e.call for e in full.calls()} - {e.call for e in quiet.calls()} >= {"brk", "mprotect"}
    assert [a.name for a in full.calls("mprotect")[0].args] == ["arg1", "arg2", "arg3", "arg4", "arg5", "arg6"]


def test_data_is_kept_to_the_limit():
    r = record(c("    char x[1000]; memset(x, 120, 1000); write(1, x, 1000);"), data_limit=10)
    (buf,) = [a for a in own(r, "write")[0].args if a.name == "buf"]
    assert (buf.value, buf.size) == (b"x" * 10, 1000)


def test_a_recording_survives_its_file():
    r = record("echo one | cat; exit 3", shell=True)
    assert from_json(to_json(r)) == r


def test_the_listing_tells_it_all():
    r = record(c('    if (fork() == 0) _exit(2);\n    wait(NULL);\n    printf("x");'))
    text = "\n".join(listing(r, times=True))
    for words in ("execve(", "fork", "exited with 2", 'write(1, "x", 1) = 1', "after main returned"):
        assert words in text
    assert not [line for line in listing(r, before_main=False) if "ld.so" in line]
    assert call_text(own(r, "write")[0]) == 'write(1, "x", 1) = 1'


def test_the_recording_says_that_its_times_are_under_tracing():
    r = record("true")
    assert r.made["times"] == "under tracing" and r.duration > 0
    times = [event.at for event in r.events]
    assert times == sorted(times)
    assert all(event.until is None or event.until >= event.at for event in r.events)


def test_no_descriptor_is_left_open():
    fds = len(list(Path("/proc/self/fd").iterdir()))
    record("echo x | cat", shell=True)
    assert len(list(Path("/proc/self/fd").iterdir())) == fds


def test_import_is_not_paid_for_by_those_who_do_not_record():
    import subprocess

    code = "import labkit, sys; assert 'labkit.capture.record' not in sys.modules and 'elftools' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("stderr", ["pipe", "terminal"])
@pytest.mark.parametrize("stdout", ["pipe", "file", "terminal"])
def test_what_is_typed_at_a_terminal_does_not_hide_what_is_printed_elsewhere(stdout, stderr):
    made = record(
        "read x; echo $x; echo problem >&2",
        shell=True,
        stdin="typed\n",
        stdin_from="terminal",
        stdout=stdout,
        stderr=stderr,
    )
    echo, printed, problem = b"typed\n", b"typed\n", b"problem\n"
    terminal = echo + (printed if stdout == "terminal" else b"") + (problem if stderr == "terminal" else b"")
    shown_as = 1 if stdout == "terminal" else 2 if stderr == "terminal" else 0
    assert made.output(shown_as) == terminal
    if stdout != "terminal":
        assert made.output(1) == printed
    if stderr != "terminal":
        assert made.output(2) == problem


def test_exec_takes_the_streams_of_the_old_program_away():
    source = "\n".join((
        "#include <stdio.h>", "#include <unistd.h>", "int main(void)", "{", '    printf("lost");',
        '    return execl("/bin/true", "true", NULL);', "}",
    ))  # fmt: skip
    made = record(source)
    (exec_call,) = [event for event in made.calls("execve") if event.place.line is not None]
    again = replay(made)
    assert [stream.pending for stream in again.at(exec_call.begin).streams[exec_call.pid].values()].count(b"lost") == 1
    assert exec_call.pid not in again.at(exec_call.end).streams
