"""One running box: QEMU started, its channel, its end. Knows nothing of how the image was made."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from labkit.errors import LabkitError
from labkit.kernel_box.channel import Channel, ChannelClosed
from labkit.kernel_box.emulator import Emulator
from labkit.kernel_box.recipe import machine
from labkit.model import Ended

OUTPUT = 1 << 20  # bytes of a command's output that are kept
BOOT_SECONDS = 60.0
_QUIT_SECONDS = 3.0
_SET_PDEATHSIG = 1
_SHORT = 60  # bytes of the path of a temporary folder, so that those of sockets in it are not too long
_FOLDER = "labkit-box-"  # and the process that a box belongs to
_WORTH = re.compile(r"panic|BUG:|Oops|RIP:|Call Trace|unable to handle|not syncing|Killed process", re.I)
_LIBC = ctypes.CDLL(None)  # loaded before the fork, after which little may be done


class BoxGone(LabkitError):
    """The box crashed, hung or could not start; the text says what its console said. Another one can be started."""


class Machine:
    """A box that was started; the first request waits until it has booted.

    QEMU ends with this process, however that ends (PR_SET_PDEATHSIG, prctl(2)), or by `close`.
    """

    def __init__(self, image: Path, emulator: Emulator) -> None:
        sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid():07d}-", dir=_place()))
        here = {name: str(self._folder / name) for name in ("console", "channel", "qmp", "gdb")}
        kept = {"kernel": str(image / "vmlinuz"), "initrd": str(image / "initrd"), "disk": str(image / "disk")}
        self._begun = time.monotonic()
        with (self._folder / "complaints").open("wb") as complaints:
            self._process = subprocess.Popen(
                [emulator.program, *emulator.first, *machine({**here, **kept})],
                env={**os.environ, **dict(emulator.env)},
                stdin=subprocess.DEVNULL,
                stdout=complaints,
                stderr=complaints,
                preexec_fn=_end_with_parent,
            )
        self._channel: Channel | None = None
        self.boot_seconds = 0.0

    @property
    def pid(self) -> int:
        """QEMU's."""
        return self._process.pid

    @property
    def debugger(self) -> Path:
        """The socket of QEMU's debugger stub."""
        return self._folder / "gdb"

    def run(self, command: str, seconds: float = 30.0, most: int = OUTPUT) -> Ended:
        """Run a shell's command line in the box, for at most `seconds`; a status that is not 0 is no error.

        Raises BoxGone when the box crashes or hangs over it.
        """
        with self._told(f"over `{_short(command)}`"):
            return self._open().run(command, seconds, most)

    def put(self, path: str, content: bytes, mode: int = 0o755, seconds: float = 30.0) -> None:
        """Make a file in the box; raises LabkitError where it cannot, BoxGone as `run`."""
        with self._told(f"while {path} was written"):
            self._open().put(path, content, mode, seconds)

    def get(self, path: str, seconds: float = 30.0) -> bytes:
        """What a file of the box holds; raises as `put`."""
        with self._told(f"while {path} was read"):
            return self._open().get(path, seconds)

    def console(self) -> str:
        """What the kernel has printed so far."""
        try:
            return (self._folder / "console").read_bytes().decode(errors="replace").replace("\r\n", "\n")
        except OSError:
            return ""

    def alive(self) -> bool:
        """Whether QEMU still runs."""
        return self._process.poll() is None

    def resident(self) -> int:
        """Bytes of the host's memory that the box takes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    def close(self) -> None:
        """Switch it off and leave nothing behind; may be called more than once."""
        if self._channel is not None:
            with contextlib.suppress(ChannelClosed):
                self._channel.quit()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_QUIT_SECONDS)
            self._channel.close()
            self._channel = None
        if self.alive():
            self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> Channel:
        if self._channel is None:
            until = self._begun + BOOT_SECONDS
            self._channel = Channel(self._connected(until))
            self._channel.ready(until - time.monotonic())
            self.boot_seconds = time.monotonic() - self._begun
        return self._channel

    def _connected(self, until: float) -> socket.socket:
        path = str(self._folder / "channel")
        while self.alive() and time.monotonic() < until:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(path)
                return connection
            except OSError:
                connection.close()
                time.sleep(0.01)
        raise ChannelClosed(late=self.alive())

    @contextlib.contextmanager
    def _told(self, when: str) -> Iterator[None]:
        """A box that is gone becomes BoxGone, which says when, and what was on its console last."""
        if not self.alive() and self._channel is None:
            raise BoxGone(self._obituary("The box does not start", False))
        try:
            yield
        except ChannelClosed as err:
            words = self._obituary(f"The box {'does not answer' if err.late else 'is gone'} {when}", err.late)
            self.close()
            raise BoxGone(words) from err

    def _obituary(self, what: str, late: bool) -> str:
        if not late:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        said = last_words(self.console())
        with contextlib.suppress(OSError):
            said = said or (self._folder / "complaints").read_text().strip()
        return f"{what}. It was switched off; the next use starts a new one.\n{said}".strip()


def _place() -> str:
    """Where a box's folder is: a socket's path has at most 107 bytes (unix(7)), too few for some temporary folders."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= _SHORT else "/tmp"


def sweep() -> None:
    """Remove the folders of boxes whose process was killed and could not do it; their QEMU ended with it."""
    for folder in Path(_place()).glob(f"{_FOLDER}*"):
        owner = folder.name.removeprefix(_FOLDER).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{int(owner)}").exists() and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


def last_words(console: str, most: int = 12) -> str:
    """What is worth telling of a console: from the first line of a crash on, else the last lines.

    >>> last_words("ok\\nBUG: unable to handle page fault\\nRIP: 0010:lab_read\\nmore\\n", most=2)
    'BUG: unable to handle page fault\\nRIP: 0010:lab_read'
    """
    lines = [re.sub(r"^\[ *[\d.]+\] ", "", line.rstrip()) for line in console.splitlines() if line.strip()]
    crash = [n for n, line in enumerate(lines) if _WORTH.search(line)]
    start = crash[0] if crash else max(len(lines) - most, 0)
    return "\n".join(lines[start : start + most])


def _short(command: str) -> str:
    line = command.strip().splitlines()[0] if command.strip() else ""
    return line if len(line) <= 60 else f"{line[:59]}…"


def _end_with_parent() -> None:
    _LIBC.prctl(_SET_PDEATHSIG, signal.SIGKILL)
