"""`make lab` serves on this computer only, says where, and stops at Ctrl-C with everything it started."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.show import serve

CHILD = [sys.executable, "-m", "labkit.show.serve", "--open", "no"]


def taken_port() -> tuple[socket.socket, int]:
    """A listening socket of ours and its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    listener, port = taken_port()
    with listener, pytest.raises(LabkitError, match=rf"Port {port} on 127\.0\.0\.1 is in use: .*make lab PORT="):
        serve.choose_port(str(port))


@pytest.mark.parametrize("wanted", ["80", "65536", "lab", "-1", "8888.0"])
def test_a_port_that_is_none_is_said(wanted: str) -> None:
    with pytest.raises(LabkitError, match=re.escape(f"PORT={wanted} is not a port")):
        serve.choose_port(wanted)


def test_without_a_wish_the_first_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    listener, port = taken_port()
    monkeypatch.setattr(serve, "FIRST_PORT", port)
    with listener:
        assert port < serve.choose_port("") < port + 200


def test_a_browser_is_opened_only_where_it_can_be_seen() -> None:
    assert serve.wants_browser("", {"WAYLAND_DISPLAY": "wayland-0"})
    assert not serve.wants_browser("", {"DISPLAY": ""})
    assert serve.wants_browser("yes", {})
    with pytest.raises(LabkitError, match="OPEN=maybe"):
        serve.wants_browser("maybe", {})


def test_root_is_allowed_and_others_need_no_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    for user, expected in ((0, True), (1000, False)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        assert ("--allow-root" in serve.arguments(8888, "t", False, Path("/course"))) is expected


def test_over_ssh_the_way_to_it_is_said() -> None:
    assert "ssh -N -L 9000:127.0.0.1:9000" in serve.announcement(9000, "t", {"SSH_CONNECTION": "a b c d"})
    assert "ssh" not in serve.announcement(9000, "t", {})


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_stops(how: signal.Signals, tmp_path: Path) -> None:
    env = {**os.environ, "HOME": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    with subprocess.Popen(CHILD, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True) as server:
        try:
            assert server.stdout is not None and server.stderr is not None
            said = server.stdout.readline()
            address = re.fullmatch(r"JupyterLab is ready: (http://127\.0\.0\.1:(\d+)/lab/\S+\?token=\S+)\n", said)
            assert address, said + server.stderr.read()
            with urllib.request.urlopen(address.group(1), timeout=30) as page:
                assert page.status == 200 and b"jupyter-config-data" in page.read()
            assert listening_addresses(int(address.group(2))) == {"127.0.0.1"}
            # Its command line, which every user of the computer can read, does not tell the token.
            assert address.group(1).split("token=")[1] not in Path(f"/proc/{server.pid}/cmdline").read_text()
            server.send_signal(how)
            assert server.wait(30) == 0
        finally:
            server.kill()


def listening_addresses(port: int) -> set[str]:
    """The local addresses on which TCP `port` is listened to (proc(5), /proc/net/tcp; state 0A)."""
    found = set()
    for table, width in (("tcp", 8), ("tcp6", 32)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A" and int(local[width + 1 :], 16) == port:
                raw = bytes.fromhex(local[:width])
                found.add(".".join(map(str, raw[::-1])) if width == 8 else local[:width])
    return found


def test_a_busy_port_is_one_sentence_and_no_traceback() -> None:
    listener, port = taken_port()
    with listener:
        done = subprocess.run([*CHILD, "--port", str(port)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 is in use") and done.stderr.count("\n") == 1
