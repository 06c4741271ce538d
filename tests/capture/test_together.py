"""Several programs recorded together: when each begins, what it is told, and how the rest is ended."""

from itertools import pairwise

import pytest

from labkit.capture.build import build
from labkit.capture.together import record_together
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.decode.store import from_json, to_json
from labkit.decode.story import story
from labkit.draw.stepper.stepped import stepped
from labkit.errors import LabkitError
from tests.capture.talking import CLIENT, PROGRAMS, SERVER, endings, odd


def test_a_server_and_a_client(marked):
    recording = record_together(SERVER, f"{CLIENT} hello", env=marked)
    server, client = recording.programs
    assert (server.name, server.status, server.signal) == ("echo_server", None, "SIGTERM")
    assert (client.name, client.status, client.signal) == ("echo_client", 0, None)
    assert recording.ended_by == ""
    assert recording.output(program=1) == b"hello\n" == recording.output()
    assert recording.output(program=0) == b""
    assert set(recording.sources) == {"echo_server.c", "echo_client.c"}
    connected = next(event for event in recording.calls("connect") if event.pid == client.pid)
    address = connected.argument("addr")
    assert client.argv == ("echo_client", str(address["port"]), "hello")
    assert connected.result == 0


def test_each_begins_when_all_before_it_wait_or_have_ended(marked):
    recording = record_together(SERVER, *[f"{CLIENT} {word}" for word in "abc"], env=marked)
    server, *clients = recording.programs
    begins = {event.pid: event.begin for event in recording.events if event.kind == "begin"}
    ends = {event.pid: event.begin for event in recording.events if event.kind == "exit"}
    for before, after in pairwise(clients):
        assert ends[before.pid] < begins[after.pid]
    state = replay(recording).at(begins[clients[0].pid])
    assert recording.events[state.threads[server.pid].inside].call == "accept"
    assert recording.output() == b"a\nb\nc\n"


def test_in_turn_everything_is_the_same_in_every_run(marked):
    def told():
        recording = record_together(odd("server", "forks"), f"{CLIENT} a", f"{CLIENT} b", in_turn=True, env=marked)
        called = names(recording)
        return [*story(recording), *(called.call(event) for event in recording.calls())]

    first = told()
    assert all(told() == first for _ in range(19))


def test_a_port_that_the_kernel_chose_is_in_no_picture_by_its_number(marked):
    printing = """
    #include <stdio.h>
    #include <arpa/inet.h>
    #include <sys/socket.h>
    int main(void)
    {
        struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof here;
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(fd, (struct sockaddr *)&here, size) || listen(fd, 1)) return 1;
        if (getsockname(fd, (struct sockaddr *)&here, &size)) return 1;
        printf("port %d\\n", ntohs(here.sin_port));
        fflush(stdout);
        return accept(fd, NULL, NULL) < 0;
    }
    """
    recording = record_together(printing, f"{CLIENT} http://me:{{port}}/", in_turn=True, env=marked)
    port = recording.programs[1].argv[1]
    assert recording.output(program=0) == f"port {port}\n".encode()
    ready = stepped(recording)
    assert "port #####" in ready.text()
    assert '"echo_client" with port A and "http://me:#####/"' in ready.text()
    shown = [*ready.lines, ready.text(), *(f"{scene.film}{scene.twin}" for scene in ready.scenes)]
    assert not [text for text in shown if port in text]


def test_a_port_that_nobody_listens_on_is_an_error_that_names_the_program(marked):
    with pytest.raises(LabkitError, match=r"echo_client is to be told a \{port\}"):
        record_together(("/bin/sleep", ["100"]), f"{CLIENT} hello", env=marked)
    with pytest.raises(LabkitError, match=r"no program before it listens[^$]*Said on standard error: no address"):
        record_together(("sh", ["-c", "echo no address >&2"]), f"{CLIENT} hello", env=marked)


