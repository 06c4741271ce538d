"""The arena: what it says of the course's servers, and of servers made to fool it."""

import os
import subprocess
import sys
import time

import pytest

import labkit
from labkit.capture.bout import measure_bout
from labkit.capture.build import build
from labkit.capture.watched import watched
from labkit.errors import LabkitError
from labkit.measure.arena import measure_arena
from tests.measure import servers
from tests.measure.confined import printed
from tests.ordinary import python_for_nobody
from tests.restrict import NOBODY, docker_default

# order, at once (of 50), where C waits, whom a crash takes along, B is served beside a deaf A, zombies, left open
FIVE = {
    "server_v1": ("ABC", 1, "listen queue; server in read (A)", "BC", False, 0, 0),
    "server_v2": ("ABC", 1, "listen queue; server in wait4 (a child)", "", False, 0, 0),
    "server_v3": ("CBA", 50, "", "", True, 0, 0),
    "server_threads": ("CBA", 50, "", "BC", True, 0, 0),
    "server_epoll": ("CBA", 50, "", "BC", False, 0, 0),
    "server_v3_zombies": ("CBA", 50, "", "", True, 50, 0),
    "server_v2_parent_keeps": ("ABC", 1, "listen queue; server in wait4 (a child)", "", False, 0, 50),
    "server_v2_child_keeps": ("ABC", 1, "listen queue; server in wait4 (a child)", "", False, 0, 0),
}
TASKS = {
    "server_v1": (1, 1),
    "server_v2": (2, 2),
    "server_v3": (51, 51),
    "server_threads": (1, 51),
    "server_epoll": (1, 1),
}


@pytest.mark.parametrize("name", FIVE)
def test_a_server_of_the_course(name):
    (one,) = measure_arena([name])
    seen = ("".join(one.order), one.at_once, one.waited, "".join(one.taken), one.deaf, one.zombies, one.leaked)
    assert seen == FIVE[name]
    assert one.rest and one.survives and one.concurrent == (one.at_once == 50)
    assert (one.processes, one.threads) == TASKS.get(name, (2, 2) if "v2" in name else (51, 51))


FAKES = {
    "EAGER": (1, "not read; server in poll"),
    "GATHERS": (1, "not read; server in read (A)"),
    "READS_FIRST": (1, "listen queue; server in read (A)"),
    "WAITS_LATER": (1, "listen queue; server in wait4 (a child)"),
    "LOCKED": (1, "not read; server in accept (the listener)"),
    "TWO_WORKERS": (2, "listen queue; server in read (A)"),
    "THREE_WORKERS": (3, ""),
    "GUESSES": (0, "listen queue; server in read (A)"),
    "ECHOES": (0, "not answered; child of C in read (C)"),
    "REAPS_LATER": (50, ""),
}


@pytest.mark.parametrize("name", FAKES)
def test_none_passes_for_what_it_is_not(name):
    (one,) = measure_arena([build(getattr(servers, name))])
    assert (one.at_once, one.waited) == FAKES[name]


@pytest.mark.parametrize("name", ["NAPS", "SPINS", "THINKS"])
def test_a_slow_or_restless_server_does_not_pass_for_a_sequential_one(name):
    bout = measure_bout(build(getattr(servers, name)), "A B C connect\nC speaks\nB speaks\nA speaks")
    assert bout.order == ("C", "B", "A")
    assert not any(moment.waiting for moment in bout)


def test_the_place_of_a_client_is_told_from_the_kernels_tables():
    """With ss as the second source: what waits unaccepted, and what is in a socket unread."""
    with watched(build(servers.EAGER)) as served:
        import socket

        with (
            socket.create_connection((served.host, served.port)) as a,
            socket.create_connection((served.host, served.port)) as b,
        ):
            b.sendall(b"12345")
            said = subprocess.run(
                ["ss", "-Htan", f"sport = :{served.port}"], capture_output=True, text=True, check=False
            ).stdout
            ours = {(row.local, row.remote): row for row in served.rows() if row.local == served.port}
            for line in said.splitlines():
                state, unread, _, _, peer = line.split()[:5]
                port = peer.rpartition(":")[2]
                row = ours[served.port, int(port) if port.isdigit() else 0]
                assert (row.state == "LISTEN") == (state == "LISTEN") and row.unread == int(unread)
            assert (
                ours[served.port, b.getsockname()[1]].unread == 5 and ours[served.port, a.getsockname()[1]].unread == 0
            )


