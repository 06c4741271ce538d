"""One web server for a file of tests, with a folder in which there is something of everything."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from labkit.capture.build import build
from labkit.capture.serving import Server, listening
from labkit.capture.surroundings import place
from labkit.model import Program

FILES = {
    "index.html": "<!DOCTYPE html><title>one</title><p>hello</p>\n",
    "notes.txt": "a few words\n",
    "style.css": "p { color: green }\n",
    "empty": b"",
    "every byte.bin": bytes(range(256)) * 40,
    "large.bin": bytes(range(251)) * 40_000,
    "below/index.html": "<p>below</p>\n",
    "below/deep/leaf.txt": "leaf\n",
    "name%20with.txt": "percent\n",
    "UPPER.HTML": "<p>upper</p>\n",
}
SECRET = "not for anybody"


def furnish(folder: Path) -> None:
    """What files cannot be given as text: links, a pipe, a folder nobody may enter; and a secret beside the folder."""
    (folder.parent / "secret.txt").write_text(SECRET)
    (folder / "inside").symlink_to("notes.txt")
    (folder / "out").symlink_to("../secret.txt")
    (folder / "out-folder").symlink_to("..")
    (folder / "absolute").symlink_to(folder.parent / "secret.txt")
    (folder / "self").symlink_to("self")
    (folder / "proc").symlink_to("/proc/self/root")
    os.mkfifo(folder / "pipe")
    (folder / "closed.txt").write_text("closed")
    (folder / "closed.txt").chmod(0)


def serving(program: str | Program = "webserver", seconds: int = 2) -> Server:
    """The web server with those files; it gives a client so many seconds."""
    return Server(program, ["0", str(seconds)], files=FILES, prepare=furnish, seconds=120, processes=400)


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    with serving() as server:
        yield server


def port_of(server: subprocess.Popen[bytes]) -> int:
    """The port on which a program that was started here comes to listen."""
    end = time.monotonic() + 20
    while not (found := listening(server.pid)):
        assert server.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    return found[0]


@contextlib.contextmanager
def directly(command: Sequence[str | Path], **how: object) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Port and process of a server that is started by `command`, in a folder of its own with those files."""
    with tempfile.TemporaryDirectory() as above:
        Path(above).chmod(0o755)
        (folder := Path(above) / "site").mkdir()
        place(folder, FILES)
        furnish(folder)
        with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, **how) as server:  # type: ignore[call-overload]
            try:
                yield port_of(server), server
            finally:
                server.terminate()


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """The web server where every user may start it."""
    with tempfile.TemporaryDirectory() as readable:
        Path(readable).chmod(0o755)
        yield Path(shutil.copy(build("webserver").path, readable))


@pytest.fixture
def as_nobody(nobodys: Path) -> Iterator[int]:
    """The port of a server of a user who may not read everything."""
    user = {"user": 65534} if os.geteuid() == 0 else {}
    with directly([nobodys, "0", "2"], **user) as (port, _):
        yield port
