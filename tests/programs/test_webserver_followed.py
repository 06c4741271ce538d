"""One request followed: the calls of the server's child from the socket to the file and back, each in its own file."""

from __future__ import annotations

import re

import pytest

import labkit
from labkit.decode.replay import replay
from labkit.exercises.touched import own_calls

SITE = {"index.html": "<!DOCTYPE html>\n<title>One page</title>\n<p>Hello</p>\n"}
ASK = "GET /index.html HTTP/1.1\r\nHost: here\r\n\r\n"

pytestmark = pytest.mark.ptrace


def followed(request: str = ASK) -> labkit.Recording:
    return labkit.record_together(
        "webserver 0", ("echo_client", ["{port}", request]), files=SITE, in_turn=True, env={"TZ": "UTC0"}
    )


@pytest.fixture(scope="module")
def recording() -> labkit.Recording:
    return followed()


def test_from_the_socket_through_the_file_back_to_the_socket(recording: labkit.Recording) -> None:
    client = recording.output(1, program=1)
    assert client.startswith(b"HTTP/1.1 200 OK\r\n") and client.endswith(b"\r\n\r\n" + SITE["index.html"].encode())
    server = recording.programs[0].pid
    child = next(event.pid for event in own_calls(recording, "recvfrom"))
    calls = [event for event in own_calls(recording) if event.pid == child and "gmtime" not in event.place.via]
    assert child != server
    assert [(event.call, event.place.file) for event in calls if event.call != "setsockopt"] == [
        ("close", "webserver.c"),
        ("recvfrom", "http.c"),
        ("openat2", "files.c"),
        ("newfstatat", "files.c"),
        ("sendto", "webserver.c"),
        ("sendfile", "files.c"),
        ("shutdown", "webserver.c"),
        ("recvfrom", "webserver.c"),
    ]
    assert labkit.through_memory(recording, "index.html") == "0"
    assert set(recording.sources) == {"webserver.c", "http.c", "files.c", "http.h", "echo_client.c"}


def test_parent_and_child_each_close_what_is_the_others(recording: labkit.Recording) -> None:
    server = recording.programs[0].pid
    sent = next(event for event in recording.calls("sendfile"))
    state = replay(recording).at(sent.begin)
    kinds = {
        pid: sorted(state.open_files[row.open_file].inode for row in state.fds(pid).values())
        for pid in (server, sent.pid)
    }
    sockets = {pid: {inode for inode in found if state.inodes[inode].kind == "socket"} for pid, found in kinds.items()}
    assert all(len(found) == 1 for found in sockets.values()) and sockets[server] != sockets[sent.pid]


def test_the_story_names_the_way_it_opened_the_file(recording: labkit.Recording) -> None:
    text = repr(labkit.step(recording, at=labkit.moment(recording, "sendfile"), brief=True))
    assert 'opened "index.html" (O_RDONLY|O_NOCTTY|O_NONBLOCK, RESOLVE_BENEATH) as fd 4' in text
    assert "copied 53 bytes from index.html to socket C, all inside the kernel" in text


def test_two_recordings_are_told_in_the_same_words(recording: labkit.Recording) -> None:
    def shown(one: labkit.Recording) -> str:
        return re.sub(r"labkit-[0-9a-f]{10}", "ID", labkit.step(one, brief=True)._repr_html_())

    assert shown(recording) == shown(followed())


def test_what_leads_out_is_never_opened() -> None:
    made = followed("GET /../secret HTTP/1.1\r\nHost: here\r\n\r\n")
    (call,) = made.calls("openat2")
    assert (call.errno, call.argument("path")) == ("EXDEV", "../secret")
    assert made.output(1, program=1).startswith(b"HTTP/1.1 403 Forbidden\r\n")