def test_words_that_are_no_script_are_refused():
    for script, words in {
        "A jumps": "`A jumps` is no move",
        "A says": "what is said goes with",
        "A leaves now": "what is said goes with",
        "A speaks": "A has not connected yet",
        "A connects\nA connects": "A connects twice",
    }.items():
        with pytest.raises(LabkitError, match=words):
            measure_bout("server_v1", script)


def test_a_program_that_never_listens_is_no_server():
    with pytest.raises(LabkitError, match="does not listen on a TCP port: it has ended"):
        measure_bout("hello", "A connects")


def test_half_a_line_the_end_and_an_end_that_never_comes():
    script = "A connects\nA begins hel\nA says lo\nA ends\nA leaves"
    fine = measure_bout("server_v3", script)
    assert fine["A begins"].waiting == () and fine["A says"].answered == ("A",) and fine["A ends"].ended == ("A",)
    kept = measure_bout("server_v2_parent_keeps", script)
    (waits,) = kept["A ends"].waiting
    assert (waits.client, waits.where, waits.holder) == ("A", "no end", "server")


def test_the_end_it_is_told():
    bout = measure_bout("server_v3", "A connects\nA speaks\nthe server is told to end\nA speaks\nB connects")
    assert bout.ending == "SIGTERM"
    again = bout.moments[3]
    assert again.answered == ("A",) and not again.alive and again.processes == 1  # its child serves on
    assert again.asleep[0].who == "child of A" and bout.moments[4].lost == (("B", "refused"),)


def test_two_arenas_at_once_do_not_disturb_each_other_and_tables_are_the_same_each_time():
    from concurrent.futures import ThreadPoolExecutor

    script = "A B connect\nB speaks\nA leaves\nB leaves"
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: str(labkit.bouts(script, "server_v1", "server_v3")), range(2))
    assert one == two and "B in the listen queue; server in read (A)" in one


def test_nothing_listens_afterwards():
    with watched("server_v3") as served:
        port, root = served.port, served.root
    with pytest.raises(ProcessLookupError):
        os.kill(root, 0)
    from labkit.capture.watched import _table

    assert not [row for row in _table() if row.local == port and row.state == "LISTEN"]


SAYS = """
import labkit
print(labkit.bouts("A B connect\\nB speaks", "server_v2", "server_threads"))
"""


@pytest.mark.parametrize(
    "python, how", [(python_for_nobody(), NOBODY), (sys.executable, {"preexec_fn": docker_default})]
)
def test_it_is_the_same_for_an_ordinary_user_and_in_a_container(python, how):
    assert "B in the listen queue; server in wait4 (a child)" in printed(python, SAYS, **how)


def test_who_is_not_even_connected_when_the_listen_queue_is_full():
    text = build("server_v1").source.replace("SOMAXCONN", "1")
    bout = measure_bout(build(text), "A B C D E connect\nE speaks\nA leaves\nB leaves")
    waits = bout["E speaks"].waits("E")
    assert waits is None or waits.where == "not connected"
    assert bout.moments[0].queue == 2 and "E" not in bout.order


def test_a_server_at_the_other_loopback_address():
    text = build("server_v3").source
    for old, new in {
        "struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};": (
            "struct sockaddr_in6 here = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};"
        ),
        "here.sin_port": "here.sin6_port",
        "socket(AF_INET,": "socket(AF_INET6,",
    }.items():
        assert old in text
        text = text.replace(old, new)
    assert measure_bout(build(text), "A B C connect\nC speaks\nB speaks\nA speaks").order == ("C", "B", "A")


def test_a_killed_notebook_leaves_no_server(tmp_path):
    says = (
        "import os\nfrom labkit.capture.watched import watched\nwith watched('server_v3') as server:\n"
        "    print(server.root, flush=True)\n    os.kill(os.getpid(), 9)"
    )
    ran = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, timeout=60, check=False)
    root = int(ran.stdout)
    for _ in range(200):
        try:
            os.kill(root, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("the server outlives the notebook")
