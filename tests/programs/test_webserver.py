"""How the web server behaves towards clients that are slow, many, or gone; and that nothing is left of it."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from labkit.capture.serving import Server, below, ended, listening
from tests.programs.conftest import FILES, directly, port_of, serving
from tests.programs.speaking import SECONDS, ask, everything, exchange, understood

GET = b"GET /notes.txt HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = FILES["large.bin"]


def connected(web: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", web.port), SECONDS)


def until(condition, seconds: float = SECONDS) -> None:
    """Wait for it, but not for ever."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def children(web: Server) -> int:
    return len(web.processes()) - 1


def descriptors(pid: int) -> list[str]:
    return sorted((link.name for link in Path(f"/proc/{pid}/fd").iterdir()), key=int)


def test_it_listens_on_loopback_only_at_the_port_it_says(web: Server) -> None:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    mine = [row[1] for row in rows if row[3] == "0A" and int(row[1].partition(":")[2], 16) == web.port]
    assert mine == [f"0100007F:{web.port:04X}"]


def test_a_client_that_never_finishes_its_request_is_told_so_in_time(web: Server) -> None:
    """Slowloris: a byte now and then must not hold a process for longer than a client is given."""
    start = time.monotonic()
    request = [b"GET /notes.txt HTTP/1.1\r\n", *(b"A: b\r\n" for _ in range(40))]
    assert understood(exchange(web.port, request, pause=0.3)).status == 408
    assert time.monotonic() - start < 40 * 0.3
    until(lambda: children(web) == 0)


def test_others_are_served_while_some_say_nothing(web: Server) -> None:
    silent = [connected(web) for _ in range(20)]
    until(lambda: children(web) == 20)
    assert ask(web.port, GET).content == b"a few words\n"
    for link in silent:
        assert everything(link) == b""  # the time they were given is over
        link.close()
    until(lambda: children(web) == 0)


def test_speaking_in_reverse_order_of_coming(web: Server) -> None:
    links = [connected(web) for _ in range(12)]
    for link in reversed(links):
        link.sendall(GET)
        assert understood(everything(link)).status == 200
        link.close()


def test_many_at_once_each_get_their_own(web: Server) -> None:
    names = [name for name in FILES if name.isascii() and " " not in name and "%" not in name] * 8
    answers: dict[int, bytes] = {}

    def one(number: int) -> None:
        answers[number] = exchange(web.port, [f"GET /{names[number]} HTTP/1.1\r\nHost: x\r\n\r\n".encode()])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    for number, name in enumerate(names):
        wanted = FILES[name]
        assert understood(answers[number]).content == (wanted if isinstance(wanted, bytes) else wanted.encode())


def test_a_client_that_takes_its_answer_in_small_parts_gets_all_of_it(web: Server) -> None:
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(SECONDS)
        link.connect(("127.0.0.1", web.port))
        link.sendall(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        got = b""
        while len(got) < 200_000:
            got += link.recv(1000)
        got += everything(link)
    assert understood(got).content == LARGE


def test_a_client_that_takes_nothing_is_given_up(web: Server) -> None:
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(SECONDS)
        link.connect(("127.0.0.1", web.port))
        link.sendall(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: children(web) == 1)
        until(lambda: children(web) == 0)
    assert ask(web.port, GET).status == 200


def test_clients_that_vanish_do_no_harm(web: Server) -> None:
    for said in (b"", b"GET /", b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n"):
        link = connected(web)
        link.sendall(said)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close with a reset
        link.close()
    until(lambda: children(web) == 0)
    assert ask(web.port, GET).status == 200


def test_no_child_stays_a_zombie(web: Server) -> None:
    for _ in range(5):
        ask(web.port, GET)
    (server,) = [pid for pid in web.processes() if Path(f"/proc/{pid}/task/{pid}/children").exists()][:1]
    until(lambda: not Path(f"/proc/{server}/task/{server}/children").read_text().split())


def test_without_processes_it_leaves_a_client_and_goes_on(nobodys: Path) -> None:
    def none_more() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))

    user = {"user": 65534} if os.geteuid() == 0 else {}
    with directly([nobodys, "0", "2"], preexec_fn=none_more, **user) as (port, server):
        for _ in range(2):
            with contextlib.suppress(ConnectionResetError):
                assert exchange(port, [GET]) == b""
        assert server.poll() is None