def test_segments_between_the_programs_are_captured(marked):
    recording = record_together(SERVER, f"{CLIENT} hello", env=marked, wire=True)
    if recording.wire == "captured":  # what tests of the wire say loudly where it is not
        assert recording.segments[0].flags == ("SYN",)
        assert [segment.data for segment in recording.segments if segment.length] == [b"hello", b"hello"]
        assert recording.programs[1].argv[1] == recording.segments[0].target.rpartition(":")[2]


def test_programs_of_all_kinds(marked):
    recording = record_together(
        f"{PROGRAMS / 'echo_server.c'} 0",
        ("sh", ["-c", "echo $1", "sh", "{port}{port}"]),
        (build(PROGRAMS / "echo_client.c"), "{port} 'two words'"),
        env=marked,
    )
    port = recording.programs[2].argv[1]
    assert recording.output(program=1) == f"{port}{port}\n".encode()
    assert recording.output(program=2) == b"two words\n"
    assert recording.title == "echo_server, sh and echo_client"


def test_the_same_program_twice_is_one_source_and_two_texts_of_one_name_are_refused(marked):
    recording = record_together("hello", "hello", env=marked)
    assert list(recording.sources) == ["hello.c"]
    assert recording.title == "2 × hello"
    assert (
        recording.output(program=0) == recording.output(program=1) == recording.output()[: len(recording.output()) // 2]
    )
    with pytest.raises(LabkitError, match="Give one another name"):
        record_together("int main(void)\n{ return 0; }", "int main(void)\n{ return 1; }", env=marked)


def test_a_unix_socket_and_what_is_read(marked):
    server, client = PROGRAMS / "unix_server.c", PROGRAMS / "unix_client.c"
    recording = record_together(server, client, stdin=(None, "hello"), env=marked, in_turn=True)
    assert recording.output(program=1) == b"HELLO"
    assert endings(recording) == [0, 0]
    for told in (
        lambda: record_together(server, client, stdin="hello"),
        lambda: record_together(server, stdin=(None, "hello")),
        lambda: record_together(),
        lambda: record_together("'"),
        lambda: record_together(" "),
    ):
        with pytest.raises(LabkitError):
            told()


@pytest.mark.parametrize("where", ["terminal", "file", "pipe"])
def test_each_has_an_output_of_its_own(marked, where):
    shown = record_together(
        "hello", ("sh", ["-c", "tty <&1; echo b; echo c >&2"]), env=marked, stdout=where, stderr=where
    )
    first, second = (shown.output(1, 2, program=number) for number in (0, 1))
    assert b"ello" in first
    assert second.endswith(b"b\nc\n")
    assert (b"/dev/pts" in second) is (where == "terminal")


def test_lines_of_every_program(marked):
    recording = record_together(SERVER, f"{CLIENT} hello", env=marked, lines=True, in_turn=True)
    of = {program.pid: f"{program.name}.c" for program in recording.programs}
    seen = {(event.pid, event.place.file) for event in recording.events if event.kind == "line"}
    assert seen == set(of.items())
    assert from_json(to_json(recording)) == recording


def test_a_port_is_that_of_the_latest_that_listens(marked):
    recording = record_together(SERVER, odd("server", "ends"), f"{CLIENT} a", f"{CLIENT} b", env=marked)
    first, second, *clients = recording.programs
    accepted = [event for event in recording.calls("accept") if not event.errno and event.end is not None]
    in_time = [event.pid for event in sorted(accepted, key=lambda event: event.end)]
    assert in_time == [second.pid, first.pid]  # the second server ends with its client, and its socket with it
    assert clients[0].argv[1] != clients[1].argv[1]
    assert endings(recording) == ["SIGTERM", 3, 0, 0]


def test_a_server_in_the_background_is_found_and_ended(marked):
    """Its first process ends, as that of a daemon does."""
    server = build(PROGRAMS / "echo_server.c").path
    recording = record_together(("sh", ["-c", f"{server} 0 &"]), f"{CLIENT} hello", env=marked)
    assert recording.output(program=1) == b"hello\n"
    assert endings(recording) == [0, 0]
    (background,) = {event.pid for event in recording.events} - set(recording.first_processes)
    assert [e.detail for e in recording.events if e.pid == background and e.kind == "exit"] == ["killed by SIGTERM"]
