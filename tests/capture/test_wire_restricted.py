"""Where a recording may not have a network of its own: the machine's loopback, or no segments, and never an error."""

import json
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from wires import COURSES, SOURCE, flags, must_capture, seen

from labkit.capture.record import record
from tests.ordinary import environment, python_for_nobody
from tests.restrict import KILL, NOBODY, docker_default, refuse

pytestmark = pytest.mark.ptrace


def on_this_machine(**options):
    must_capture("packets (machine)")
    return seen("talk", without=["netns"], **options)


def test_on_the_machines_loopback_others_are_not_recorded():
    """A connection of somebody else's is busy all the while."""
    stop = threading.Event()
    logged = []

    def chatter(client, peer):
        while not stop.is_set():
            client.sendall(b"noise")
            peer.recv(64)

    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        with server.accept()[0] as peer:
            thread = threading.Thread(target=chatter, args=(client, peer))
            thread.start()
            try:
                recording = on_this_machine(watch=lambda raw, world: logged.append(raw.kind == "packet" and raw.extra))
            finally:
                stop.set()
                thread.join()
        assert recording.wire == "captured" and flags(recording).count("SYN") == 1
        assert len(list(filter(None, logged))) == len(recording.segments)  # nor were they ever in the tracer's log
        assert all(b"noise" not in one.data for one in recording.segments)
        assert len({frozenset((one.source, one.target)) for one in recording.segments}) == 1


def test_on_the_machines_loopback_two_recordings_do_not_see_each_other():
    with ThreadPoolExecutor(2) as pool:
        for recording in pool.map(lambda _: on_this_machine(), range(2)):
            assert len({frozenset((one.source, one.target)) for one in recording.segments}) == 1


def test_on_the_machines_loopback_a_refusal_is_the_recordings():
    must_capture("packets (machine)")
    assert flags(seen("refused", without=["netns"])) == COURSES["refused"]


def test_on_the_machines_loopback_the_other_end_may_be_anybodys():
    must_capture("packets (machine)")
    client = SOURCE.parent / "echo_client.c"

    def answer(server):
        with server.accept()[0] as peer:
            while data := peer.recv(64):
                peer.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        thread = threading.Thread(target=answer, args=(server,))
        thread.start()
        recording = record(client, [str(server.getsockname()[1]), "hello"], wire=True, without=["netns"])
        thread.join()
    assert recording.status == 0
    kept = [flag for flag in flags(recording) if flag != "ACK"]
    assert kept[:5] == ["SYN", "SYN+ACK", "PSH+ACK", "PSH+ACK", "FIN+ACK"]
    assert kept[5:] in ([], ["FIN+ACK"])  # the other end, of nobody here, may close when the recording is over


@pytest.mark.parametrize("scenario", ["talk", "refused"])
def test_on_the_machines_loopback_there_is_version_6(scenario):
    must_capture("packets (machine)")
    recording = seen(scenario, "6", without=["netns"])
    assert [flag for flag in flags(recording) if flag != "ACK"] == [flag for flag in COURSES[scenario] if flag != "ACK"]


def test_where_neither_may_be_segments_are_inferred_and_say_so():
    recording = seen("talk", without=["netns", "packets"])
    assert recording.wire == "inferred" and all(one.inferred and not one.packet for one in recording.segments)
    assert [flag for flag in flags(recording) if flag != "ACK"] == [flag for flag in COURSES["talk"] if flag != "ACK"]


CODE = """
import json, os, sys
import labkit
from labkit.probe.examine import examine
recording = labkit.record(sys.argv[1], ["talk"], wire=True, in_turn=True)
print(json.dumps({
    "uid": os.getuid(),
    "status": recording.status,
    "missing": recording.missing,
    "wire": recording.wire,
    "flags": ["+".join(segment.flags) for segment in recording.segments],
    "doctor": {
        probe.name: probe.works for probe in examine("packets (own network)", "packets (machine)").probes
    },
}))
"""


def told(folder, *, nobody=False, before=None):
    # nobody shares a cache with others (`cache_folder`), and has none of its own
    own = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")} if nobody else {}
    ran = subprocess.run(
        [python_for_nobody() if nobody else sys.executable, "-c", CODE, SOURCE],
        cwd=folder,
        env=environment(**own),
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=100,
        **(NOBODY if nobody else {}),
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def folder():
    """One for all: the tracer is compiled once. Not pytest's, whose parent root's next pytest closes to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def killed_for_unshare():
    refuse({"unshare": KILL})


@pytest.mark.parametrize("nobody", [False, True], ids=["as it is", "nobody"])
@pytest.mark.parametrize("before", [None, docker_default, killed_for_unshare], ids=["free", "container", "killed"])
def test_segments_are_seen_where_the_doctor_says_so(folder, nobody, before):
    if before is killed_for_unshare:
        wanted, got = (told(folder, nobody=nobody, before=how) for how in (docker_default, before))
        assert got["wire"] == wanted["wire"] and got["status"] == 0
        return
    got = told(folder, nobody=nobody, before=before)
    assert (got["status"], got["missing"], got["uid"]) == (0, [], 65534 if nobody else got["uid"])
    assert got["wire"] == ("captured" if any(got["doctor"].values()) else "inferred")
    if got["doctor"]["packets (own network)"]:
        assert got["flags"] == COURSES["talk"]
    else:
        assert [flag for flag in got["flags"] if flag != "ACK"] == [flag for flag in COURSES["talk"] if flag != "ACK"]


@pytest.mark.userns
def test_an_ordinary_user_sees_them_without_any_privilege(folder):
    must_capture("packets (own network)")
    got = told(folder, nobody=True)
    assert (got["uid"], got["wire"], got["flags"]) == (65534, "captured", COURSES["talk"])


def test_where_there_are_no_user_namespaces_left_it_is_the_next_way(folder):
    """As the system's limit of them does (namespaces(7), max_user_namespaces), which is not changed for a test."""
    got = told(folder, nobody=True, before=lambda: refuse({"unshare": 28}))  # ENOSPC
    assert (got["status"], got["wire"]) == (0, "captured" if got["doctor"]["packets (machine)"] else "inferred")