def test_a_child_that_is_killed_is_not_missed(web: Server) -> None:
    link = connected(web)
    until(lambda: children(web) == 1)
    os.kill(web.processes()[1], signal.SIGKILL)
    assert everything(link) == b""
    link.close()
    assert ask(web.port, GET).status == 200


def test_descriptors_do_not_grow(web: Server) -> None:
    server = web.processes()[0]
    for _ in range(10):
        ask(web.port, GET)
    until(lambda: children(web) == 0)
    assert descriptors(server) == ["0", "1", "2", "3", "4"]


def test_a_child_has_neither_the_listening_socket_nor_another_ones(web: Server) -> None:
    first, second = connected(web), connected(web)
    until(lambda: children(web) == 2)
    for child in web.processes()[1:]:
        until(lambda child=child: len(descriptors(child)) == 5)  # 0, 1, 2, the folder, its connection
    first.close()
    second.close()


@pytest.mark.slow
def test_more_than_it_has_processes_for_wait_in_the_queue() -> None:
    with serving(seconds=3) as web:
        links = [connected(web) for _ in range(230)]
        until(lambda: children(web) == 200)
        time.sleep(0.2)
        assert children(web) == 200
        for link in links[:100]:
            link.close()
        assert ask(web.port, GET).status == 200
        for link in links[100:]:
            link.close()
        until(lambda: children(web) == 0)


def test_a_file_that_becomes_shorter_while_it_is_sent_is_not_made_up(web: Server) -> None:
    path = web.folder / "shrinks.bin"
    path.write_bytes(LARGE)
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(SECONDS)
        link.connect(("127.0.0.1", web.port))
        link.sendall(b"GET /shrinks.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        got = link.recv(1000)
        path.write_bytes(b"")
        got += everything(link)
    path.unlink()
    assert f"Content-Length: {len(LARGE)}".encode() in got and len(got) < len(LARGE)


@pytest.mark.parametrize("arguments", [[], ["0", "0"], ["0", "-1"], ["0", "x"]])
def test_arguments_that_make_no_sense(web: Server, arguments: list[str]) -> None:
    path = f"/proc/{web.processes()[0]}/exe"
    assert subprocess.run([path, *arguments], timeout=SECONDS, check=False).returncode == 2


def test_a_port_in_use_is_reported(web: Server) -> None:
    path = f"/proc/{web.processes()[0]}/exe"
    done = subprocess.run([path, str(web.port)], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "webserver: Address already in use\n")


def test_it_starts_again_at_once_on_its_port() -> None:
    with serving() as web:
        path, port = Path(f"/proc/{web.processes()[0]}/exe").readlink(), web.port
        ask(port, GET)  # the server closed first: its end is in TIME_WAIT (tcp(7))
    with subprocess.Popen([path, str(port)]) as again:
        try:
            assert port_of(again) == port
        finally:
            again.terminate()


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("options", [[], ["--http1.0"], ["-H", "Connection: keep-alive"], ["--compressed"], ["--head"]])
def test_curl_is_content(web: Server, options: list[str]) -> None:
    command = ["curl", "-q", "-sS", "--noproxy", "*", "--fail", "--max-time", "20", *options]
    done = subprocess.run([*command, f"{web.url}large.bin"], capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "--head" in options or done.stdout == LARGE


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_gets_several_over_connections_of_their_own(web: Server) -> None:
    command = ["curl", "-q", "-sS", "--noproxy", "*", "-w", "%{http_code} %{num_connects}\n", "-o", "/dev/null"]
    targets = [f"{web.url}notes.txt", "-o", "/dev/null", f"{web.url}none", "-o", "/dev/null", f"{web.url}style.css"]
    done = subprocess.run([*command, *targets], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.split("\n")[:3] == ["200 1", "404 1", "200 1"]


def test_nothing_is_left_after_its_end() -> None:
    with serving() as web:
        links = [connected(web) for _ in range(3)]
        until(lambda: children(web) == 3)
        processes, port, supervisor = web.processes(), web.port, os.getpid()
        assert port in listening(supervisor)
    for link in links:
        assert everything(link) == b""
        link.close()
    assert all(ended(pid) for pid in processes)
    assert not set(processes) & set(below(os.getpid()))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), SECONDS)
